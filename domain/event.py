"""Anything else that happened to a customer: a search, an order, a survey answer."""

from collections.abc import Mapping

from pydantic import Field, JsonValue

from domain.base import Record, UtcDatetime, stable_id
from domain.conversation import SourceId, SourceName
from domain.identity import Identifier


class Event(Record):
    """One thing that happened, by its canonical name."""

    source: SourceName
    source_id: SourceId
    name: str = Field(min_length=1, max_length=128)
    """Canonical name in snake_case, such as ``help_searched``."""
    at: UtcDatetime
    raw_name: str | None = Field(default=None, max_length=256)
    """What the source called it."""
    identifiers: tuple[Identifier, ...] = Field(default=(), max_length=50)
    brand: str | None = Field(default=None, max_length=128)
    properties: Mapping[str, JsonValue] = Field(default_factory=dict)

    @property
    def id(self) -> str:
        """Our id, derived from source and source id."""
        return stable_id("evt", self.source, self.source_id)
