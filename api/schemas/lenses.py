"""What callers ask of lenses."""

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.page import Page
from api.schemas.query import Listing
from domain.base import UtcDatetime
from domain.conversation import Channel
from journey.lenses.lens import Told
from journey.mart import Wanted
from journey.mining.foretold import OpenCase, Overall

MOST = 1000
"""Rows that are given at most."""


class JourneysAsked(BaseModel):
    """Which journeys are looked at."""

    model_config = ConfigDict(extra="forbid")

    since: UtcDatetime | None = Field(default=None, description="Opened from then on.")
    until: UtcDatetime | None = Field(default=None, description="Opened before then.")
    brand: str | None = Field(default=None, max_length=128)
    channel: Channel | None = Field(default=None, description="Journeys that touched it.")
    need: str | None = Field(default=None, max_length=128)

    def wanted(self) -> Wanted:
        """Give the filter of the mart."""
        return Wanted(since=self.since, until=self.until, brand=self.brand, channel=self.channel)


class NextStepQuery(JourneysAsked, Listing):
    """Of which open journeys it is told what comes next."""


class FirstRowsQuery(JourneysAsked):
    """Which journeys are looked at, and how much is shown of them."""

    limit: int = Field(default=50, ge=1, le=MOST, description="Rows that are given, of each lens.")


class LensQuery(FirstRowsQuery):
    """Which journeys are looked at, and by which stages."""

    stages: str = Field(
        default="",
        max_length=1000,
        description="Of the funnel, in order, by comma: `contact:chat,status:solved`.",
    )

    def chosen(self) -> tuple[str, ...]:
        """Give the stages of the funnel."""
        return tuple(part for part in self.stages.split(",") if part)


class LensOpenQuery(LensQuery):
    """Which row is opened."""

    key: str = Field(max_length=10_000, description="The `key` of the row.")
    page_size: int = Field(default=50, ge=1, le=500)
    page_token: str = Field(default="", max_length=500)


class LensPage(BaseModel):
    """What all lenses say."""

    items: list[Told]


class NextSteps(Overall, Page[OpenCase]):
    """What comes next in open journeys: those that are expected to end last come first."""

    version: str = Field(description="Of what was learned; a page token is good for one version.")
    fitted_at: UtcDatetime = Field(description="When it was learned.")


class FitAccepted(BaseModel):
    """A fit of the types was asked for."""

    id: str = Field(
        description="Of the job: ask `GET /v1/jobs/{id}` how far it is.",
        examples=["job_5b1f0c9d2e3a4b5c6d7e8f90"],
    )


class TypeJourneys(BaseModel):
    """The journeys of a type."""

    number: int
    journeys: list[str] = Field(description="Ids, in order.")
