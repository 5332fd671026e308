"""Journeys as callers read them."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel, Field, JsonValue

from domain.conversation import Channel
from domain.identity import IdentityLevel
from domain.journey import Effort, EntryKind, Join, Journey, TimelineEntry
from domain.outcome import Outcome
from domain.signal import Signal, SignalKind
from journey.lenses.next_step import NextStepTold

_CODE = re.compile(r"[A-Za-z][A-Za-z_-]{0,63}")


class JourneySignal(BaseModel):
    """A signal rolled up from the contacts: main need, mood, trend."""

    id: str
    kind: SignalKind
    label: str
    probability: float | None
    value: float | None
    abstained: bool
    details: Mapping[str, JsonValue]

    @classmethod
    def of(cls, signal: Signal) -> Self:
        """Show a signal of a journey."""
        names = ("id", "kind", "label", "probability", "value", "abstained", "details")
        return cls(**{name: getattr(signal, name) for name in names})


class JourneySummary(BaseModel):
    """A journey in a listing."""

    id: str
    customer_id: str = Field(description="The identity whose journey it is.")
    opened_at: datetime
    closed_at: datetime | None = Field(description="Null while the issue is open.")
    brand: str | None
    channels: list[Channel]
    contacts: list[str] = Field(description="Ids of the conversations, first to last.")
    signals: list[JourneySignal]
    effort: Effort
    outcomes: list[Outcome]

    @classmethod
    def of(cls, journey: Journey) -> Self:
        """Show a journey without its timeline."""
        return cls(**_common(journey))


class JourneyView(JourneySummary):
    """A journey with its timeline and the reasons for its joins."""

    identity_level: IdentityLevel
    joins: list[Join] = Field(description="Why each contact stands in this journey.")
    timeline: list[TimelineEntry] = Field(
        description="All that happened, in order of time. Of an event's properties only code "
        "words, numbers and truth values are shown."
    )
    redirected_from: str | None = Field(
        default=None, description="The id you asked for, where it was merged into this one."
    )

    next_step: NextStepTold | None = Field(
        default=None,
        description="What may come next and when, in a journey that has not ended. Null until "
        "`throughline types --fit` has learned it.",
    )

    @classmethod
    def opened(cls, journey: Journey, asked: str, next_step: NextStepTold | None = None) -> Self:
        """Show a journey whole.

        Parameters
        ----------
        journey : Journey
            The journey.
        asked : str
            The id in the request; an older one where journeys were merged.
        next_step : NextStepTold, optional
            What may come next.
        """
        return cls(
            **_common(journey),
            identity_level=journey.identity_level,
            joins=list(journey.issue.joins),
            timeline=[_shown(entry) for entry in journey.timeline],
            redirected_from=asked if asked != journey.id else None,
            next_step=next_step,
        )


def _shown(entry: TimelineEntry) -> TimelineEntry:
    """Leave out what a customer may have written: of an event only codes and numbers stay."""
    if entry.kind is not EntryKind.EVENT:
        return entry
    details = {
        name: value
        for name, value in entry.details.items()
        if isinstance(value, (bool, int, float))
        or (isinstance(value, str) and _CODE.fullmatch(value))
    }
    return entry.model_copy(update={"details": details})


def _common(journey: Journey) -> dict[str, Any]:
    return {
        "id": journey.id,
        "customer_id": journey.identity_id,
        "opened_at": journey.opened_at,
        "closed_at": journey.closed_at,
        "brand": journey.brand,
        "channels": list(journey.channels),
        "contacts": list(journey.issue.conversation_ids),
        "signals": [JourneySignal.of(signal) for signal in journey.signals],
        "effort": journey.effort,
        "outcomes": list(journey.outcomes),
    }
