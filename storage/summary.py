"""Numbers for one look at everything: what is asked for, in what mood, and how often again."""

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from domain.base import Record
from domain.conversation import Role
from domain.journey import Journey
from domain.signal import GENERAL, SignalKind, SubjectKind
from storage import journeys, outcomes
from storage.outcomes import OutcomeCount
from storage.search import ConversationFilter
from storage.tables import (
    ConversationRow,
    EventRow,
    IdentityRow,
    JourneyRow,
    SignalRow,
    TurnRow,
)


class LabelCount(Record):
    """How many conversations carry a label."""

    label: str
    conversations: int


class Totals(Record):
    """How much there is."""

    conversations: int
    turns: int
    events: int
    identities: int
    journeys: int


class Summary(Record):
    """All of it."""

    totals: Totals
    intents: tuple[LabelCount, ...]
    """The most frequent first; without those the machine is unsure of."""
    sentiments: tuple[LabelCount, ...]
    outcomes: tuple[OutcomeCount, ...]
    """Of contacts; repeat contact once for each window."""
    most_effort: tuple[Journey, ...]
    """The most effortful first."""


def summarise(session: Session, top: int = 3) -> Summary:
    """Summarise all that is stored.

    Parameters
    ----------
    top : int
        How many of the most effortful journeys to give.
    """
    hardest = select(JourneyRow.id).order_by(JourneyRow.effort.desc(), JourneyRow.id).limit(top)
    return Summary(
        totals=_totals(session),
        intents=labels(session, SignalKind.INTENT),
        sentiments=labels(session, SignalKind.SENTIMENT),
        outcomes=outcomes.count(session, ConversationFilter()).outcomes,
        most_effort=tuple(journeys.get_many(session, session.scalars(hardest)).values()),
    )


def labels(session: Session, kind: SignalKind) -> tuple[LabelCount, ...]:
    """Count the conversations that carry each label of a kind, the most frequent first.

    Only signals about whole conversations count, of what the customer said or of what all
    said, no label that the machine is unsure of, and none of an own taxonomy.
    """
    number = func.count(SignalRow.conversation_id.distinct())
    query = (
        select(SignalRow.label, number)
        .where(SignalRow.kind == kind, SignalRow.subject_kind == SubjectKind.CONVERSATION)
        .where(or_(SignalRow.role.is_(None), SignalRow.role == Role.CUSTOMER))
        .where(SignalRow.effective, ~SignalRow.abstained)
        .where(or_(SignalRow.taxonomy.is_(None), SignalRow.taxonomy.startswith(f"{GENERAL}@")))
        .group_by(SignalRow.label)
        .order_by(number.desc(), SignalRow.label)
    )
    rows = session.execute(query)
    return tuple(LabelCount(label=label, conversations=count) for label, count in rows)


def _totals(session: Session) -> Totals:
    tables = {
        "conversations": ConversationRow,
        "turns": TurnRow,
        "events": EventRow,
        "identities": IdentityRow,
        "journeys": JourneyRow,
    }
    counts = {
        name: session.scalar(select(func.count()).select_from(table))
        for name, table in tables.items()
    }
    return Totals.model_validate(counts)
