"""The page of all lenses: one file that opens anywhere, without script."""

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, time
from urllib.parse import quote, urlencode

from markupsafe import Markup

from journey.lenses.chain import ChainTold
from journey.lenses.draw import Drawing, bars
from journey.lenses.lens import Told
from journey.lenses.tell import FEW
from journey.mart import Wanted
from journey.mining.page import duration, number, percent
from journey.pages import environment

ROWS = 15
MOST = 10_000
"""Rows that the command prints at most."""
HEADS = {
    "drop_offs": "last step", "paths": "path", "effort": "need and first channel",
    "funnel": "stage", "variants": "path from start to end", "waits": "from, to",
    "back_tracks": "step", "channel_switches": "from, to", "handovers": "how often",
    "self_service": "attempt",
}  # fmt: skip


@dataclass(frozen=True)
class Looking:
    """Which journeys a page is about: to be said in words, and to open its rows by.

    Attributes
    ----------
    wanted : Wanted
    need : str, optional
    """

    wanted: Wanted = field(default_factory=Wanted)
    need: str | None = None

    @property
    def words(self) -> str:
        """Say it, to follow the number of journeys; nothing for all of them."""
        wanted = self.wanted
        parts = [
            self.need and f"with the need {self.need.replace('_', ' ')}",
            wanted.brand and f"of {wanted.brand}",
            wanted.channel and f"that touched {wanted.channel}",
            wanted.since and f"opened from {_moment(wanted.since, ' ')} on",
            wanted.until and f"opened before {_moment(wanted.until, ' ')}",
        ]
        held = ", ".join(str(part) for part in parts if part)
        return f" {held}" if held else ""

    def command(self, lens: str, key: str) -> str:
        """Give the command that lists the journeys behind a row."""
        return f"{self._command(lens)} --open {shlex.quote(key)}"

    def longer(self, lens: str, rows: int) -> str:
        """Give the command that prints so many rows, as many as it can at most."""
        return f"{self._command(lens)} --limit {min(rows, MOST)}"

    def address(self, lens: str, key: str) -> str:
        """Give the address of the API that lists them."""
        return f"/v1/lenses/{lens}/journeys?{self.query(key=key)}"

    def query(self, **more: str) -> str:
        """Give the filters, and more, as the query of an address."""
        return urlencode({**more, **self._told(_instant)}, quote_via=quote)

    def _command(self, lens: str) -> str:
        told = [f"--{name} {shlex.quote(value)}" for name, value in self._told(_moment).items()]
        return " ".join(["throughline lenses", lens, *told])

    def _told(self, say: Callable[[datetime], str]) -> Mapping[str, str]:
        wanted = self.wanted
        told = {
            "since": wanted.since and say(wanted.since),
            "until": wanted.until and say(wanted.until),
            "brand": wanted.brand,
            "channel": wanted.channel and str(wanted.channel),
            "need": self.need,
        }
        return {name: value for name, value in told.items() if value}


def _moment(at: datetime, between: str = "T") -> str:
    """Write a time; a midnight as its day."""
    return at.strftime("%Y-%m-%d" if at.time() == time.min else f"%Y-%m-%d{between}%H:%M:%S")


def _instant(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def render(
    told: Sequence[Told],
    chain: ChainTold | None,
    drawn: Drawing | None,
    made: datetime,
    looking: Looking | None = None,
) -> str:
    """Give the page as HTML; all that comes from records is escaped.

    Parameters
    ----------
    told : sequence of Told
        One or more lenses, of the same journeys.
    chain : ChainTold, optional
    drawn : Drawing, optional
    made : datetime
        UTC.
    looking : Looking, optional
        Which journeys were looked at; all of them by default.
    """
    templates = environment(percent=percent, number=number, measure=_measure)
    shown = drawn and {name: Markup(text) for name, text in asdict(drawn).items()}  # noqa: S704
    return templates.get_template("lenses/page.html").render(
        told=told,
        chain=chain,
        drawn=shown,
        made=made,
        looking=looking or Looking(),
        size=told[0].journeys,
        few=FEW,
        rows=ROWS,
        heads=HEADS,
        bars=lambda one: Markup(bars(one)),  # noqa: S704 - it escapes what comes from records
    )


def _measure(value: float | None, unit: str) -> str:
    if value is None:
        return "not known"
    return duration(value) if unit == "seconds" else f"{value:.0f}"
