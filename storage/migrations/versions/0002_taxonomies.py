"""Own taxonomies: numbered versions with what was fitted, and who set which one live."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Nothing was ever written into the first form of the table.
    _drop()
    op.create_table(
        "taxonomies",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("description", sa.JSON(), nullable=False),
        sa.Column("artefact", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", "version", name="pk_taxonomies"),
        sa.UniqueConstraint("name", "number", name="uq_taxonomies_name_number"),
    )
    _index()
    op.create_table(
        "taxonomy_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_taxonomy_changes"),
    )
    op.create_index("ix_taxonomy_changes_name", "taxonomy_changes", ["name"], unique=False)
    op.add_column("corrections", sa.Column("taxonomy", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("corrections", "taxonomy")
    op.drop_index("ix_taxonomy_changes_name", table_name="taxonomy_changes")
    op.drop_table("taxonomy_changes")
    _drop()
    op.create_table(
        "taxonomies",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("description", sa.JSON(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", "version", name="pk_taxonomies"),
    )
    _index()


def _drop() -> None:
    op.drop_index("uq_taxonomies_live", table_name="taxonomies")
    op.drop_table("taxonomies")


def _index() -> None:
    op.create_index(
        "uq_taxonomies_live",
        "taxonomies",
        ["name"],
        unique=True,
        sqlite_where=sa.text("live"),
        postgresql_where=sa.text("live"),
    )
