"""Drawings of a map as SVG: the stages as a flow, and a figure with its interval."""

from collections.abc import Sequence
from html import escape

from journey.definitions.form import Estimate, Map, Move
from journey.definitions.windows import How

WIDTH, BAR, GAP, TOP = 1060, 26, 34, 40
_COLOURS = {How.ENDED: "#2c7a4b", How.LEFT: "#b3452c", How.OPEN: "#8a94a0"}
_BLUE, _BACK = "#0b5c9e", "#a15c00"
_MOST = 300
"""Width of the bar of the stage that most journeys reached."""
_LEFT, _MIDDLE, _RIGHT = 190, 640, 780


def flow(told: Map) -> str:
    """Draw stages from top to bottom, wide as the journeys that reached them.

    Moves between stages are curves: forward ones blue, on the right of a middle line, those back
    to an earlier stage brown, on its left. Behind each stage stands how many journeys
    closed there, and how.
    """
    top = max((stage.reached.journeys for stage in told.stages), default=0) or 1
    rows = {stage.id: TOP + n * (BAR + GAP) for n, stage in enumerate(told.stages)}
    height = TOP + len(rows) * (BAR + GAP)
    parts = [_head()]
    for stage in told.stages:
        y, wide = rows[stage.id], (stage.reached.journeys / top) * _MOST
        label = escape(stage.title)
        parts.append(f'<text x="{_LEFT - 10}" y="{y + 18}" text-anchor="end">{label}</text>')
        parts.append(
            f'<rect x="{_LEFT}" y="{y}" width="{max(wide, 1):.1f}" height="{BAR}" rx="3" '
            f'fill="{_BLUE}" fill-opacity=".85"><title>{label}: {stage.reached.journeys:,} '
            "journeys</title></rect>"
        )
        parts.append(
            f'<text x="{_LEFT + wide + 8:.1f}" y="{y + 18}">{stage.reached.journeys:,}</text>'
        )
        parts += _closed(told.moves, stage.id, y, top)
    parts += [_curve(move, rows, top) for move in told.moves if move.target in rows]
    name = f"Flow through the stages of {escape(told.title)}"
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{name}">{"".join(parts)}</svg>'
    )


def _head() -> str:
    marks = [("back", 590, "middle"), ("onward", 690, "middle"), ("closed here", 790, "start")]
    return "".join(
        f'<text class="head" x="{x}" y="20" text-anchor="{anchor}">{words}</text>'
        for words, x, anchor in marks
    )


def _closed(moves: Sequence[Move], stage: str, y: int, top: int) -> list[str]:
    """Draw how many journeys closed in a stage, side by side."""
    x, parts = _RIGHT + 10.0, []
    for how, colour in _COLOURS.items():
        count = next((m.behind.journeys for m in moves if (m.source, m.target) == (stage, how)), 0)
        if not count:
            continue
        wide = max(count / top * 150, 3)
        parts.append(
            f'<rect x="{x:.1f}" y="{y}" width="{wide:.1f}" height="{BAR}" rx="3" fill="{colour}">'
            f"<title>{count:,} {how} here</title></rect>"
            f'<text x="{x + wide + 3:.1f}" y="{y + 18}">{count:,} {how}</text>'
        )
        x += wide + 12 + 7 * len(f"{count:,} {how}")
    return parts


def _curve(move: Move, rows: dict[str, int], top: int) -> str:
    """Draw a move: forward to the right of the middle line, back to its left."""
    start, end = rows[move.source] + BAR / 2, rows[move.target] + BAR / 2
    back = end < start
    reach = min(28 + 14 * abs(end - start) / (BAR + GAP), 84) * (-1 if back else 1)
    wide = max(1.2, 14 * move.behind.journeys / top)
    colour = _BACK if back else _BLUE
    count = f"{move.behind.journeys:,}"
    words = f"{escape(move.source)} to {escape(move.target)}: {count} journeys"
    # The curve reaches three quarters of the way to its two handles.
    far, edge = _MIDDLE + reach * 4 / 3, _MIDDLE + reach + (-4 if back else 4) - wide / 2 * back
    return (
        f'<path d="M{_MIDDLE} {start:.1f} C{far:.0f} {start:.1f} {far:.0f} {end:.1f} '
        f'{_MIDDLE} {end:.1f}" fill="none" stroke="{colour}" stroke-opacity=".55" '
        f'stroke-width="{wide:.1f}"><title>{words}</title></path>'
        f'<text x="{edge:.0f}" y="{(start + end) / 2 + 4:.1f}" fill="{colour}" '
        f'text-anchor="{"end" if back else "start"}">{count}</text>'
    )


def strip(estimate: Estimate, low: float, high: float, limit: float | None, words: str) -> str:
    """Draw a figure as a point on a scale, its interval as a bar, a limit as a tick.

    Parameters
    ----------
    low, high : float
        Ends of the scale.
    words : str
        What it shows, for those who do not see it.
    """
    if estimate.value is None or high <= low:
        return ""

    def at(value: float) -> float:
        return 4 + 112 * (min(max(value, low), high) - low) / (high - low)

    first = at(estimate.value if estimate.low is None else estimate.low)
    last = at(estimate.value if estimate.high is None else estimate.high)
    tick = (
        ""
        if limit is None
        else f'<line class="tick" x1="{at(limit):.1f}" x2="{at(limit):.1f}" y1="1" y2="15"/>'
    )
    return (
        f'<svg class="strip" viewBox="0 0 120 16" role="img" aria-label="{escape(words)}">'
        '<line class="rail" x1="4" x2="116" y1="8" y2="8"/>'
        f'<line class="range" x1="{first:.1f}" x2="{last:.1f}" y1="8" y2="8"/>{tick}'
        f'<circle cx="{at(estimate.value):.1f}" cy="8" r="3.4"/></svg>'
    )
