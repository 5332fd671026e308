"""Work that failed too often: what is listed of it, and what is asked to go again."""

from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.page import Page
from api.schemas.query import Listing
from storage.backlog import Parked, Reason, Which
from storage.work import Kind

WorkId = Annotated[int, Field(ge=1, lt=2**63, examples=[4711])]
LETTER_EXAMPLE: dict[str, Any] = {
    "id": 4711,
    "kind": "tag",
    "subject_id": "cnv_5b1f0c9d2e3a4b5c6d7e8f90",
    "reason": "failed:ValueError",
    "attempts": 5,
    "added_at": "2026-11-23T10:00:00Z",
    "parked_at": "2026-11-23T10:01:02Z",
}
REPLAY_EXAMPLE: dict[str, Any] = {"reason": "lease_expired"}
_REASON = Field(
    default=None,
    max_length=200,
    pattern=r"^[\w:.]+$",
    description="Only for this reason, as the listing gives it.",
    examples=["lease_expired"],
)


class DeadLetterQuery(Listing):
    """Which dead letters are listed."""

    kind: Kind | None = Field(default=None, description="Only this kind of work.")
    reason: str | None = _REASON

    def which(self) -> Which:
        """Give the filter."""
        return Which(kind=self.kind, reason=self.reason)


class DeadLetter(BaseModel):
    """One piece of work that failed too often and waits for a person."""

    model_config = ConfigDict(json_schema_extra={"examples": [LETTER_EXAMPLE]})

    id: int
    kind: Kind
    subject_id: str = Field(
        description="What the work is about: the id of a conversation, an event, a part of a run."
    )
    reason: str = Field(
        description="`lease_expired` where the process that worked on it was lost each time, or "
        "`failed:` and the class of the error. Never a word of a customer."
    )
    attempts: int
    added_at: datetime = Field(description="When it was first asked for.")
    parked_at: datetime | None = Field(description="When it was given up.")

    @classmethod
    def of(cls, parked: Parked) -> Self:
        """Write a row of the queue as it is shown."""
        fields = parked.model_dump(exclude={"error"})
        return cls.model_validate(fields | {"reason": parked.error or "unknown"})


class ReasonCount(BaseModel):
    """How many dead letters of one kind there are for one reason."""

    kind: Kind
    reason: str
    count: int
    since: datetime | None = Field(description="When the first of them was given up.")

    @classmethod
    def of(cls, reason: Reason) -> Self:
        """Write a count as it is shown."""
        return cls.model_validate(reason.model_dump())


class DeadLetters(Page[DeadLetter]):
    """One page of dead letters, and how many there are in all that the filters let through."""

    reasons: list[ReasonCount] = Field(description="The most frequent first.")


class ReplayRequest(BaseModel):
    """Which dead letters go again; all where nothing is said."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [REPLAY_EXAMPLE]})

    ids: list[WorkId] | None = Field(default=None, min_length=1, max_length=1_000)
    kind: Kind | None = Field(default=None, description="Only this kind of work.")
    reason: str | None = _REASON

    def which(self) -> Which:
        """Give the filter."""
        return Which(kind=self.kind, reason=self.reason)


class Replayed(BaseModel):
    """How many dead letters go again."""

    replayed: int = Field(examples=[3])
