"""Run migrations on the connection that the caller opened."""

from alembic import context

from storage.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    # What is done stays done when a later one is stopped.
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
