"""A load by COPY leaves what a load row by row leaves, whatever is there before it."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select
from sqlalchemy.exc import DBAPIError

from domain.conversation import Conversation
from domain.event import Event
from domain.intake import Stored
from storage import bulk, conversations, events, retention
from storage.bulk import write
from storage.database import Database
from storage.statements import insert_for
from storage.tables import Base, RedirectRow, TurnRow

Make = Callable[..., Conversation]
pytestmark = pytest.mark.services
TEXTS = ("hello", "where is it?", "", "a\tb\\N\nc", "nul \x00 in it", "naïve 🙂")


@pytest.fixture
def server(postgresql_url: str) -> Iterator[Database]:
    database = Database(postgresql_url)
    yield database
    empty(database)
    database.dispose()


def kept(database: Database) -> dict[str, list[dict[str, Any]]]:
    """Give every row of every table, less the numbers that the queue gives its rows."""
    with database.reading() as session:
        return {
            table.name: sorted(
                ({k: v for k, v in row.items() if k != "id" or table.name != "work_items"}
                 for row in session.execute(select(table)).mappings()),
                key=repr,
            )
            for table in Base.metadata.sorted_tables
            if table.name != "mart_changes"  # a log of when and by whom, not of what
        }  # fmt: skip


def empty(database: Database) -> None:
    with database.session() as session:
        for table in reversed(Base.metadata.sorted_tables):
            session.execute(delete(table))


batches = st.lists(
    st.lists(
        st.tuples(
            st.sampled_from("abcde"),
            st.lists(st.sampled_from(TEXTS), min_size=1, max_size=3).map(tuple),
            st.sampled_from(["ann", "bob"]),
        ),
        max_size=6,
    ),
    min_size=1,
    max_size=3,
)


@settings(
    max_examples=15,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
@given(given_batches=batches, erased=st.sets(st.sampled_from("abcde"), max_size=2))
def test_copied_and_written_row_by_row_are_the_same(
    server: Database,
    make: Make,
    start: datetime,
    given_batches: list[list[tuple[str, tuple[str, ...], str]]],
    erased: set[str],
) -> None:
    def load(worth: int) -> tuple[list[list[Stored]], object]:
        empty(server)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(bulk, "WORTH_ROWS", worth)
            with server.session() as session:
                retention.erase_records(session, [make(name).id for name in sorted(erased)], start)
            results = [take(day, batch) for day, batch in enumerate(given_batches)]
        return results, kept(server)

    def take(day: int, batch: Sequence[tuple[str, tuple[str, ...], str]]) -> list[Stored]:
        moment = start + timedelta(days=day)
        talks = [
            make(name, texts, identifiers=(f"email:{who}@example.org",))
            for name, texts, who in batch
        ]
        happened = [
            Event.model_validate(
                {
                    "source": "shop",
                    "source_id": name,
                    "name": "order_placed",
                    "at": start,
                    "identifiers": [f"email:{who}@example.org"],
                    "properties": {"note": texts[0]},
                }
            )
            for name, texts, who in batch
        ]
        with server.session() as session:
            return [
                *conversations.save_many(session, talks, moment),
                *events.save_many(session, happened, moment),
            ]

    assert load(1) == load(10**9)


def test_who_writes_the_same_at_once_leaves_one_copy(
    server: Database, make: Make, now: datetime
) -> None:
    talks = [make(str(n), ("hello", "again")) for n in range(bulk.WORTH_ROWS)]

    def load(part: int) -> list[Stored]:
        order = talks[part:] + talks[:part]
        return server.run(lambda session: conversations.save_many(session, order, now))

    with ThreadPoolExecutor(4) as pool:
        results = [stored for part in pool.map(load, range(4)) for stored in part]
    assert results.count(Stored.KEPT) == len(talks)
    assert results.count(Stored.DUPLICATE) == 3 * len(talks)
    with server.reading() as session:
        assert len(session.scalars(select(TurnRow.id)).all()) == 2 * len(talks)


def test_an_error_of_a_copy_is_one_of_the_database_and_quotes_nobody(
    server: Database, now: datetime
) -> None:
    rows = [{"old_id": f"o{n}", "new_id": "secret words", "at": now} for n in range(500)]
    rows[7]["new_id"] = "secret \x00 words"
    with pytest.raises(DBAPIError) as told, server.session() as session:
        write(session, insert_for(session, RedirectRow), rows)
    assert "secret" not in str(told.value)


def test_a_load_goes_on_after_others_in_one_transaction(server: Database, now: datetime) -> None:
    with server.session() as session:
        for part in range(3):
            rows = [
                {"old_id": f"{part}-{n}", "new_id": "x", "at": now} for n in range(bulk.WORTH_ROWS)
            ]
            found = write(
                session, insert_for(session, RedirectRow).returning(RedirectRow.old_id), rows
            )
            assert len(found.all()) == bulk.WORTH_ROWS
