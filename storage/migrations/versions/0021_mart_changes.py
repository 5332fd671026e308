"""What changed since tables for analysis were filled: by trigger, so that nothing is missed.

On PostgreSQL a statement leaves one row for each subject that it touched; its ``tx`` is the
transaction, so that a reader knows what may still have been under way. SQLite has one writer:
there a plain count is the order of the commits.
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

WATCHED = {
    "conversations": "id",
    "events": "id",
    "journeys": "id",
    "joins": "conversation_id",
    "corrections": "conversation_id",
    "identity_members": "identity_id",
    "theme_assignments": "conversation_id",
}
"""Tables whose changes analysis must hear of, and the column that names what changed.

Signals of a contact change with its row (when it is read) or with a correction; outcomes with
the joins and journeys that a rebuild writes anew.
"""
LIVE = "version = (SELECT version FROM theme_models WHERE state = 'live')"
CHANGES = {"insert": "NEW", "update": "NEW", "delete": "OLD"}
FUNCTION = """
CREATE OR REPLACE FUNCTION mart_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format(
        'INSERT INTO mart_changes (subject) SELECT DISTINCT %1$I FROM changed '
        'WHERE %1$I IS NOT NULL AND ' || TG_ARGV[1], TG_ARGV[0]);
    RETURN NULL;
END $$
"""
WHOLE = """
CREATE OR REPLACE FUNCTION mart_changed_whole() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO mart_changes (subject) VALUES ('*');
    RETURN NULL;
END $$
"""
LOCKED = "DO $do$ BEGIN SET LOCAL lock_timeout = '3s'; {} END $do$"
"""A trigger waits for the table alone, and not for long."""
SQLITE_TX = "(SELECT coalesce(max(tx), 0) + 1 FROM mart_changes)"
NOW = {
    "postgresql": "clock_timestamp()",
    "sqlite": "(strftime('%Y-%m-%d %H:%M:%f', 'now'))",
}
TX = {"postgresql": "(pg_current_xact_id()::text::bigint)", "sqlite": "0"}


def upgrade() -> None:
    kind = op.get_bind().dialect.name
    op.create_table(
        "mart_changes",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("tx", sa.BigInteger(), server_default=sa.text(TX[kind]), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text(NOW[kind]), nullable=False
        ),
        sa.PrimaryKeyConstraint("id", name="pk_mart_changes"),
        if_not_exists=True,
    )
    op.create_index("ix_mart_changes_tx", "mart_changes", ["tx"], if_not_exists=True)
    op.execute("INSERT INTO mart_changes (tx, subject) VALUES (0, '*')")
    if kind == "sqlite":
        _on_sqlite()
    else:
        _on_postgresql()


def downgrade() -> None:
    names = [f"mart_{table}_{change}" for table in WATCHED for change in CHANGES]
    if op.get_bind().dialect.name == "sqlite":
        for name in (*names, "mart_theme_models"):
            op.execute(f"DROP TRIGGER {name}")
    else:
        with op.get_context().autocommit_block():
            for name in names:
                table = name.removeprefix("mart_").rpartition("_")[0]
                op.execute(LOCKED.format(f"DROP TRIGGER IF EXISTS {name} ON {table};"))
            op.execute(LOCKED.format("DROP TRIGGER IF EXISTS mart_theme_models ON theme_models;"))
            op.execute("DROP FUNCTION IF EXISTS mart_changed()")
            op.execute("DROP FUNCTION IF EXISTS mart_changed_whole()")
    op.drop_index("ix_mart_changes_tx", table_name="mart_changes")
    op.drop_table("mart_changes")


def _on_postgresql() -> None:
    with op.get_context().autocommit_block():
        op.execute(FUNCTION)
        op.execute(WHOLE)
        for table, column in WATCHED.items():
            condition = LIVE if table == "theme_assignments" else "true"
            call = f"mart_changed('{column}', $c${condition}$c$)"
            for change, rows in CHANGES.items():
                op.execute(
                    LOCKED.format(
                        f"CREATE OR REPLACE TRIGGER mart_{table}_{change} AFTER {change} "
                        f"ON {table} REFERENCING {rows} TABLE AS changed "
                        f"FOR EACH STATEMENT EXECUTE FUNCTION {call};"
                    )
                )
        op.execute(
            LOCKED.format(
                "CREATE OR REPLACE TRIGGER mart_theme_models AFTER UPDATE OF state "
                "ON theme_models FOR EACH STATEMENT EXECUTE FUNCTION mart_changed_whole();"
            )
        )


def _on_sqlite() -> None:
    insert = f"INSERT INTO mart_changes (tx, subject) VALUES ({SQLITE_TX}, {{}})"  # noqa: S608
    for table, column in WATCHED.items():
        for change, row in CHANGES.items():
            there = f"{row}.{column} IS NOT NULL"
            if table == "theme_assignments":
                there += f" AND {row}.{LIVE}"
            op.execute(
                f"CREATE TRIGGER mart_{table}_{change} AFTER {change} ON {table} "
                f"WHEN {there} BEGIN {insert.format(f'{row}.{column}')}; END"
            )
    op.execute(
        "CREATE TRIGGER mart_theme_models AFTER UPDATE OF state ON theme_models "
        f"BEGIN {insert.format(repr('*'))}; END"
    )
