"""What comes out of reading: an item that is good, or a rejection that says why not."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from domain.conversation import Conversation
from domain.event import Event

Tally = Counter[str]
"""How often something was cleaned or repaired in one record."""


class Cleaned(StrEnum):
    """What was taken apart or marked, so that only the customer's own words are analysed."""

    HTML = "html"
    QUOTED = "quoted"
    SIGNATURE = "signature"
    AUTO_REPLY = "auto_reply"
    INTERNAL_NOTE = "internal_note"
    FAILED_SPEECH = "failed_speech"
    EMPTY_TURN = "empty_turn"


class Repair(StrEnum):
    """What was mended, or could not be known and was assumed."""

    ENCODING = "encoding"
    NUL = "nul_bytes"
    NO_ZONE = "clock_no_zone"
    NO_TIME_OF_DAY = "clock_no_time_of_day"
    FUTURE = "clock_future"
    SKEW = "clock_skew"
    NO_CLOCK = "clock_unreadable"
    ORDER = "order"
    OVERLAP = "overlap"
    REPEATED = "repeated_in_export"
    SPEAKER = "speaker_guessed"
    IDENTIFIER = "identifier_dropped"
    INCOMPLETE = "incomplete_at_source"
    BAD_CUE = "cue_unreadable"
    SHORT_ROW = "short_row"


@dataclass(frozen=True)
class Item:
    """A good record."""

    record: Conversation | Event
    where: str
    """``file:line`` or ``file#record id``."""
    repairs: Mapping[str, int] = field(default_factory=dict)
    """Counts by `Cleaned` and `Repair`."""


@dataclass(frozen=True)
class Rejection:
    """A record that was not taken. It never holds customer text."""

    where: str
    """``file:line`` or ``file#record id``; the file alone where nothing more is known."""
    field: str | None
    reason: str
    skipped: bool = False
    """Left out on purpose: there is no fault in it, but it is no contact."""


Outcome = Item | Rejection
