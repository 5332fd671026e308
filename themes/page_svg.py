"""Drawings of the theme page, as SVG text without scripts, in the page's own colours."""

from collections.abc import Sequence
from html import escape

from themes.estimates import Estimate
from themes.trend import Point

_WIDTH, _HEIGHT, _EDGE = 160, 36, 4


def trend_line(points: Sequence[Point], label: str) -> str:
    """Draw the number of contacts in each step, with the band of its 95 % interval.

    Steps that the period cuts short are hollow.

    Parameters
    ----------
    points : sequence of Point
        The oldest first.
    label : str
        What it shows, for those who do not see it.
    """
    if not points:
        return ""
    top = max(max(point.high for point in points), 1.0)
    step = (_WIDTH - 2 * _EDGE) / max(len(points) - 1, 1)

    def at(place: int, value: float) -> str:
        y = _HEIGHT - _EDGE - value / top * (_HEIGHT - 2 * _EDGE)
        return f"{_EDGE + place * step:.1f},{y:.1f}"

    upper = [at(n, p.high) for n, p in enumerate(points)]
    lower = [at(n, p.low) for n, p in reversed(list(enumerate(points)))]
    line = " ".join(at(n, p.contacts) for n, p in enumerate(points))
    dots = "".join(_dot(at(n, p.contacts), p) for n, p in enumerate(points))
    return (
        f'<svg class="trend" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'aria-label="{escape(label)}">'
        f'<polygon class="band" points="{" ".join(upper + lower)}"/>'
        f'<polyline class="line" points="{line}"/>{dots}</svg>'
    )


def _dot(place: str, point: Point) -> str:
    x, _, y = place.partition(",")
    when = f"{point.first:%-d %b}"
    if point.last != point.first:
        when += f" to {point.last:%-d %b}"
    short = "" if point.whole else ", cut short by the period"
    title = f"{when}: {point.contacts:,} contacts (interval {point.low:.0f} to {point.high:.0f})"
    kind = "dot" if point.whole else "dot hollow"
    return (
        f'<circle class="{kind}" cx="{x}" cy="{y}" r="2.4"><title>{title}{short}</title></circle>'
    )


def interval_bar(
    estimate: Estimate, elsewhere: float | None, ends: tuple[float, float], label: str
) -> str:
    """Draw a figure as a point with its interval, and a tick where all others stand.

    Parameters
    ----------
    ends : tuple of two floats
        The scale's ends.
    """
    if estimate.value is None:
        return ""
    first, last = ends

    def at(value: float) -> float:
        return 2 + 96 * (min(max(value, first), last) - first) / (last - first)

    low = at(estimate.low if estimate.low is not None else estimate.value)
    high = at(estimate.high if estimate.high is not None else estimate.value)
    tick = ""
    if elsewhere is not None:
        x = at(elsewhere)
        tick = f'<line class="tick" x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="12"/>'
    return (
        f'<svg class="bar" viewBox="0 0 100 12" role="img" aria-label="{escape(label)}">'
        f'<line class="rail" x1="2" x2="98" y1="6" y2="6"/>'
        f'<line class="range" x1="{low:.1f}" x2="{high:.1f}" y1="6" y2="6"/>{tick}'
        f'<circle class="dot" cx="{at(estimate.value):.1f}" cy="6" r="2.6"/></svg>'
    )
