"""Rules on what happened: a list of conditions of which one must hold, as Ibis expressions."""

from collections.abc import Mapping
from typing import Annotated, Self

import ibis
from ibis.expr.types import BooleanValue, Table
from pydantic import BeforeValidator, Field, model_validator

from domain.base import Record
from domain.outcome import OutcomeState
from journey.events.registry import MARKS, Meaning

ANY = "any"
KINDS = ("event", "contact", "status", "handover", "outcome")
"""Fields that name what kind of thing a condition speaks of, and which of that kind."""
LABELS: Mapping[str, str] = {
    "channel": "channel",
    "need": "need",
    "theme": "theme_id",
    "resolution": "resolution",
    "brand": "brand",
    "repeat": "repeat",
    "reopened": "reopened",
    "escalated": "escalated",
    "resolved": "resolved",
}
"""Field -> column that holds one of some labels."""
LIMITS: Mapping[str, tuple[str, bool]] = {
    "sentiment_below": ("sentiment", False),
    "sentiment_from": ("sentiment", True),
    "satisfaction_below": ("satisfaction", False),
    "satisfaction_from": ("satisfaction", True),
    "rating_below": ("rating", False),
    "rating_from": ("rating", True),
    "effort_cues_from": ("effort_cues", True),
    "customer_turns_from": ("customer_turns", True),
    "handovers_from": ("handovers", True),
    "contact_number_from": ("contact_number", True),
}
"""Field -> column, and whether it must be at least the limit (else below it)."""


def _listed(given: object) -> object:
    return (given,) if isinstance(given, str) else given


def _states(given: object) -> object:
    """Read yes and no also where YAML took them for true and false."""
    said = given if isinstance(given, list | tuple) else (given,)
    return tuple({True: "yes", False: "no"}.get(one, one) for one in said)


Names = Annotated[
    tuple[Annotated[str, Field(min_length=1, max_length=128)], ...],
    Field(min_length=1, max_length=200),
    BeforeValidator(_listed, json_schema_input_type=str | list[str]),
]
"""One name, or several of which one must fit."""
States = Annotated[
    tuple[OutcomeState, ...],
    Field(min_length=1, max_length=3),
    BeforeValidator(_states, json_schema_input_type=str | bool | list[str | bool]),
]


class Condition(Record):
    """One thing that can be true of a step; all that is said must hold.

    ``event``, ``contact``, ``status``, ``handover`` and ``outcome`` say what the step is: canonical
    names of events, channels, or ``any``. Where none is named, ``marks`` speaks of events and all
    else of contacts. The other fields narrow by labels (one of them) and by limits.
    """

    event: Names | None = None
    contact: Names | None = None
    status: Names | None = None
    handover: Names | None = None
    outcome: Names | None = None
    marks: Names | None = None
    """Outcome markers of the registry of events: failed, done, value …"""
    channel: Names | None = None
    need: Names | None = None
    theme: Names | None = None
    resolution: Names | None = None
    brand: Names | None = None
    repeat: States | None = None
    reopened: States | None = None
    escalated: States | None = None
    resolved: States | None = None
    sentiment_below: float | None = Field(default=None, ge=-1, le=1)
    sentiment_from: float | None = Field(default=None, ge=-1, le=1)
    satisfaction_below: float | None = Field(default=None, ge=1, le=5)
    satisfaction_from: float | None = Field(default=None, ge=1, le=5)
    rating_below: float | None = Field(default=None, ge=1, le=5)
    rating_from: float | None = Field(default=None, ge=1, le=5)
    effort_cues_from: int | None = Field(default=None, ge=1)
    customer_turns_from: int | None = Field(default=None, ge=1)
    handovers_from: int | None = Field(default=None, ge=1)
    contact_number_from: int | None = Field(default=None, ge=2)
    """From the second, third … contact of the journey on."""

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        kinds = [name for name in KINDS if getattr(self, name) is not None]
        if len(kinds) > 1:
            both = " and ".join(kinds)
            raise ValueError(f"one condition speaks of one kind of step, not of {both}")
        said = [name for name in type(self).model_fields if getattr(self, name) is not None]
        if not said:
            raise ValueError("a condition says at least one thing")
        if self.kind != "contact" and (wrong := [n for n in said if n in _OF_CONTACTS]):
            raise ValueError(f"{wrong[0]} is told of contacts, not of a step of kind {self.kind}")
        if self.marks is not None and self.kind != "event":
            raise ValueError(f"marks are told of events, not of a step of kind {self.kind}")
        if unknown := set(self.marks or ()) - set(MARKS):
            raise ValueError(f"marks: {min(unknown)} is none of {', '.join(MARKS)}")
        return self

    @property
    def kind(self) -> str:
        """What kind of step it speaks of."""
        found = next((name for name in KINDS if getattr(self, name) is not None), None)
        return found or ("event" if self.marks is not None else "contact")


_OF_CONTACTS = (set(LABELS) | set(LIMITS)) - {"channel", "brand"}

Rule = Annotated[
    tuple[Condition, ...],
    Field(min_length=1, max_length=50),
    BeforeValidator(
        lambda given: (given,) if isinstance(given, Mapping) else given,
        json_schema_input_type=Condition | list[Condition],
    ),
]
"""One condition, or several of which one must hold."""


def matches(rule: Rule, rows: Table, meanings: Mapping[str, Meaning]) -> BooleanValue:
    """Say of each row whether a rule holds.

    Parameters
    ----------
    rule : Rule
    rows : Table
        As ``journey.definitions.rows`` makes them.
    meanings : mapping of str to Meaning
        Of canonical event names: which carry a marker.

    Returns
    -------
    ibis boolean column
        Never null.
    """
    return ibis.or_(*(_holds(condition, rows, meanings) for condition in rule))


def _holds(condition: Condition, rows: Table, meanings: Mapping[str, Meaning]) -> BooleanValue:
    parts = [rows.kind == condition.kind]
    names = getattr(condition, condition.kind)
    if names is not None and ANY not in names:
        parts.append(rows.name.isin(names))
    if condition.marks is not None:
        marked = [n for n, said in meanings.items() if set(condition.marks) & set(said.marks)]
        parts.append(rows.name.isin(marked))
    for field, column in LABELS.items():
        wanted = getattr(condition, field)
        if wanted is not None:
            parts.append(rows[column].isin([str(one) for one in wanted]))
    for field, (column, at_least) in LIMITS.items():
        limit = getattr(condition, field)
        if limit is not None:
            parts.append(rows[column] >= limit if at_least else rows[column] < limit)
    return ibis.and_(*parts).fill_null(False)


def names_of(rule: Rule, field: str) -> tuple[str, ...]:
    """Give all that the conditions of a rule say in a field of names."""
    return tuple(name for c in rule for name in getattr(c, field) or () if name != ANY)
