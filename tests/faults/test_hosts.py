"""Two hosts, a worker on each; one is cut off in the middle, and what it sends late is nothing."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from domain.base import now
from domain.conversation import Conversation
from storage import conversations, work
from storage.tables import Base, ConversationRow, JourneyRow, SignalRow, TurnRow, WorkRow
from tests.faults.checks import violations
from tests.faults.conftest import absent
from tests.faults.fleet import ROOT, Fleet, Member
from tests.faults.hosts import NETWORK, Host
from tests.faults.made import conversation, ids
from tests.faults.servers import PostgreSQL, Redis
from tests.faults.service import Absent, until
from tests.faults.taggers import GATE

RECORDS = range(24)
LATER = range(24, 26)
HOLDER = """
import sys, time
from storage import database
from storage.database import Database
from storage.work import Kind, claim
from domain.base import now
# The product's own, which are of a minute, in short: test_database holds them to that.
idle, pause, count = ("tcp_keepalives_" + part for part in ("idle", "interval", "count"))
assert database.SERVER_TCP.keys() == {idle, pause, count, "tcp_user_timeout"}
database.SERVER_TCP |= {idle: 3, pause: 1, count: 3, "tcp_user_timeout": 6_000}
with Database(sys.argv[1]).session() as session:
    print(len(claim(session, [Kind.TAG], 5, 1.0, "cut off", now())), flush=True)
    time.sleep(3600)
"""


@pytest.fixture
def hosts() -> Iterator[tuple[Host, Host]]:
    """Give two hosts."""
    made: list[Host] = []
    try:
        made += [Host()]
        made += [Host()]
    except Absent as error:
        absent(error)
    yield made[0], made[1]
    for host in made:
        host.remove()


class Site:
    """Services that both hosts reach, and a worker on each."""

    def __init__(self, folder: Path, hosts: tuple[Host, Host], without: str = "") -> None:
        place = folder / f"site-{hosts[0].name}"
        place.mkdir(mode=0o711)
        self.postgresql, self.redis = PostgreSQL(place), Redis(place)
        for service in (self.postgresql, self.redis):
            service.addresses += [host.here for host in hosts]
        with (self.postgresql.data / "pg_hba.conf").open("a") as rules:
            rules.write(f"host all all {NETWORK}.0/24 trust\n")
        self.postgresql.start()
        self.redis.start()
        self.fleet = Fleet(
            self.postgresql.create("site"),
            self.redis.url(),
            place,
            workers=0,
            without=without,
            tagger="tests.faults.taggers:behind",
            lease_seconds=5,
        )
        self.workers = [self._worker(host, place) for host in hosts]

    def stop(self) -> None:
        """Stop all."""
        for worker in self.workers:
            worker.kill()
        self.fleet.stop()
        self.postgresql.kill()
        self.redis.kill()

    def save(self, numbers: range) -> None:
        """Keep records as the API does, and let the next sweep find them."""
        records = [Conversation.model_validate(conversation(number)) for number in numbers]
        self.fleet.database.run(lambda s: conversations.save_many(s, records, now()))

    def gate(self, worker: Member) -> Path:
        """Give the folder of a worker's gate."""
        return Path(worker.environment[GATE])

    def read(self, worker: Member) -> list[str]:
        """Give the ids that a worker has read, in order, and let through its gate."""
        log = self.gate(worker) / "read"
        return [line.split()[1] for line in log.read_text().splitlines()] if log.exists() else []

    def everything(self) -> dict[str, list[tuple[object, ...]]]:
        """Give all that is known of the conversations, row by row, with the times of writing."""
        tables: list[type[Base]] = [ConversationRow, TurnRow, SignalRow, JourneyRow]
        wanted = {row.__tablename__: row.__table__ for row in tables}
        with self.fleet.database.reading() as session:
            return {
                name: sorted((tuple(row) for row in session.execute(select(table))), key=repr)
                for name, table in wanted.items()
            }

    def _worker(self, host: Host, place: Path) -> Member:
        gate = place / f"gate-{host.name}"
        gate.mkdir()
        worker = self.fleet.worker(host.name, host.prefix)
        moved = {
            name: value.replace("127.0.0.1", host.here)
            for name, value in self.fleet.environment.items()
            if name in ("THROUGHLINE_DATABASE_URL", "THROUGHLINE_BROKER_URL")
        }
        worker.environment = {**self.fleet.environment, **moved, GATE: str(gate)}
        return worker


@pytest.mark.parametrize("without", ["", "hold"])
def test_a_worker_that_was_cut_off_changes_nothing_when_it_is_back(
    folder: Path, hosts: tuple[Host, Host], without: str
) -> None:
    site = Site(folder, hosts, without)
    lost, other = site.workers
    closed = site.gate(lost) / "closed"
    try:
        closed.touch()
        site.save(RECORDS)
        lost.start()
        site.fleet.beat.start()
        until((site.gate(lost) / "waiting").exists, "answers of the first host", 600)
        taken = held(site)
        other.start()
        hosts[0].cut()
        until(lambda: site.fleet.left() == 0, "the work's end on the other host", 600)
        assert set(taken) <= set(site.read(other)), "it took over what the first one held"
        assert not violations(site.fleet.database, ids(RECORDS))
        before = site.everything()
        other.stop()
        hosts[0].mend()
        closed.unlink()
        until(lambda: set(taken) <= set(site.read(lost)), "late answers", 600)
        # Its next work comes after all it did with the old.
        site.save(LATER)
        until(lambda: ids(LATER) <= set(site.read(lost)), "the first host's next work", 600)
        until(lambda: site.fleet.left() == 0, "its end", 600)
        late = [row for row in changed(before, site.everything()) if row & set(taken)]
        assert bool(late) == bool(without), "only without a look at the claim it changes something"
    finally:
        site.stop()


def test_what_a_host_held_in_a_transaction_is_free_when_it_is_cut_off(
    folder: Path, hosts: tuple[Host, Host]
) -> None:
    site = Site(folder, hosts)
    try:
        site.save(range(5))
        url = site.workers[0].environment["THROUGHLINE_DATABASE_URL"]
        command = [*hosts[0].prefix, sys.executable, "-c", HOLDER, url]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as holder:
            try:
                assert holder.stdout is not None
                assert holder.stdout.readline().strip() == "5"
                assert claimable(site) == 0
                hosts[0].cut()
                until(lambda: claimable(site) == 5, "the end of a transaction of a lost host", 300)
            finally:
                holder.kill()
    finally:
        site.stop()


def held(site: Site) -> list[str]:
    """Give the subjects in work."""
    query = select(WorkRow.subject_id).where(WorkRow.state == work.State.CLAIMED)
    with site.fleet.database.reading() as session:
        return list(session.scalars(query))


def claimable(site: Site) -> int:
    """Count what another worker could claim; nothing is claimed."""
    with site.fleet.database.session() as session:
        count = len(work.claim(session, [work.Kind.TAG], 100, 1.0, "probe", now()))
        session.rollback()
    return count


def changed(
    before: dict[str, list[tuple[object, ...]]], after: dict[str, list[tuple[object, ...]]]
) -> list[set[object]]:
    """Give the rows of before that are not there any more as they were."""
    gone = [
        row
        for name, rows in before.items()
        for row in set(map(repr, rows)) - set(map(repr, after[name]))
    ]
    return [set(text.replace("'", " ").replace(",", " ").split()) for text in gone]
