"""What a map of a definition tells, as records: the same for API, command line and page."""

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from urllib.parse import quote, urlencode

from pydantic import Field

from domain.base import Record, UtcDatetime
from domain.conversation import Channel
from domain.outcome import OutcomeState
from journey.definitions.windows import How

USUAL_WINDOW = 168.0
"""Hours, of repeat contact."""


class Standing(StrEnum):
    """How a figure stands to its limit."""

    HELD = "held"
    BROKEN = "broken"
    UNSURE = "unsure"
    """The limit lies inside the interval."""


class Estimate(Record):
    """A share (0 to 1) or a mean, with its 95 % interval."""

    value: float | None
    low: float | None
    high: float | None
    known: int
    """How many journeys (contacts, for mood) it rests on."""
    few: bool
    """Fewer than 30."""


class Ask(Record):
    """Which journeys stand behind a number; ``None`` narrows nothing."""

    stage: str | None = Field(default=None, max_length=64)
    to: str | None = Field(default=None, max_length=64)
    """With a stage: a move to this stage; ``ended``, ``left`` or ``open``: it was the last one."""
    how: How | None = None
    sign: str | None = Field(default=None, max_length=64)
    """With a stage: a sign of pain there."""
    need: str | None = Field(default=None, max_length=128)
    """With a stage: a need of the contacts there."""
    back: bool = False
    """With a stage: came back to it from a later one."""
    measure: str | None = Field(default=None, max_length=64)
    state: OutcomeState | None = None
    """With a measure: what the journey says to it; None: it says anything at all."""


class Period(Record):
    """What the journeys were narrowed to."""

    first: date | None = None
    """Journeys opened on this day or later, in UTC."""
    last: date | None = None
    """Journeys opened on this day or earlier."""
    brand: str | None = Field(default=None, max_length=128)
    channel: Channel | None = None
    window_hours: float = USUAL_WINDOW
    """Of repeat contact."""

    @property
    def since(self) -> datetime | None:
        """The first moment."""
        return None if self.first is None else datetime.combine(self.first, time(), UTC)

    @property
    def until(self) -> datetime | None:
        """The first moment that no longer counts."""
        if self.last is None:
            return None
        return datetime.combine(self.last + timedelta(days=1), time(), UTC)

    def path(self, definition: str, ask: Ask) -> str:
        """Give the address under which the API lists the journeys behind a number."""
        asked = {
            "from": self.first,
            "to": self.last,
            "brand": self.brand,
            "channel": self.channel,
            "window_hours": f"{self.window_hours:g}" if self.window_hours != USUAL_WINDOW else None,
            "stage": ask.stage,
            "next": ask.to,
            "how": ask.how,
            "sign": ask.sign,
            "need": ask.need,
            "back": "true" if ask.back else None,
            "measure": ask.measure,
            "state": ask.state,
        }
        query = urlencode({name: str(v) for name, v in asked.items() if v is not None})
        address = f"/v1/journey-definitions/{quote(definition)}/journeys"
        return f"{address}?{query}" if query else address


class Number(Record):
    """A count of journeys, which opens to them."""

    journeys: int
    ask: Ask = Field(exclude=True)
    opens: str
    """Address in the API."""


class Pain(Record):
    """A sign of pain in a stage."""

    stage: str
    sign: str
    words: str
    behind: Number
    share: Estimate
    """Of the journeys in the stage of which it can be told."""
    elsewhere: float | None
    """The same share over the other stages."""
    excess: float
    """Journeys with the sign beyond those there would be at the other stages' share."""
    p: float | None
    """Of Fisher's exact test against the other stages."""
    stands_out: bool
    """Higher than elsewhere beyond chance, after the correction for many comparisons."""


class NeedCount(Record):
    """A need of the contacts in a stage."""

    need: str
    behind: Number


class StageFigures(Record):
    """What is told of one stage."""

    id: str
    title: str
    decision: str | None
    reached: Number
    share: Estimate
    """Of all journeys."""
    people: int
    contacts: int
    stays: int
    back: Number
    mood: Estimate
    """Mean sentiment of the contacts in it, -1 to 1."""
    satisfaction: Estimate
    """Mean of the contacts in it, 1 to 5, as read from the text."""
    hours: float | None
    """Half of the stays took longer; those still going on are left out."""
    exits: Number
    """Journeys that were left here."""
    exit_share: Estimate
    """Of the journeys that reached it and are not open."""
    open: Number
    """Journeys that stand here now."""
    needs: tuple[NeedCount, ...]
    pains: tuple[Pain, ...]


class Move(Record):
    """How many journeys went from one stage to another, or closed there."""

    source: str
    target: str
    """A stage, or ``ended``, ``left``, ``open``."""
    moves: int
    """May be more than journeys: some go the same way twice."""
    behind: Number


class MeasureFigures(Record):
    """What a measure of success or a guardrail says."""

    id: str
    title: str
    unit: str
    """``share`` or ``mean``."""
    guardrail: bool
    estimate: Estimate
    yes: Number | None
    no: Number | None
    open: Number | None
    known: Number
    at_least: float | None
    at_most: float | None
    standing: Standing | None


class Map(Record):
    """The map of a definition."""

    definition: str
    title: str
    description: str
    version: str
    along: str
    timeout_days: float
    period: Period
    as_of: UtcDatetime | None
    """The last thing that is known; None where nothing is there."""
    journeys: Number
    people: int
    contacts: int
    closed: dict[How, Number]
    stages: tuple[StageFigures, ...]
    moves: tuple[Move, ...]
    measures: tuple[MeasureFigures, ...]
    pains: tuple[Pain, ...]
    """Of all stages: those that stand out first, then by the journeys beyond the usual."""
