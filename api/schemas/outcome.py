"""What came of the contacts that carry a signal."""

from collections.abc import Iterable
from typing import Self

from pydantic import BaseModel, Field

from domain.interval import wilson
from domain.outcome import OutcomeKind
from domain.signal import SignalKind
from storage.outcomes import OutcomeCount


class Rate(BaseModel):
    """A share of the contacts whose outcome is known, with how sure it is."""

    yes: int
    known: int = Field(description="Contacts whose outcome is known: yes or no.")
    open: int = Field(description="Not known yet, for the window has not passed. In no rate.")
    rate: float | None = Field(description="yes / known; null where nothing is known.")
    low: float | None = Field(description="Lower end of Wilson's 95 % interval.")
    high: float | None = Field(description="Upper end of Wilson's 95 % interval.")

    @classmethod
    def of(
        cls, counts: Iterable[OutcomeCount], kind: OutcomeKind, window_hours: float | None = None
    ) -> Self:
        """Show how often an outcome came about.

        Parameters
        ----------
        counts : iterable of OutcomeCount
            Of all kinds and windows.
        kind : OutcomeKind
            The one to show.
        window_hours : float or None
            The window to show; None for an outcome without one.
        """
        mine = [c for c in counts if c.kind is kind and c.window_hours == window_hours]
        yes, no = sum(c.yes for c in mine), sum(c.no for c in mine)
        interval = wilson(yes, yes + no)
        low, high = interval if interval is not None else (None, None)
        return cls(
            yes=yes,
            known=yes + no,
            open=sum(c.open for c in mine),
            rate=yes / (yes + no) if yes + no else None,
            low=low,
            high=high,
        )


class OutcomesBySignal(BaseModel):
    """What came of the contacts that carry a signal, and which contacts these are."""

    kind: SignalKind
    label: str
    window_hours: float = Field(description="Of repeat contact.")
    contacts: int
    open: int = Field(description="Contacts whose window has not passed.")
    repeat_contact: Rate
    resolved: Rate
    items: list[str] = Field(description="Ids of the conversations behind the numbers, one page.")
    next_page_token: str = Field(description="Empty: these were the last.")
