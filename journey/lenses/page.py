"""The page of all lenses: one file that opens anywhere, without script."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from markupsafe import Markup

from journey.lenses.chain import ChainTold
from journey.lenses.draw import Drawing, bars
from journey.lenses.lens import Told
from journey.lenses.tell import FEW
from journey.mining.page import duration, number, percent
from journey.pages import environment

HERE = Path(__file__).parent
ROWS = 15
HEADS = {
    "drop_offs": "last step", "paths": "path", "effort": "need and first channel",
    "funnel": "stage", "variants": "path from start to end", "waits": "from, to",
    "back_tracks": "step", "channel_switches": "from, to", "handovers": "how often",
    "self_service": "attempt",
}  # fmt: skip


def render(
    told: Sequence[Told],
    chain: ChainTold | None,
    drawn: Drawing | None,
    made: datetime,
    scope: str = "",
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
    scope : str
        In words which journeys were looked at, to follow their number; empty for all.
    """
    templates = environment(HERE, percent=percent, number=number, measure=_measure)
    shown = drawn and {"tree": Markup(drawn.tree), "heat": Markup(drawn.heat)}  # noqa: S704
    return templates.get_template("page.html").render(
        told=told,
        chain=chain,
        drawn=shown,
        made=made,
        scope=scope,
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
