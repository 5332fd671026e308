"""A signal: a typed statement about a turn, a conversation or a journey."""

from collections.abc import Mapping
from enum import StrEnum

from pydantic import Field, JsonValue

from domain.base import Probability, Record, UtcDatetime, stable_id
from domain.conversation import Role

GENERAL = "general"
"""Name of the taxonomy that is shipped; any other name is that of an own one."""


class SubjectKind(StrEnum):
    """What a signal speaks about."""

    TURN = "turn"
    CONVERSATION = "conversation"
    JOURNEY = "journey"


class SignalKind(StrEnum):
    """What a signal says. Its ``label`` and ``value`` are read by the kind."""

    INTENT = "intent"
    """Label of a taxonomy; several may stand for one subject.

    Of a conversation the value, 0 to 1, tells how much of the talk is about it.
    """
    ACT = "act"
    """request, inform, confirm, deny, complain, thank, apologise, greet, close; out_of_scope."""
    SENTIMENT = "sentiment"
    """negative, neutral or positive; value from -1 to 1."""
    EMOTION = "emotion"
    """anger, frustration, confusion, disappointment, worry, gratitude, joy or neutral.

    Of a conversation each that showed, with its strength, 0 to 1; details hold ``main``.
    """
    EFFORT = "effort"
    """What the customer says it cost them: repeats, transferred, waited or tried_before.

    Said only where their words show it. The value, 0 to 1, is that of the whole subject and
    the same on each of its labels: 0.5 for one cue, and each further one halves what is left.
    """
    PROMISE = "promise"
    """What an agent said would be done: call, refund, send, write or do.

    Details hold ``due_at`` (ISO 8601 UTC, or null) and ``who``: agent, team, colleague or thing.
    """
    URGENCY = "urgency"
    """urgent; said only where the customer's words show it.

    Value as of effort, by reasons. Details hold ``reasons``: asap, deadline, stranded,
    medical, money or safety.
    """
    RESOLUTION = "resolution"
    """resolved, unresolved, promised or unclear, as the last turns show it."""
    SATISFACTION = "satisfaction"
    """dissatisfied, neutral or satisfied; value from 1 to 5."""
    SENTIMENT_TREND = "sentiment_trend"
    """improving, steady or worsening; value is end minus start, from -2 to 2."""
    THEME = "theme"
    """Label is a theme's id. Asked for like a signal, kept as an assignment (decision 0014)."""
    LANGUAGE = "language"
    """ISO 639-1 code, or ``und``."""
    ENTITY = "entity"
    """Label is the type (order_number, money, date …); details hold the normal form."""
    SUMMARY = "summary"
    """Label is need, done or ended; the sentence is the evidence."""


class AbstainReason(StrEnum):
    """Why the machine would rather not say."""

    LOW_PROBABILITY = "low_probability"
    CLOSE_CALL = "close_call"
    OUT_OF_SCOPE = "out_of_scope"
    UNKNOWN_LANGUAGE = "unknown_language"
    NO_TEXT = "no_text"
    NO_HEAD = "no_head"
    """No head fits the encoder that is configured."""


class Origin(StrEnum):
    """Who says so. A person's word stands above the machine's."""

    MACHINE = "machine"
    PERSON = "person"


class Evidence(Record):
    """The words behind a signal: ``[start, end)`` characters of one turn's original."""

    turn: int = Field(ge=0)
    """Position of the turn in its conversation, from 0."""
    start: int = Field(ge=0)
    end: int = Field(ge=0)


class Signal(Record):
    """One statement, with how sure we are, what it rests on and which model made it."""

    subject_kind: SubjectKind
    subject_id: str
    kind: SignalKind
    label: str = Field(max_length=128)
    """Always the best label, even when abstained."""
    probability: Probability | None = None
    """Calibrated probability of the label; None for rules."""
    value: float | None = None
    """For kinds with a scale; the range stands with the kind."""
    evidence: tuple[Evidence, ...] = ()
    abstained: bool = False
    reason: AbstainReason | None = None
    role: Role | None = None
    """Whose turns it covers; None means those of everybody, or the turn's own."""
    covered: Probability = 1.0
    """Share of the analysable text that the model saw."""
    taxonomy: str | None = None
    """Taxonomy and its version, ``general@1``; None for kinds without one."""
    model: str
    """Name and version, ``general-heads@3f2a…``; ``rules@…`` for rules."""
    content_hash: str
    """Of the text that was read, so that an edited text is seen as another one."""
    origin: Origin = Origin.MACHINE
    details: Mapping[str, JsonValue] = Field(default_factory=dict)
    made_at: UtcDatetime | None = None

    @property
    def id(self) -> str:
        """Key of the signal: the same statement about the same text has the same id."""
        spans = ",".join(f"{e.turn}:{e.start}-{e.end}" for e in self.evidence)
        key = (self.subject_id, self.content_hash, self.kind, self.taxonomy or "", self.model)
        # Entities and promises of one label differ by place alone; other kinds by their label.
        place = spans if self.kind in (SignalKind.ENTITY, SignalKind.PROMISE) else ""
        return stable_id("sig", *key, self.label, self.role or "", place)

    @property
    def own_taxonomy(self) -> str | None:
        """Name of the own taxonomy that the label belongs to; None for all other signals."""
        name = (self.taxonomy or GENERAL).partition("@")[0]
        return None if name == GENERAL else name
