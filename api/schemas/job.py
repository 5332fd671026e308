"""Jobs: what was taken in by one call and how far the work on it is."""

from collections.abc import Mapping
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from api.schemas.examples import with_examples
from storage.jobs import JobKind, JobState

ACCEPTED_EXAMPLE: dict[str, JsonValue] = {
    "id": "job_5b1f0c9d2e3a4b5c6d7e8f90",
    "accepted": 1,
    "ids": ["cnv_3f2a9c0d1e4b5a6978879605"],
    "rejected": [
        {"index": 1, "field": "#/turns/0/text", "reason": "Input should be a valid string"}
    ],
}


class RejectedRecord(BaseModel):
    """A record that was not taken, and why. The others were."""

    index: int = Field(description="Position in the list that was sent, from 0.")
    field: str = Field(description="Where in the record: a JSON pointer, such as `#/turns/0/text`.")
    reason: str


class JobAccepted(BaseModel):
    """What was taken. It is committed; the work on it goes on."""

    model_config = ConfigDict(json_schema_extra={"examples": [ACCEPTED_EXAMPLE]})

    id: str = Field(description="Ask `GET /v1/jobs/{id}` how far it is.")
    accepted: int
    ids: list[str] = Field(description="Our ids of what was taken, in the order sent.")
    rejected: list[RejectedRecord]


class JobView(BaseModel):
    """How far a job is."""

    model_config = with_examples("JobView")

    id: str
    kind: JobKind
    state: JobState
    created_at: datetime
    received_at: datetime | None = Field(description="When the last record was in.")
    counts: Mapping[str, int] = Field(
        description="Of records: kept (new), updated, duplicate (nothing new), rejected."
    )
    rejections: list[Mapping[str, JsonValue]] = Field(description="The first hundred.")
    pending: int = Field(description="Subjects that wait for a worker or are in work.")
    done: int
    failed: int = Field(description="Failed too often; an operator looks at them.")
    progress: float | None = Field(
        default=None, description="Of a fit: the share that is done, 0 to 1. Else null."
    )
