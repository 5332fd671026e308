"""One run under faults: records go in with retries while something is killed again and again."""

import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from random import Random

import psutil
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from domain.base import now
from storage.tables import ConversationRow, WorkRow
from storage.work import Kind, State
from tests.faults.checks import violations
from tests.faults.fleet import Fleet, Member
from tests.faults.made import ids
from tests.faults.sender import Sender
from tests.faults.servers import Broker, PostgreSQL, Redis

FAULTS = 20
AHEAD = 20
"""A share of one in so many records is accepted and not yet finished, at most: the sending lasts
as long as the work, and every fault meets both."""
STALLED_S = 300.0
"""Without any change for so long, a run is over. It only ends what would hang for ever."""
OVERDUE_S = 240.0
"""A claim that ran out so long ago is not going to be swept."""


@dataclass
class Told:
    """What a run showed."""

    violations: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    seconds: float = 0.0
    said: Counter[str] = field(default_factory=Counter)
    fell: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        return (
            f"{len(self.faults)} faults in {self.seconds:.0f} s: {', '.join(self.faults)}; "
            f"clients were told {dict(self.said)}; ended by themselves {dict(self.fell)}; "
            f"violations {self.violations}"
        )


class Run:
    """One run.

    Parameters
    ----------
    fleet : Fleet
        Started.
    postgresql, broker : Service
        Started, with all the data.
    records : int
        How many conversations.
    seed : int
        Draws what is killed and when.
    overdue_s : float
        When a claim that ran out is held to be forgotten.
    ahead : int, optional
        Records that may be unfinished while more are sent.
    """

    def __init__(
        self,
        fleet: Fleet,
        postgresql: PostgreSQL,
        broker: Broker,
        *,
        records: int,
        seed: int,
        overdue_s: float = OVERDUE_S,
        ahead: int | None = None,
    ) -> None:
        self.fleet, self.postgresql, self.broker = fleet, postgresql, broker
        self.records, self.overdue_s = records, overdue_s
        self.chance = Random(seed)
        self.told = Told()
        self.left = 0
        """Work that was not done at the last look."""
        most = records // AHEAD if ahead is None else ahead
        self.sender = Sender(
            fleet.client,
            range(records),
            batch=max(records // 200, 5),
            may_go_on=lambda accepted: self.left_of(accepted) <= most,
            seed=seed,
        )

    def left_of(self, accepted: int) -> int:
        """Give the work left, as far as the database tells."""
        # Where the database is away just now, what was seen last stands.
        with suppress(SQLAlchemyError), self.fleet.database.reading() as session:
            self.left = session.scalar(select(func.count()).select_from(WorkRow)) or 0
        return min(self.left, accepted)

    def everything(self) -> list[Callable[[], str]]:
        """Give the faults of a full run, in the order they were drawn."""
        api, worker, beat = self.kill_api, self.kill_worker, self.kill_beat
        wanted = [api] * 3 + [worker] * 4 + [self.kill_child] * 2 + [beat] * 3
        wanted += [self.stop_broker] * 2 + [self.kill_broker] * 2
        wanted += [self.stop_database] * 2 + [self.kill_database] * 2
        if isinstance(self.broker, Redis):
            wanted[wanted.index(self.kill_broker)] = self.lose_broker
        assert len(wanted) == FAULTS
        self.chance.shuffle(wanted)
        return wanted

    def go(self, faults: list[Callable[[], str]], latest: float = 0.95) -> Told:
        """Send everything, commit each fault when its share of the work is done, and judge."""
        begun = time.monotonic()
        shares = sorted(self.chance.uniform(0.02, latest) for _ in faults)
        self.sender.start()
        try:
            for share, fault in zip(shares, faults, strict=True):
                self._wait(partial(self._has_done, share))
                # Not just after a commit: anywhere between two.
                time.sleep(self.chance.uniform(0.0, 1.0))
                self.told.faults.append(f"{fault()} at {share:.0%}")
            self._wait(lambda: not self.sender.busy)
            self._wait(lambda: self.left_of(self.records) == 0 or self._forgotten())
        except Stalled as stalled:
            self.told.violations.append(str(stalled))
        finally:
            self.sender.stop()
        self.told.seconds = time.monotonic() - begun
        self.told.said, self.told.fell = self.sender.said, self.fleet.fell
        self.told.violations += violations(self.fleet.database, ids(range(self.records)))
        self.told.violations += [f"a client was told {said}" for said in self.sender.surprises]
        return self.told

    def kill_api(self) -> str:
        """Kill the API in the middle of what it answers."""
        self.fleet.kill(self.fleet.api)
        return "api killed"

    def kill_worker(self) -> str:
        """Kill a worker with its children."""
        worker = self._worker()
        self.fleet.kill(worker)
        return f"{worker.name} killed"

    def kill_busy_worker(self) -> str:
        """Kill all workers with their children, while at least one is at work."""
        self._wait(self._at_work)
        for worker in self.fleet.workers:
            self.fleet.kill(worker)
        return "all workers killed"

    def kill_child(self) -> str:
        """Kill the process that does a worker's work, and leave the worker itself."""
        worker = self._worker()
        for child in worker.children()[:1]:
            with suppress(psutil.NoSuchProcess):
                child.kill()
        return f"child of {worker.name} killed"

    def kill_beat(self) -> str:
        """Kill the clock."""
        self.fleet.kill(self.fleet.beat)
        return "beat killed"

    def stop_broker(self) -> str:
        """Stop the broker in good order and start it again."""
        self.broker.restart(away_s=self._while())
        return "broker stopped and started"

    def kill_broker(self) -> str:
        """Kill the broker; it comes back with its disk."""
        self.broker.restart(kill=True, away_s=self._while())
        return "broker killed"

    def lose_broker(self) -> str:
        """Kill the broker; it comes back empty."""
        assert isinstance(self.broker, Redis)
        self.broker.lose_everything()
        return "broker lost its data"

    def stop_database(self) -> str:
        """Stop the database in good order and start it again."""
        self.postgresql.restart(away_s=self._while())
        return "database stopped and started"

    def kill_database(self) -> str:
        """Kill the database; it recovers from its log."""
        self.postgresql.restart(kill=True, away_s=self._while())
        return "database killed"

    def _at_work(self) -> bool:
        """Whether a conversation is being read; also where no claim tells of it."""
        with self.fleet.database.reading() as session:
            unread = select(func.count()).select_from(ConversationRow)
            unread = unread.where(ConversationRow.tagged_at.is_(None))
            pending = select(func.count()).select_from(WorkRow)
            pending = pending.where(WorkRow.kind == Kind.TAG, WorkRow.state == State.PENDING)
            return (session.scalar(unread) or 0) > (session.scalar(pending) or 0)

    def _worker(self) -> Member:
        return self.chance.choice(self.fleet.workers)

    def _while(self) -> float:
        return self.chance.uniform(0.0, 2.0)

    def _has_done(self, share: float) -> bool:
        accepted = len(self.sender.accepted)
        return accepted - self.left_of(accepted) >= share * self.records

    def _forgotten(self) -> bool:
        """Whether all that is left is held by claims that ran out long ago."""
        with self.fleet.database.reading() as session:
            rows = session.execute(select(WorkRow.state, WorkRow.lease_until)).all()
        moment = now()
        return bool(rows) and all(
            state == State.CLAIMED
            and until is not None
            and (moment - until).total_seconds() > self.overdue_s
            for state, until in rows
        )

    def _wait(self, happened: Callable[[], bool]) -> None:
        seen, since = self._state(), time.monotonic()
        while not happened():
            self.fleet.tend()
            time.sleep(0.2)
            if (state := self._state()) != seen:
                seen, since = state, time.monotonic()
            if time.monotonic() - since > STALLED_S:
                raise Stalled(f"nothing moved for {STALLED_S:.0f} s: accepted, left = {seen}")

    def _state(self) -> tuple[int, int]:
        return len(self.sender.accepted), self.left


class Stalled(Exception):  # noqa: N818 - a state of the run, not a fault of the code
    """Nothing moves any more."""
