"""Runs that tag again: what is asked for, how far one is, and what it would change."""

from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field

from domain.conversation import Channel, Role
from domain.difference import Change, Tally, What
from domain.retag import Retag, RetagState, Selection
from domain.signal import SignalKind, SubjectKind

MOST = 500
"""Differences that a report lists; the rarest are left out."""
REQUEST_EXAMPLE: dict[str, Any] = {"since": "2026-10-01T00:00:00Z", "channel": "chat"}
VIEW_EXAMPLE: dict[str, Any] = {
    "id": "rtg_5b1f0c9d2e3a4b5c6d7e8f90",
    "state": "ready",
    "tagger": "4be1c07a",
    "since": "2026-10-01T00:00:00Z",
    "until": None,
    "channel": "chat",
    "by": "qa",
    "created_at": "2026-11-23T10:00:00Z",
    "changed_at": "2026-11-23T10:04:00Z",
    "total": 1200,
    "read": 1200,
    "failed": 0,
    "applied": 0,
}


class RetagRequest(Selection):
    """Which stored conversations are read again; all where nothing is said."""

    model_config = ConfigDict(json_schema_extra={"examples": [REQUEST_EXAMPLE]})


class RetagView(BaseModel):
    """A run at this moment."""

    model_config = ConfigDict(json_schema_extra={"examples": [VIEW_EXAMPLE]})

    id: str
    state: RetagState
    tagger: str = Field(description="Version of the tagger that reads anew; see `GET /v1/models`.")
    since: datetime | None
    until: datetime | None
    channel: Channel | None
    by: str = Field(description="Who began it.")
    created_at: datetime
    changed_at: datetime = Field(description="When it came to this state.")
    total: int = Field(description="Conversations that another version had read at the start.")
    read: int = Field(description="Compared so far. What came in anew meanwhile needs no reading.")
    failed: int = Field(description="Could not be read; they keep their signals.")
    applied: int = Field(description="Whose new signals count.")

    @classmethod
    def of(cls, retag: Retag) -> Self:
        """Show a run."""
        return cls(**retag.model_dump(exclude={"selection"}), **retag.selection.model_dump())


class TallyView(BaseModel):
    """How often statements differ in one way."""

    subject_kind: SubjectKind
    kind: SignalKind
    what: What
    before: str | None = Field(description="Label; null where it was not said before.")
    after: str | None = Field(description="Label; null where it is not said any more.")
    count: int = Field(description="Statements; a conversation has several turns.")
    examples: list[str] = Field(description="Ids of some conversations in which it is so.")


class RetagReport(RetagView):
    """A run, and what it would change or changed."""

    same: int = Field(description="Statements that stay as they are.")
    differences: list[TallyView] = Field(
        description=f"The most frequent first, at most {MOST}: label by label, people's words laid "
        "over both readings."
    )

    @classmethod
    def about(cls, retag: Retag, tallies: list[Tally]) -> Self:
        """Show a run with what it found."""
        differing = [t for t in tallies if t.what is not What.SAME][:MOST]
        return cls(
            **RetagView.of(retag).model_dump(),
            same=sum(t.count for t in tallies if t.what is What.SAME),
            differences=[TallyView(**tally.model_dump()) for tally in differing],
        )


class ChangeView(BaseModel):
    """One statement of a conversation before and after."""

    subject_kind: SubjectKind
    subject_id: str
    kind: SignalKind
    role: Role | None
    what: What
    before: str | None
    after: str | None

    @classmethod
    def of(cls, change: Change) -> Self:
        """Show a change."""
        return cls(**change.model_dump())
