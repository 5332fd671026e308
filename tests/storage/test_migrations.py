"""The tables that migrations make are the tables that the code knows."""

from alembic import command
from sqlalchemy import inspect

from storage.database import Database, migration_config
from storage.tables import Base


def test_migrations_and_models_agree(database: Database) -> None:
    with database.engine.begin() as connection:
        command.check(migration_config(connection))


def test_every_table_is_there_after_an_upgrade_and_a_second_one_changes_nothing(
    database: Database,
) -> None:
    database.upgrade()
    names = set(inspect(database.engine).get_table_names())
    assert names == {table.name for table in Base.metadata.sorted_tables} | {"alembic_version"}
    assert database.ready()


def test_all_can_be_taken_back_and_made_again(database: Database) -> None:
    with database.engine.begin() as connection:
        command.downgrade(migration_config(connection), "base")
        assert set(inspect(connection).get_table_names()) == {"alembic_version"}
    database.upgrade()
    assert database.ready()
