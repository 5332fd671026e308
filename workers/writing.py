"""The two writing steps of a batch, each one transaction for all its claims.

What they do is the same for one claim and for sixteen; together they cost a tenth of the
statements. Who calls them falls back to one claim at a time where a step fails.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from sqlalchemy.orm import Session

from domain.base import now
from domain.conversation import Conversation
from domain.journey import Built, Contact
from journey.build import build
from journey.sightings import written_identifiers
from storage import conversations, journeys, needs, neighbourhood, sightings, signals, work
from storage.neighbourhood import Neighbourhood
from storage.work import Claim, Kind, Priority
from workers.closing import next_closing
from workers.equipment import Pipeline
from workers.tagging import Tagged


class Read(NamedTuple):
    """A conversation and what the tagger said, for the claim that asked.

    The version is that of the tagger before it read: a taxonomy that goes live meanwhile makes
    it be read once more, and is never said to have read it.
    """

    claim: Claim
    conversation: Conversation
    tagged: Tagged
    version: str


class Rebuilt(NamedTuple):
    """What a rebuild brought to its end."""

    held: frozenset[int]
    """Ids of the claims that were still held: they are done."""
    records: frozenset[str]
    """Ids of those whose journeys are built anew; empty where a limit cut them off."""
    absorbed: int
    """Waiting work that is done with it."""


def keep(pipeline: Pipeline, reads: Sequence[Read], session: Session) -> frozenset[int]:
    """Write what was read out of conversations; give the ids of the claims still held."""
    # The lock of a conversation comes before that of its claim, as it does on intake.
    there = conversations.lock_many(session, [read.conversation.id for read in reads])
    held = work.hold_many(session, [read.claim for read in reads])
    still = [read for read in reads if read.claim.id in held and read.conversation.id in there]
    for version in sorted({read.version for read in still}):
        found = [(read.conversation, read.tagged) for read in still if read.version == version]
        _write(pipeline, found, version, session)
    return held


def _write(
    pipeline: Pipeline,
    found: Sequence[tuple[Conversation, Tagged]],
    version: str,
    session: Session,
) -> None:
    hidden = [(talk, tagged.redactions) for talk, tagged in found]
    conversations.set_read_many(session, hidden, version, now())
    signals.replace_many(session, {talk.id: tagged.signals for talk, tagged in found})
    needs.replace_many(session, {talk.id: _need(tagged) for talk, tagged in found})
    pipeline.themes.keep(session, found)
    contacts = [Contact(conversation=talk, signals=tagged.signals) for talk, tagged in found]
    words = {contact.conversation.id: written_identifiers(contact) for contact in contacts}
    sightings.replace_written(session, words)


def _need(tagged: Tagged) -> tuple[list[float] | None, str]:
    vector = None if tagged.need is None else [float(x) for x in tagged.need]
    return vector, tagged.space


def rebuild(pipeline: Pipeline, claims: Sequence[Claim], session: Session) -> Rebuilt | None:
    """Build the journeys around subjects anew and finish their claims.

    Returns
    -------
    Rebuilt or None
        None, and nothing written, where several neighbourhoods are too much at once.
    """
    held = work.hold_many(session, claims)
    mine = [claim for claim in claims if claim.id in held]
    reach = neighbourhood.lock(session, [claim.subject_id for claim in mine])
    if len(mine) > 1 and not reach.complete:
        return None
    moment = now()
    absorbed = work.absorb(session, Kind.REBUILD, reach.records) if reach.complete else 0
    around = neighbourhood.load_reach(session, reach)
    built = build(around.contacts, around.events, around.withdrawn, pipeline.policy, moment)
    journeys.save(session, built, around, moment)
    for one in _people(around, built):
        closing = next_closing(one, built, pipeline.policy, moment)
        if closing is not None:
            contact, due = closing
            later = Priority.LATER
            work.add(session, Kind.REBUILD, contact, moment, not_before=due, priority=later)
    work.done_many(session, mine)
    return Rebuilt(held, reach.records if reach.complete else frozenset(), absorbed)


def _people(around: Neighbourhood, built: Built) -> Iterator[Neighbourhood]:
    """Cut a neighbourhood by whose contacts they are: each has windows that close by themselves."""
    owner = {id_: issue.identity_id for issue in built.issues for id_ in issue.conversation_ids}

    def whose(contact: Contact) -> str:
        return owner[contact.conversation.id]

    for _, contacts in groupby(sorted(around.contacts, key=whose), key=whose):
        yield around.model_copy(update={"contacts": tuple(contacts)})
