"""Claim, tag, link, rebuild, commit: what is done with every record that comes in.

It may be killed anywhere: a claim runs out and the work is done again, with the same result.
Claims are prolonged while they are worked on; whoever is told to stop hands back the rest.
"""

import logging
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import timedelta
from threading import Lock
from time import monotonic

from sqlalchemy.orm import Session

from domain.base import now
from storage import idempotency, vectors, work
from storage.database import Database
from storage.work import PROMPT, Claim, Kind, Priority
from workers import retag
from workers.batch import Batch, Processed
from workers.equipment import VECTOR_DAYS, Pipeline
from workers.lease import beating

log = logging.getLogger(__name__)
BATCH = 16
"""Conversations that pass the tagger together."""
ALL = PROMPT

__all__ = ["BATCH", "Pipeline", "Processed", "drain", "process", "sweep"]


def process(pipeline: Pipeline, limit: int = BATCH, kinds: Sequence[Kind] = ALL) -> Processed:
    """Take what is most urgent and do it.

    Only where nothing else is due, a chunk is read again for a run that tags anew.

    Parameters
    ----------
    limit : int
        Most claims; their conversations pass the tagger as one batch.
    kinds : sequence of Kind
        What to work on.

    Returns
    -------
    Processed
        All zero when nothing is due.
    """
    # A model that cannot be loaded is no record's fault: find out before anything is claimed.
    version = pipeline.tagger.version
    lease, worker = pipeline.lease_seconds, pipeline.worker
    prompt = [kind for kind in kinds if kind is not Kind.RETAG]
    most = 1 if pipeline.manners.brief else limit

    held = ExitStack()

    def claim() -> list[Claim]:
        claims = pipeline.database.run(
            lambda session: work.claim(
                session, prompt, most, lease, worker, now(), pipeline.priorities
            )
        )
        # From now on: what is to be alone may wait for longer than a lease.
        held.enter_context(beating(pipeline.database, claims, lease))
        return claims

    with held, pipeline.hands.working(claim, _tried_before) as claims:
        pipeline.manners.begin(claims[0].priority if claims else Priority.BULK)
        if not claims:
            bulk = Kind.RETAG in kinds and Priority.BULK in pipeline.priorities
            return retag.step(pipeline) if bulk else Processed()
        with pipeline.watch.batch(claims, version):
            return Batch(pipeline).work(claims)


def _tried_before(claims: Sequence[Claim]) -> bool:
    return any(claim.attempts > 1 for claim in claims)


def drain(
    pipeline: Pipeline,
    *,
    seconds: float | None = None,
    kinds: Sequence[Kind] = ALL,
    progress: Callable[[Processed], None] | None = None,
) -> Processed:
    """Work until nothing is due any more, for some seconds, or until told to stop.

    Parameters
    ----------
    seconds : float, optional
        After these no further batch is begun.
    progress : callable, optional
        Told after each batch what was done so far.
    """
    assert pipeline.tagger.version  # loaded by one thread, before there are more
    total, counting = Processed(), Lock()
    until = None if seconds is None else monotonic() + seconds

    def go_on() -> None:
        while (until is None or monotonic() < until) and not pipeline.stopping():
            batch = process(pipeline, kinds=kinds)
            if not batch.claimed:
                break
            with counting:
                total.add(batch)
                if progress is not None:
                    progress(total)

    pipeline.hands.run(go_on)
    return total


def sweep(database: Database, vector_days: float = VECTOR_DAYS) -> int:
    """Offer again what lost workers held, and forget old answers and vectors.

    Parameters
    ----------
    vector_days : float
        Age at which a cached vector is forgotten.

    Returns
    -------
    int
        How many claims were taken from lost workers.
    """

    def tidy(session: Session) -> int:
        idempotency.prune(session, now())
        vectors.prune(session, now() - timedelta(days=vector_days))
        return work.sweep(session, now())

    return database.run(tidy)
