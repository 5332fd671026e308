"""An event log in one form, whatever it was read from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

Value = str | int | float | bool | datetime | list[Any] | dict[str, Any] | None
"""What an attribute holds; a nested one is ``{"value": …, "children": {…}}``."""

CASE = "concept:name"
ACTIVITY = "concept:name"
TIME = "time:timestamp"


@dataclass(frozen=True, slots=True)
class LogEvent:
    """One row of a log: in this case, this happened, then."""

    case_id: str
    activity: str
    at: datetime
    """UTC."""
    utc_offset: timedelta | None
    """The time zone that the source gave; None where it gave none and UTC was taken."""
    attributes: Mapping[str, Value] = field(default_factory=dict)
    case_attributes: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Broken:
    """One row that cannot be used: where it stands and why, never what it says."""

    where: str
    field: str | None
    reason: str


@dataclass(frozen=True)
class Keys:
    """Which fields of the source hold case, activity and time; None: those the format usually has.

    An activity may be made of several fields, joined by ``+`` in the key and in the value:
    ``concept:name+lifecycle:transition``.
    """

    case: str | None = None
    activity: str | None = None
    time: str | None = None


@dataclass
class Quality:
    """What was found while a log was read: the first problems in full, the rest counted."""

    keep: int = 100
    events: int = 0
    without_zone: int = 0
    broken: int = 0
    examples: list[Broken] = field(default_factory=list)

    def add(self, item: LogEvent | Broken) -> None:
        """Count one row."""
        if isinstance(item, Broken):
            self.add_broken(item)
            return
        self.events += 1
        self.without_zone += item.utc_offset is None

    def add_broken(self, item: Broken) -> None:
        """Count one row that cannot be used."""
        self.broken += 1
        if len(self.examples) < self.keep:
            self.examples.append(item)
