"""All that is slow, on a queue of its own or in a thread of this process.

Refits and new themes, fits on journeys, and long work on own taxonomies.
"""

import logging
import threading
from collections.abc import Callable
from math import inf
from time import monotonic

from sqlalchemy.orm import Session

from domain.base import now
from settings import GRACE_SECONDS, Settings
from storage import theme_models, work
from storage.database import Database
from storage.work import SLOW, Claim, Kind, Priority
from workers.lease import beating
from workers.policy import policy_of
from workers.tagging import tagger_of
from workers.taxonomy_jobs import Bench
from workers.taxonomy_jobs import run as run_taxonomy_job
from workers.themes_sample import TooFewError
from workers.watch import Watch

SUBJECT = "themes"
JOURNEYS = "journeys"
DRY_RUN = "themes:dry-run"
LEASE_S = 60.0
"""Prolonged while a fit runs; a second run beside it would change nothing."""
LONGEST_S = 4 * 3_600
"""One piece of work that takes longer hangs: it is broken off and tried again, then parked."""
LOOK_S = 5.0
EMERGE_S = 3_600.0
"""How often new themes are looked for."""
log = logging.getLogger(__name__)


def ask_for_new(session: Session) -> None:
    """Have new themes looked for, if there is a model to add them to."""
    if theme_models.stamp(session) is not None:
        work.add(session, Kind.EMERGE, SUBJECT, now(), priority=Priority.LATER)


def run_due(
    settings: Settings,
    database: Database,
    worker: str = "themes",
    watch: Watch | None = None,
    bench: Bench | None = None,
    most: float = inf,
) -> int:
    """Do what is due, one after the other; give how many pieces of work.

    Parameters
    ----------
    bench : Bench, optional
        For work on own taxonomies; by default a tagger is loaded where one is needed.
    most : float
        No more than so many pieces.
    """
    watch = watch or Watch()
    bench = bench or bench_of(settings, database)
    done = 0
    while (
        done < most
        and not bench.stopping()
        and (
            claims := database.run(
                lambda session: work.claim(session, SLOW, 1, LEASE_S, worker, now())
            )
        )
    ):
        # Held until the piece is broken off for its length.
        longest = LONGEST_S + GRACE_SECONDS
        with beating(database, claims, LEASE_S, longest), watch.batch(claims):
            for claim in claims:
                _do(bench, claim, watch)
                done += 1
    return done


def bench_of(settings: Settings, database: Database) -> Bench:
    """Give what a worker of a broker works with; its tagger is loaded when it is needed."""
    lazy = tagger_of(settings, database)
    return Bench(settings, database, lambda: lazy.loaded)


def _do(bench: Bench, claim: Claim, watch: Watch) -> None:
    database = bench.database
    try:
        if claim.kind is Kind.TAXONOMY:
            _told(watch, claim, run_taxonomy_job(bench, claim))
            return
        _run(bench.settings, database, claim)
    except TooFewError:
        log.info("%s: too few conversations for themes", claim.kind)
    except Exception as error:  # tried again, then parked
        caught = error
        state = database.run(lambda session: work.fail(session, claim, caught, now()))
        log.warning("%s: %s, now %s", claim.kind, type(error).__name__, state)
        watch.gave_up(claim, error, state)
        return
    except BaseException:  # told to stop: somebody else begins anew at once
        database.run(lambda session: work.release(session, [claim], now()))
        raise
    database.run(lambda session: work.done(session, claim))
    watch.finished(claim)


def _told(watch: Watch, claim: Claim, done: bool) -> None:
    if done:
        watch.finished(claim)
    else:
        watch.late(claim)


def _run(settings: Settings, database: Database, claim: Claim) -> None:
    # What fits (BERTopic, scikit-network) is loaded here, in the process that fits.
    if claim.kind is Kind.FIT:
        _fit_journeys(settings, database, claim)
        return
    from workers.themes_emerge import emerge
    from workers.themes_namer import discovery_of
    from workers.themes_refit import refit

    how = discovery_of(settings)
    if claim.kind is Kind.EMERGE:
        emerge(database, how)
    else:
        refit(database, how, dry_run=claim.subject_id == DRY_RUN)


def _fit_journeys(settings: Settings, database: Database, claim: Claim) -> None:
    from journey.types.choose import TooFewJourneysError
    from workers.journey_models import fit

    def tell(done: int, total: int) -> None:
        database.run(lambda session: work.progressed(session, claim, 100 * done // total))

    try:
        fit(database, now(), policy_of(settings).silence, tell)
    except TooFewJourneysError:  # they went since somebody asked
        log.info("%s: too few journeys for types", claim.kind)


class ThemesRunner:
    """A thread that does what is slow, for one machine without a broker."""

    def __init__(self, run: Callable[[], object], ask: Callable[[], object]) -> None:
        self._run, self._ask = run, ask
        self._stopping = threading.Event()
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="throughline-themes", daemon=True)

    @classmethod
    def of(
        cls, settings: Settings, database: Database, tagger: Callable[[], object]
    ) -> "ThemesRunner":
        """Make the runner of a process.

        Parameters
        ----------
        tagger : callable
            Gives the tagger of the process, for use beside its other work.
        """
        runner: ThemesRunner
        bench = Bench(settings, database, tagger, lambda: runner._stopping.is_set())
        runner = cls(
            lambda: run_due(settings, database, "embedded", bench=bench),
            lambda: database.run(ask_for_new),
        )
        return runner

    def start(self) -> None:
        """Begin to look for work."""
        self._thread.start()

    def notify(self) -> None:
        """Say that there may be work. Call it after the commit."""
        self._wake.set()

    def stop(self, timeout_s: float = 1.0) -> None:
        """Stop after the work in hand; a fit that takes longer is done again at the next start."""
        self._stopping.set()
        self._wake.set()
        self._thread.join(timeout_s)

    def _loop(self) -> None:
        asked = monotonic()
        while not self._stopping.is_set():
            self._wake.wait(LOOK_S)
            self._wake.clear()
            try:
                if monotonic() - asked >= EMERGE_S:
                    self._ask()
                    asked = monotonic()
                self._run()
            except Exception as error:  # the thread must outlive any fault
                log.error("the work on themes rests: %s", type(error).__name__)
