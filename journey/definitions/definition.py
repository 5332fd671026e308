"""What a journey definition says: start, end, time-out, stages, measures and guardrails."""

import hashlib
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from domain.base import Record
from journey.definitions.rules import Rule

Id = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[a-z][a-z0-9_]*$")]
Title = Annotated[str, Field(min_length=1, max_length=120)]
MAX_STAGES = 20


class Along(StrEnum):
    """What a journey is followed along."""

    ISSUE = "issue"
    """The contacts and events of one need; at most one journey each."""
    CUSTOMER = "customer"
    """All that a customer does, contact or not; as many journeys as there are starts."""


class Share(StrEnum):
    """Of what a measure gives the share among journeys."""

    ENDED = "ended"
    """The end was reached."""
    REACHED = "reached"
    """A stage was reached."""
    RESOLVED = "resolved"
    """The last contact was resolved."""
    REPEAT = "repeat"
    REOPENED = "reopened"
    ESCALATED = "escalated"


class Mean(StrEnum):
    """Of what a measure gives the mean over journeys."""

    HOURS_TO_END = "hours_to_end"
    CONTACTS = "contacts"
    HANDOVERS = "handovers"
    EFFORT = "effort"
    """0 to 100, of the issue; only where the journey is followed along it."""
    SENTIMENT = "sentiment"
    SATISFACTION = "satisfaction"
    RATING = "rating"


class Stage(Record):
    """A named part of the journey, entered when its rule holds.

    A step that fits several stages enters the one that stands last in the definition. The first
    stage is entered by the start as well and needs no rule.
    """

    id: Id
    title: Title
    enter: Rule | None = None
    decision: str | None = Field(default=None, max_length=300)
    """What a support lead decides here, for the page."""


class Measure(Record):
    """A share or a mean over journeys, with a limit where one is to be held."""

    id: Id
    title: Title
    share: Share | None = None
    mean: Mean | None = None
    stage: Id | None = None
    """With ``share: reached``: which stage."""
    within_days: float | None = Field(default=None, gt=0, le=3650)
    """With ``share: ended`` or ``reached``: counted from the start."""
    at_least: float | None = None
    at_most: float | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.share is None) == (self.mean is None):
            raise ValueError("say either share or mean")
        if (self.share is Share.REACHED) != (self.stage is not None):
            raise ValueError("stage goes with share: reached, and that needs it")
        if self.within_days is not None and self.share not in (Share.ENDED, Share.REACHED):
            raise ValueError("within_days goes with share: ended or share: reached")
        if self.at_least is not None and self.at_most is not None:
            raise ValueError("say at_least or at_most, not both")
        limit = self.limit
        if self.share is not None and limit is not None and not 0 <= limit <= 1:
            raise ValueError("the limit of a share lies between 0 and 1")
        return self

    @property
    def limit(self) -> float | None:
        """The limit, whichever way it is meant."""
        return self.at_least if self.at_least is not None else self.at_most


class Definition(Record):
    """A journey as a business knows it."""

    id: Id
    title: Title
    description: str = Field(default="", max_length=2_000)
    along: Along = Along.ISSUE
    start: Rule
    end: Rule
    timeout_days: float = Field(gt=0, le=3650)
    """Without its end by then, a journey has been left."""
    stages: tuple[Stage, ...] = Field(min_length=1, max_length=MAX_STAGES)
    success: tuple[Measure, ...] = Field(default=(), max_length=20)
    guardrails: tuple[Measure, ...] = Field(default=(), max_length=20)

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        names = [stage.id for stage in self.stages]
        _once("stages", names)
        _once("measures", [measure.id for measure in self.measures])
        for number, stage in enumerate(self.stages):
            if number and stage.enter is None:
                raise ValueError(f"stages[{number}].enter: only the first stage needs no rule")
        for group in ("success", "guardrails"):
            for number, measure in enumerate(getattr(self, group)):
                self._check(f"{group}[{number}]", measure, names)
        return self

    def _check(self, place: str, measure: Measure, stages: list[str]) -> None:
        if measure.stage is not None and measure.stage not in stages:
            raise ValueError(f"{place}.stage: there is no stage {measure.stage}")
        if place.startswith("guardrails") and measure.limit is None:
            raise ValueError(f"{place}: a guardrail needs at_least or at_most")
        if measure.mean is Mean.EFFORT and self.along is Along.CUSTOMER:
            raise ValueError(f"{place}.mean: effort is told of issues; this goes along customers")
        if measure.within_days is not None and measure.within_days > self.timeout_days:
            raise ValueError(f"{place}.within_days: is longer than timeout_days")

    @property
    def measures(self) -> tuple[Measure, ...]:
        """Measures of success, then guardrails."""
        return (*self.success, *self.guardrails)

    @property
    def version(self) -> str:
        """Name of the content: the same words, the same version."""
        text = self.model_dump_json(exclude_none=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    @property
    def timeout(self) -> timedelta:
        """How long after its start a journey without an end has been left."""
        return timedelta(days=self.timeout_days)


def _once(field: str, names: list[str]) -> None:
    double = next((name for n, name in enumerate(names) if name in names[:n]), None)
    if double is not None:
        raise ValueError(f"{field}: the id {double} stands twice")
