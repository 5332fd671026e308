"""A theme: a recurring reason for contact, and what became of it over time."""

from collections.abc import Mapping
from enum import StrEnum

from pydantic import Field, JsonValue

from domain.base import Probability, Record, UtcDatetime, stable_id


class ThemeState(StrEnum):
    """Whether texts still come to a theme."""

    LIVE = "live"
    RETIRED = "retired"
    """No text of its kind is found any more; its id is never given to another theme."""
    MERGED = "merged"
    """Another theme took it up."""


class Change(StrEnum):
    """What became of a theme, or how one came to be."""

    KEPT = "kept"
    SPLIT = "split"
    MERGED = "merged"
    NEW = "new"
    RETIRED = "retired"
    RENAMED = "renamed"
    CONFIRMED = "confirmed"
    PLACED = "placed"
    """A person put it under another theme, or under none."""
    MOVED = "moved"
    """A person moved texts to it."""
    TAKEN_BACK = "taken_back"
    """A person took back what was decided; details hold ``what``."""


class AssignmentState(StrEnum):
    """How a statement stands to its theme."""

    ASSIGNED = "assigned"
    NEAR = "near"
    NONE = "none"


class Theme(Record):
    """A theme as it stands now."""

    id: str
    label: str = Field(max_length=200)
    """A person's own name where one was given, else found from key phrases."""
    named: bool = False
    """A person gave the name; no refit changes it."""
    confirmed: bool = False
    """A person said that it is a theme: it keeps its id while most of its texts stay together."""
    parent_id: str | None = None
    """The theme that leads its family; None for a theme that leads or stands alone."""
    placed: bool = False
    """A person chose the parent."""
    state: ThemeState = ThemeState.LIVE
    merged_into: str | None = None
    key_phrases: tuple[str, ...] = ()
    """Best first."""
    example_ids: tuple[str, ...] = ()
    """Statements that stand for it, the most typical first."""
    stability: Probability = 0.0
    """How much of it resampled refits find again; above 0.75 is stable, below 0.5 loose."""
    first_at: UtcDatetime
    """When it was found first."""
    changed_at: UtcDatetime

    @property
    def pinned(self) -> bool:
        """Whether a person's word holds it."""
        return self.named or self.confirmed or self.placed


class LedgerEntry(Record):
    """One line of what became of themes. Lines are added, never changed."""

    at: UtcDatetime
    change: Change
    theme_id: str
    others: tuple[str, ...] = ()
    """split: where its texts went, itself among them if it was kept. merged: what took it up.
    new: the themes its texts came from."""
    share: Probability = 0.0
    """Jaccard overlap with the successor (kept), or share of texts that went to the others."""
    by: str = "machine"
    """The name of the API key or person; ``machine`` for refits and emerging themes."""
    version: str | None = None
    """The theme model that it came about with."""
    details: Mapping[str, JsonValue] = Field(default_factory=dict)


class Teller(Record):
    """Who told a reason for contact, and what it is taken for."""

    person: str
    """The customer, or the conversation where nobody is known: one person's texts count once."""
    intents: tuple[str, ...] = ()
    """Labels of the general taxonomy that hold, such as ``refund_request``."""
    language: str | None = None
    """ISO 639-1 code, where it is sure."""


def statement_id(turn_id: str, content_hash: str) -> str:
    """Name a statement: the same words of the same turn have the same id."""
    return stable_id("stm", turn_id, content_hash)


def content_hash(text: str) -> str:
    """Name the redacted words of a statement; equal words are treated alike everywhere."""
    return stable_id("txt", " ".join(text.split()))
