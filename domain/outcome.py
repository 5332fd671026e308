"""What came of a contact or a journey."""

from collections.abc import Mapping
from enum import StrEnum

from domain.base import Probability, Record, UtcDatetime


class OutcomeKind(StrEnum):
    """The endings that Throughline follows."""

    RESOLVED = "resolved"
    REOPENED = "reopened"
    REPEAT_CONTACT = "repeat_contact"
    ESCALATED = "escalated"
    SATISFIED = "satisfied"
    ABANDONED = "abandoned"


class OutcomeState(StrEnum):
    """Yes, no, or not yet known: the window has not passed (right-censored)."""

    YES = "yes"
    NO = "no"
    OPEN = "open"


class Provenance(StrEnum):
    """How an outcome is known."""

    RECORDED = "recorded"
    INFERRED = "inferred"
    PREDICTED = "predicted"


class Outcome(Record):
    """One ending, with the rule that says so."""

    kind: OutcomeKind
    state: OutcomeState
    rule: str
    """The rule in plain words, such as ``same issue within 72 h after silence``."""
    provenance: Provenance
    at: UtcDatetime | None = None
    """When it came about; None unless the state is yes."""
    window_hours: float | None = None
    """Only for repeat contact and other outcomes that have a window."""
    probability: Probability | None = None
    subject_id: str
    """The conversation or journey it belongs to."""
    evidence: tuple[str, ...] = ()
    """Ids of the conversations or events that show it."""


def ending(states: Mapping[OutcomeKind, str]) -> str:
    """Sum up how a journey ended: resolved, abandoned, unresolved, or open.

    Parameters
    ----------
    states : mapping of OutcomeKind to str
        The state of each outcome that has no window.
    """
    for kind in (OutcomeKind.RESOLVED, OutcomeKind.ABANDONED):
        if states.get(kind) == OutcomeState.YES:
            return str(kind)
    return "unresolved" if states.get(OutcomeKind.RESOLVED) == OutcomeState.NO else "open"
