"""Journey definitions and what is asked of their maps."""

from collections.abc import Sequence
from datetime import date
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.schemas.problem import FieldError
from api.schemas.query import Listing
from domain.base import UtcDatetime
from domain.conversation import Channel
from domain.outcome import OutcomeState
from journey.definitions.definition import Definition
from journey.definitions.followed import Followed
from journey.definitions.form import Ask, Period
from journey.definitions.opening import Ran
from journey.definitions.read import Mistake
from journey.definitions.windows import How
from storage.definitions import Change, Kept
from workers.definitions import Origin, Standing

EXAMPLE = {
    "id": "refund",
    "title": "Refund",
    "start": {"need": "refund_request"},
    "end": [{"event": "refund_issued"}, {"outcome": "resolved"}],
    "timeout_days": 30,
    "stages": [
        {"id": "asked", "title": "Asked for it"},
        {
            "id": "chased",
            "title": "Asks where it is",
            "enter": {"contact": "any", "contact_number_from": 2},
        },
    ],
    "success": [{"id": "soon", "title": "Within a week", "share": "ended", "within_days": 7}],
    "guardrails": [{"id": "again", "title": "Asked again", "share": "repeat", "at_most": 0.2}],
}


class MapQuery(BaseModel):
    """Which journeys a map looks at."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    first: date | None = Field(
        default=None, alias="from", description="Opened on this day or later, in UTC."
    )
    last: date | None = Field(default=None, alias="to", description="Or earlier; included.")
    brand: str | None = Field(default=None, max_length=128)
    channel: Channel | None = Field(default=None, description="Journeys that touch it.")
    window_hours: float = Field(
        default=168.0, gt=0, le=10_000, description="Of repeat contact: 24, 72, 168 or 336 h."
    )

    @model_validator(mode="after")
    def _a_period(self) -> Self:
        if self.first and self.last and self.last < self.first:
            raise ValueError("`to` lies before `from`")
        if any(day and not 1970 <= day.year <= 9000 for day in (self.first, self.last)):
            raise ValueError("the period lies at the end of the calendar")
        return self

    def period(self) -> Period:
        """Give what is looked at."""
        return Period(
            first=self.first,
            last=self.last,
            brand=self.brand,
            channel=self.channel,
            window_hours=self.window_hours,
        )


class JourneysQuery(MapQuery, Listing):
    """Which journeys stand behind a number; the addresses stand in the map."""

    stage: str | None = Field(default=None, max_length=64)
    next: str | None = Field(
        default=None,
        max_length=64,
        description="With `stage`: moved to this stage, or `ended`, `left` or `open` there.",
    )
    how: How | None = None
    sign: str | None = Field(default=None, max_length=64, description="With `stage`.")
    need: str | None = Field(default=None, max_length=128, description="With `stage`.")
    back: bool = Field(default=False, description="With `stage`: came back to it.")
    measure: str | None = Field(default=None, max_length=64)
    state: OutcomeState | None = Field(default=None, description="With `measure`.")

    def ask(self) -> Ask:
        """Give what is behind the number."""
        names = ("stage", "how", "sign", "need", "back", "measure", "state")
        return Ask(to=self.next, **{name: getattr(self, name) for name in names})


class StandingView(BaseModel):
    """A definition that counts."""

    id: str
    title: str
    description: str
    origin: Origin = Field(description="`own` stands above `shipped` of the same id.")
    version: str = Field(description="Name of the content: the same words, the same version.")
    number: int | None = Field(description="Of an own version, counted from 1.")
    changed_at: UtcDatetime | None
    by: str | None

    @classmethod
    def of(cls, standing: Standing) -> Self:
        """Show a definition that counts."""
        definition = standing.definition
        return cls(
            id=definition.id,
            title=definition.title,
            description=definition.description.strip(),
            origin=standing.origin,
            version=definition.version,
            number=standing.number,
            changed_at=standing.changed_at,
            by=standing.by,
        )


class VersionView(BaseModel):
    """One version of an own definition."""

    version: str
    number: int
    live: bool
    made_at: UtcDatetime
    by: str

    @classmethod
    def of(cls, kept: Kept) -> Self:
        """Show a version."""
        return cls(**kept.model_dump(include=set(cls.model_fields)))


class DefinitionView(StandingView):
    """A definition with all it says and what it was before."""

    definition: Definition
    doubts: list[FieldError] = Field(
        description="Events that it speaks of and nobody knows: a typing error, most often."
    )
    versions: list[VersionView]
    changes: list[Change] = Field(description="Which version counted from when, the latest first.")

    @classmethod
    def whole(
        cls,
        standing: Standing,
        doubts: Sequence[Mistake],
        versions: Sequence[Kept],
        changes: Sequence[Change],
    ) -> Self:
        """Show all of a definition."""
        return cls(
            **StandingView.of(standing).model_dump(),
            definition=standing.definition,
            doubts=[FieldError(detail=d.reason, pointer=f"#/{d.field}") for d in doubts],
            versions=[VersionView.of(kept) for kept in versions],
            changes=list(changes),
        )


class FollowedView(BaseModel):
    """One journey behind a number."""

    id: str = Field(description="Of the journey in this map; `#2`: the second of a customer.")
    journey_ids: list[str] = Field(description="Read them with `/v1/journeys/{id}`.")
    identity_id: str | None
    conversation_ids: list[str]
    opened_at: UtcDatetime
    closed_at: UtcDatetime = Field(description="When it ended, or when its time-out passes.")
    how: How
    stages: list[str] = Field(description="In order of stays.")

    @classmethod
    def of(cls, ran: Ran, journey: Followed) -> Self:
        """Show a journey."""
        names = [stage.id for stage in ran.definition.stages]
        return cls(
            id=journey.id,
            journey_ids=list(journey.journey_ids),
            identity_id=journey.identity_id,
            conversation_ids=list(journey.contact_ids),
            opened_at=journey.opened_at,
            closed_at=journey.closed_at,
            how=journey.how,
            stages=[names[number] for number in journey.path],
        )
