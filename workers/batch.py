"""Some claims that are worked on together, from the tagger to the journeys.

What is written comes in two steps, each one transaction: first what the tagger read, then the
journeys around it, so that a customer with many contacts in a batch is rebuilt once. Where a
step fails it is taken again claim by claim, so that whatever fails hits its own claim alone.
A fault of the database hits none: what is not done is handed back, and the work rests.
"""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, fields
from functools import partial
from typing import TypeVar

from sqlalchemy.orm import Session

from domain.base import now
from domain.conversation import Conversation
from storage import conversations, faults, work
from storage.work import Claim, Kind, State
from workers.equipment import Pipeline
from workers.portions import ahead, characters, portions
from workers.tagging import Tagged, Tagger
from workers.writing import Read, keep, rebuild

T = TypeVar("T")
log = logging.getLogger(__name__)


@dataclass
class Processed:
    """What became of claims."""

    done: int = 0
    failed: int = 0
    """To be tried again, or parked."""
    late: int = 0
    """The claim had run out: nothing was written."""
    ahead: int = 0
    """Given back with a part of a long conversation read ahead."""

    @property
    def claimed(self) -> int:
        """All of them."""
        return self.done + self.failed + self.late + self.ahead

    def add(self, other: "Processed") -> None:
        """Count others too."""
        for part in fields(self):
            setattr(self, part.name, getattr(self, part.name) + getattr(other, part.name))


class Batch:
    """Claims on their way through the pipeline."""

    def __init__(self, pipeline: Pipeline) -> None:
        self.pipeline = pipeline
        self.result = Processed()
        self._open: dict[int, Claim] = {}

    def work(self, claims: Sequence[Claim]) -> Processed:
        """Bring claims to their end; told to stop, hand back at once what is not begun.

        Raises
        ------
        Exception
            The database's own fault, after the rest was handed back as if never tried.
        """
        self._open = {claim.id: claim for claim in claims}
        try:
            ready = self._read([claim for claim in claims if claim.kind is Kind.TAG])
            ready += [claim for claim in claims if claim.kind is not Kind.TAG]
            self._rebuild(ready)
        except Exception as error:
            if faults.of_database(error):
                self._hand_back(error)
            raise
        if self._open:
            back = list(self._open.values())
            self.pipeline.database.run(lambda session: work.release(session, back, now()))
        return self.result

    def _read(self, claims: Sequence[Claim]) -> list[Claim]:
        """Tag conversations and keep what was read; give the claims to go on with."""
        with self.pipeline.database.reading() as session:
            found = conversations.get_many(session, [claim.subject_id for claim in claims])
        there = [claim for claim in claims if claim.subject_id in found]
        ready = [claim for claim in claims if claim.subject_id not in found]
        for portion in portions(there, lambda claim: characters(found[claim.subject_id])):
            if self.pipeline.stopping():
                break
            ready += self._read_portion(portion, found)
        return ready

    def _read_portion(
        self, claims: Sequence[Claim], found: Mapping[str, Conversation]
    ) -> list[Claim]:
        parts = {claim.id: ahead(found[claim.subject_id], claim.progress) for claim in claims}
        wanted = {c.id: parts[c.id] or found[c.subject_id] for c in claims}
        version = self.pipeline.tagger.version
        answers = read_each(self.pipeline.watched, list(wanted.values()))
        reads = []
        for claim in claims:
            conversation = wanted[claim.id]
            answer = answers[conversation.id]
            if isinstance(answer, Exception):
                self._give_up(claim, answer)
            elif parts[claim.id] is not None:
                self._come_back(claim, claim.progress + len(conversation.turns))
            else:
                reads.append(Read(claim, conversation, answer, version))
        return self._keep(reads)

    def _come_back(self, claim: Claim, progress: int) -> None:
        """Give a long conversation back: what others wait for goes first, then the next part."""
        del self._open[claim.id]
        self.result.ahead += 1
        again = partial(work.again, item=claim, not_before=now(), progress=progress)
        self.pipeline.database.run(again)

    def _keep(self, reads: Sequence[Read]) -> list[Claim]:
        claims = [read.claim for read in reads]
        held = self._together(claims, "keep signals", partial(keep, self.pipeline, reads))
        if held is None:
            return [claim for read in reads for claim in self._keep([read])] if reads[1:] else []
        return self._still(claims, held)

    def _rebuild(self, claims: Sequence[Claim]) -> None:
        step = partial(rebuild, self.pipeline, claims)
        built = self._together(claims, "build journeys", step)
        if built is None:
            for claim in claims if claims[1:] else ():
                self._rebuild([claim])
            return
        for place, claim in enumerate(self._still(claims, built.held)):
            del self._open[claim.id]
            absorbed = 0 if place else built.absorbed
            self.result.done += 1 + absorbed
            self.pipeline.watch.finished(claim, absorbed)

    def _together(
        self, claims: Sequence[Claim], name: str, step: Callable[[Session], T | None]
    ) -> T | None:
        """Take a step for some claims; None where it must be taken for each of them alone."""
        if not claims:
            return None
        try:
            with ExitStack() as watched:
                for claim in claims:
                    watched.enter_context(self.pipeline.watch.step(claim, name))
                return self.pipeline.database.run(step)
        except Exception as error:  # any fault of one record stays with it
            if len(claims) == 1:
                self._give_up(claims[0], error)
            return None
        finally:
            self.pipeline.manners.pause()

    def _still(self, claims: Sequence[Claim], held: Collection[int]) -> list[Claim]:
        """Leave out the claims that had run out."""
        for claim in claims:
            if claim.id not in held:
                del self._open[claim.id]
                self.result.late += 1
                self.pipeline.watch.late(claim)
        return [claim for claim in claims if claim.id in held]

    def _give_up(self, claim: Claim, error: Exception) -> None:
        if faults.of_database(error):
            # The last to come again: if it alone meets the fault, the others pass before it.
            self._open[claim.id] = self._open.pop(claim.id)
            raise error
        del self._open[claim.id]
        self.result.failed += 1
        with self.pipeline.watch.step(claim, "give back"):
            failing = partial(work.fail, item=claim, error=error, now=now())
            state = self.pipeline.database.run(failing)
            name = type(error).__name__
            log.warning("%s %s: %s, now %s", claim.kind, claim.subject_id, name, state)
        self.pipeline.watch.gave_up(claim, error, state)

    def _hand_back(self, error: Exception) -> None:
        """Give back all that is not done after a fault of the database; none was tried."""
        back = list(self._open.values())

        def give(session: Session) -> list[State | None]:
            return [work.fail(session, claim, error, now()) for claim in back]

        states = self.pipeline.database.run(give)
        log.warning("handed back %d: %s", len(back), type(error).__name__)
        for claim, state in zip(back, states, strict=True):
            self.pipeline.watch.gave_up(claim, error, state)


def read_each(tagger: Tagger, batch: Sequence[Conversation]) -> dict[str, Tagged | Exception]:
    """Tag a batch; if it fails, one by one, to find out on whose account."""
    if not batch:
        return {}
    try:
        return {c.id: tagged for c, tagged in zip(batch, tagger.tag(batch), strict=True)}
    except Exception as error:  # handed to the claim it belongs to
        if faults.of_database(error):
            raise
        if len(batch) == 1:
            return {batch[0].id: error}
    return {id_: answer for one in batch for id_, answer in read_each(tagger, [one]).items()}
