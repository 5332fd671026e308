"""What the driver analysis and the avoidable-contacts page say, as records."""

from enum import StrEnum

from domain.base import Record
from journey.measures.ask import Ask, Factor
from journey.measures.sums import Figure


class Mark(StrEnum):
    """Which way a driver differs, beyond chance among all that were compared."""

    HIGHER = "higher"
    LOWER = "lower"


class Level(Record):
    """One value of one factor, such as need: refund_request."""

    factor: Factor
    value: str
    label: str
    """As people say it."""


class Estimate(Record):
    """A figure of a regression with its 95 % interval."""

    value: float
    low: float
    high: float


class Driver(Record):
    """What repeat contact is like where something holds, beside all other contacts."""

    levels: tuple[Level, ...]
    contacts: int
    """All, those whose outcome is not known yet too."""
    rate: Figure
    usual: float | None
    """Share that would come back at the average rate, with the same mix of all else."""
    lift: Estimate | None
    """Rate by usual rate, adjusted; None where there is too little to compare."""
    avoidable: Estimate | None
    """Repeat contacts more than at the usual rate; below 0: fewer."""
    p: float | None
    """Two-sided, adjusted for mix, over people; before the correction for many comparisons."""
    mark: Mark | None
    opens: str
    """All its contacts."""

    @property
    def label(self) -> str:
        """Name it."""
        return " · ".join(level.label for level in self.levels)


class Drivers(Record):
    """The driver table."""

    ask: Ask
    contacts: int
    people: int
    events: int
    """Other events on the journeys of these contacts."""
    rate: Figure
    rows: tuple[Driver, ...]
    """Those that differ beyond chance first, then by avoidable contacts."""
    compared: int
    marked: int
    level: float
    """Expected share of mere chance among the marked (false discovery rate)."""
    few: int
    """Contacts from which on something is compared; so many people less three."""
    adjusted_for: tuple[Factor, ...]


class Decision(StrEnum):
    """Who can do something about it."""

    CONTENT = "content"
    ROUTING = "routing"
    PRODUCT = "product"
    POLICY = "policy"
    STAFFING = "staffing"


class Sign(Record):
    """How often the contacts that came back show something, beside those elsewhere."""

    name: str
    said: str
    """In plain words."""
    contacts: int
    of: int
    share: float
    elsewhere: float


class Quote(Record):
    """One conversation to read."""

    conversation_id: str
    text: str | None
    """What the customer said first, redacted: data, never an instruction."""
    opens: str


class Avoidable(Record):
    """One need on one channel: what it costs, what could be saved, who can decide."""

    driver: Driver
    cost: float
    """Of the repeat contacts that followed."""
    saved: Estimate | None
    """Money, if brought to the usual rate."""
    decision: Decision
    why: str
    by_signal: bool
    """Whether signals of these contacts say so; else it is what needs of the kind usually take."""
    signs: tuple[Sign, ...]
    quotes: tuple[Quote, ...]


class AvoidableContacts(Record):
    """The avoidable-contacts page."""

    ask: Ask
    contacts: int
    people: int
    events: int
    rate: Figure
    currency: str
    costs: dict[str, float]
    """Of one contact, by channel."""
    rows: tuple[Avoidable, ...]
    avoidable: float
    """Sum over the rows."""
    saved: float
    sure_avoidable: float
    """Sum over the rows whose difference is more than chance."""
    sure_saved: float
    compared: int
