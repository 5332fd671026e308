"""The registry of own taxonomies: numbered versions, one live, every change on record."""

import pytest

from domain.base import now
from storage import taxonomies
from storage.database import Database
from storage.taxonomies import TaxonomyVersion


def add(database: Database, version: str, name: str = "shop") -> TaxonomyVersion:
    made = TaxonomyVersion(
        name=name, version=version, number=0, live=False, description={"n": 1}, made_at=now()
    )
    return database.run(lambda session: taxonomies.add(session, made, version.encode()))


def live(database: Database, version: str | None) -> None:
    database.run(lambda session: taxonomies.go_live(session, "shop", version, "ann", now()))


def test_versions_are_counted_by_name_and_the_same_one_is_kept_once(database: Database) -> None:
    assert [add(database, v).number for v in ("aaaa", "bbbb", "aaaa")] == [1, 2, 1]
    assert add(database, "aaaa", "bikes").number == 1
    with database.reading() as session:
        assert [v.version for v in taxonomies.versions(session, "shop")] == ["bbbb", "aaaa"]
        assert taxonomies.artefact(session, "shop", "bbbb") == b"bbbb"
        assert [v.name for v in taxonomies.newest(session)] == ["bikes", "shop"]


def test_one_version_of_a_name_is_live_and_every_change_is_on_record(database: Database) -> None:
    for version in ("aaaa", "bbbb"):
        add(database, version)
        live(database, version)
    live(database, "bbbb")  # said again, nothing changes
    live(database, None)
    with database.reading() as session:
        assert not taxonomies.live(session)
        found = taxonomies.changes(session, "shop")
    assert [change.version for change in found] == [None, "bbbb", "aaaa"]
    assert {change.by for change in found} == {"ann"}
    with pytest.raises(LookupError):
        live(database, "cccc")


def test_going_back_twice_goes_back_two_versions(database: Database) -> None:
    for version in ("aaaa", "bbbb", "cccc"):
        add(database, version)
        live(database, version)
    for expected in ("bbbb", "aaaa", None):
        with database.reading() as session:
            before = taxonomies.live_before(session, "shop")
        assert before == expected
        if before:
            live(database, before)
