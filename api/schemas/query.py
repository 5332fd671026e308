"""The filters of listings, as query parameters."""

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from domain.base import UtcDatetime
from domain.conversation import Channel, Status
from domain.outcome import OutcomeKind, OutcomeState
from domain.signal import SignalKind
from storage.search import ConversationFilter, JourneyFilter, OutcomeFilter, SignalFilter

MAX_PAGE = 200


class Listing(BaseModel):
    """What every listing takes."""

    model_config = ConfigDict(extra="forbid")

    page_size: int = Field(
        default=50, ge=1, le=MAX_PAGE, description="Rows at most; there may be fewer."
    )
    page_token: str = Field(
        default="",
        max_length=1_000,
        description="`next_page_token` of the page before; empty for the first page.",
    )


class OutcomeQuery(Listing):
    """A listing that can be narrowed to what came of things."""

    outcome: OutcomeKind | None = None
    outcome_state: OutcomeState = Field(
        default=OutcomeState.YES, description="`open`: the window has not passed yet."
    )
    window_hours: float | None = Field(
        default=None, gt=0, le=10_000, description="Of outcomes that have one; any without it."
    )

    def outcome_filter(self) -> OutcomeFilter | None:
        """Give the outcome that is asked for."""
        if self.outcome is None:
            return None
        return OutcomeFilter(
            kind=self.outcome, state=self.outcome_state, window_hours=self.window_hours
        )


class ConversationQuery(OutcomeQuery):
    """Which conversations to list."""

    source: str | None = Field(default=None, max_length=64, examples=["zendesk"])
    channel: Channel | None = None
    brand: str | None = Field(default=None, max_length=128)
    status: Status | None = None
    started_from: UtcDatetime | None = Field(default=None, description="The first moment.")
    started_before: UtcDatetime | None = Field(default=None, description="Behind the last moment.")
    signal_kind: SignalKind | None = Field(default=None, description="Goes with `signal_label`.")
    signal_label: str | None = Field(
        default=None, max_length=128, examples=["refund_request"], description="See `signal_kind`."
    )

    @model_validator(mode="after")
    def _both(self) -> Self:
        if (self.signal_kind is None) != (self.signal_label is None):
            raise ValueError("give signal_kind and signal_label together")
        return self

    def filter(self) -> ConversationFilter:
        """Give what storage looks for."""
        signal = None
        if self.signal_kind is not None and self.signal_label is not None:
            signal = SignalFilter(kind=self.signal_kind, label=self.signal_label)
        return ConversationFilter(
            source=self.source,
            channel=self.channel,
            brand=self.brand,
            status=self.status,
            started_from=self.started_from,
            started_before=self.started_before,
            signal=signal,
            outcome=self.outcome_filter(),
        )


class JourneyQuery(OutcomeQuery):
    """Which journeys to list."""

    customer_id: str | None = Field(default=None, max_length=64)
    intent: str | None = Field(
        default=None, max_length=128, examples=["refund_request"], description="The main need."
    )
    brand: str | None = Field(default=None, max_length=128)
    min_effort: float | None = Field(default=None, ge=0, le=100, description="Effort score.")
    closed: bool | None = Field(default=None, description="False: only open ones.")
    opened_from: UtcDatetime | None = Field(default=None, description="The first moment.")
    opened_before: UtcDatetime | None = Field(default=None, description="Behind the last moment.")

    def filter(self) -> JourneyFilter:
        """Give what storage looks for."""
        return JourneyFilter(
            identity_id=self.customer_id,
            intent=self.intent,
            brand=self.brand,
            outcome=self.outcome_filter(),
            min_effort=self.min_effort,
            closed=self.closed,
            opened_from=self.opened_from,
            opened_before=self.opened_before,
        )


class SignalOutcomeQuery(Listing):
    """Which signal's outcomes to count."""

    kind: SignalKind = Field(examples=["intent"])
    label: str = Field(max_length=128, examples=["refund_request"])
    window_hours: float = Field(
        default=168.0, gt=0, le=10_000, description="Of repeat contact: 24, 72, 168 or 336 h."
    )
    brand: str | None = Field(default=None, max_length=128)
    channel: Channel | None = None
    started_from: UtcDatetime | None = Field(default=None, description="The first moment.")
    started_before: UtcDatetime | None = Field(default=None, description="Behind the last moment.")
    outcome: OutcomeKind | None = Field(
        default=None, description="Narrow the listed ids, not the numbers, to an outcome."
    )
    outcome_state: OutcomeState = Field(default=OutcomeState.YES, description="See `outcome`.")

    def filter(self) -> ConversationFilter:
        """Give the contacts that carry the signal."""
        return ConversationFilter(
            channel=self.channel,
            brand=self.brand,
            started_from=self.started_from,
            started_before=self.started_before,
            signal=SignalFilter(kind=self.kind, label=self.label),
        )

    def listed(self) -> ConversationFilter:
        """Give those of them whose ids are to be listed."""
        if self.outcome is None:
            return self.filter()
        window = self.window_hours if self.outcome is OutcomeKind.REPEAT_CONTACT else None
        wanted = OutcomeFilter(kind=self.outcome, state=self.outcome_state, window_hours=window)
        return self.filter().model_copy(update={"outcome": wanted})
