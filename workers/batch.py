"""Some claims that are worked on together: read in one go, written claim by claim.

What is written comes in two steps, each a transaction for every claim: first what the tagger
read, then the journeys around it, so that a customer with many contacts in a batch is rebuilt
once. Whatever fails hits its own claim alone.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import NamedTuple

from sqlalchemy.orm import Session

from domain.base import now
from domain.conversation import Conversation
from domain.journey import Contact
from journey.build import build
from journey.policy import JourneyPolicy
from journey.sightings import written_identifiers
from storage import conversations, journeys, needs, neighbourhood, sightings, signals, work
from storage.database import Database
from storage.work import Claim, Kind
from workers.closing import next_closing
from workers.tagging import Tagged, Tagger
from workers.themes_live import LiveThemes
from workers.watch import Watch, WatchedTagger

LEASE_S = 300.0
"""Longer than a batch ever takes."""
VECTOR_DAYS = 90.0
log = logging.getLogger(__name__)


class Settled(NamedTuple):
    """What one step brought to its end besides its own claim."""

    records: frozenset[str] = frozenset()
    """Ids of those whose journeys are built anew."""
    absorbed: int = 0
    """Waiting work that is done with it."""


Step = Callable[[Session], Settled | None]
"""Writes something; None if it came too late."""


@dataclass
class Processed:
    """What became of claims."""

    done: int = 0
    failed: int = 0
    """To be tried again, or parked."""
    late: int = 0
    """The claim had run out: nothing was written."""

    @property
    def claimed(self) -> int:
        """All of them."""
        return self.done + self.failed + self.late


@dataclass(frozen=True)
class Pipeline:
    """All that the work needs."""

    database: Database
    tagger: Tagger
    policy: JourneyPolicy = field(default_factory=JourneyPolicy)
    worker: str = "embedded"
    """Who works, for the operator."""
    lease_seconds: float = LEASE_S
    vector_days: float = VECTOR_DAYS
    """How long cached vectors are kept."""
    watch: Watch = field(default_factory=Watch)
    """Is told what is done."""

    @cached_property
    def watched(self) -> Tagger:
        """The tagger, with its batches measured."""
        return WatchedTagger(self.tagger, self.watch)

    @cached_property
    def themes(self) -> LiveThemes:
        """The live theme model, in memory once it is needed."""
        return LiveThemes()


class Batch:
    """Claims on their way through the pipeline."""

    def __init__(self, pipeline: Pipeline) -> None:
        self.pipeline = pipeline
        self.result = Processed()
        self._given_up: set[int] = set()
        self._settled: set[str] = set()

    def read(self, claims: Sequence[Claim]) -> None:
        """Tag the conversations that claims ask to be tagged; keep what was read."""
        wanted = [claim for claim in claims if claim.kind is Kind.TAG]
        with self.pipeline.database.reading() as session:
            found = conversations.get_many(session, [claim.subject_id for claim in wanted])
        answers = read_each(self.pipeline.watched, list(found.values()))
        for claim in wanted:
            answer = answers.get(claim.subject_id)
            if isinstance(answer, Exception):
                self._give_up(claim, answer)
            elif answer is not None:
                record = found[claim.subject_id]
                step = partial(keep, self.pipeline, claim, record, answer)
                self._try(claim, "keep signals", step)

    def rebuild(self, claim: Claim) -> None:
        """Build what is around a subject anew, unless this batch has done so; finish the claim."""
        if claim.id in self._given_up:
            return
        known = claim.subject_id in self._settled
        step = partial(_finish, claim) if known else partial(_rebuild, self.pipeline, claim)
        settled = self._try(claim, "build journeys", step)
        if settled is not None:
            self.result.done += 1 + settled.absorbed
            self.pipeline.watch.finished(claim, settled.absorbed)
            self._settled |= settled.records

    def _try(self, claim: Claim, name: str, step: Step) -> Settled | None:
        try:
            with self.pipeline.watch.step(claim, name):
                settled = self.pipeline.database.run(step)
        except Exception as error:  # any fault of one record stays with it
            self._give_up(claim, error)
            return None
        if settled is None:
            self.result.late += 1
            self.pipeline.watch.late(claim)
            self._given_up.add(claim.id)
        return settled

    def _give_up(self, claim: Claim, error: Exception) -> None:
        self._given_up.add(claim.id)
        self.result.failed += 1
        with self.pipeline.watch.step(claim, "give back"):
            failing = partial(work.fail, item=claim, error=error, now=now())
            state = self.pipeline.database.run(failing)
            name = type(error).__name__
            log.warning("%s %s: %s, now %s", claim.kind, claim.subject_id, name, state)
        self.pipeline.watch.gave_up(claim, error, state)


def read_each(tagger: Tagger, batch: Sequence[Conversation]) -> dict[str, Tagged | Exception]:
    """Tag a batch; if it fails, one by one, to find out on whose account."""
    if not batch:
        return {}
    try:
        return {c.id: tagged for c, tagged in zip(batch, tagger.tag(batch), strict=True)}
    except Exception as error:  # handed to the claim it belongs to
        if len(batch) == 1:
            return {batch[0].id: error}
    return {id_: answer for one in batch for id_, answer in read_each(tagger, [one]).items()}


def keep(
    pipeline: Pipeline, claim: Claim, read: Conversation, tagged: Tagged, session: Session
) -> Settled | None:
    """Write what was read out of a conversation."""
    # The lock of the conversation comes before that of the claim, as it does on intake.
    there = conversations.lock(session, read.id)
    if not work.hold(session, claim):
        return None
    if there:
        version = pipeline.tagger.version
        conversations.set_read(session, read, tagged.redactions, version, now())
        signals.replace(session, read.id, tagged.signals)
        need = None if tagged.need is None else [float(x) for x in tagged.need]
        needs.replace(session, read.id, need, tagged.space)
        pipeline.themes.keep(session, read, tagged)
        words = written_identifiers(Contact(conversation=read, signals=tagged.signals))
        sightings.replace_written(session, {read.id: words})
    return Settled()


def _rebuild(pipeline: Pipeline, claim: Claim, session: Session) -> Settled | None:
    """Build the journeys around a subject anew and finish its claim."""
    if not work.hold(session, claim):
        return None
    moment = now()
    reach = neighbourhood.lock(session, [claim.subject_id])
    absorbed = work.absorb(session, Kind.REBUILD, reach.records) if reach.complete else 0
    around = neighbourhood.load_reach(session, reach)
    built = build(around.contacts, around.events, around.withdrawn, pipeline.policy, moment)
    journeys.save(session, built, around, moment)
    closing = next_closing(around, built, pipeline.policy, moment)
    if closing is not None:
        contact, due = closing
        later = work.Priority.LATER
        work.add(session, Kind.REBUILD, contact, moment, not_before=due, priority=later)
    work.done(session, claim)
    return Settled(reach.records if reach.complete else frozenset(), absorbed)


def _finish(claim: Claim, session: Session) -> Settled | None:
    return Settled() if work.done(session, claim) else None
