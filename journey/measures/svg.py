"""Drawings of the pages, as SVG text without scripts, in the page's own colours."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape

from markupsafe import Markup

WIDE, HIGH, LEFT, EDGE = 640, 170, 46, 12


@dataclass(frozen=True)
class Dot:
    """A value with its interval at a place along the way."""

    at: float
    value: float
    low: float
    high: float
    title: str
    strong: bool = False


def bar(
    value: float | None,
    low: float | None,
    high: float | None,
    ends: tuple[float, float],
    label: str,
    tick: float | None = None,
) -> Markup:
    """Draw a value as a point with its interval, and a tick to compare it with.

    Parameters
    ----------
    ends : tuple of two floats
        The scale's ends.
    label : str
        What it shows, for those who do not see it.
    """
    if value is None:
        return Markup("")
    first, last = ends
    span = (last - first) or 1.0

    def at(number: float) -> float:
        return 2 + 96 * (min(max(number, first), last) - first) / span

    left, right = at(value if low is None else low), at(value if high is None else high)
    mark = "" if tick is None else _line("tick", at(tick), 0, at(tick), 12)
    return _svg(
        100,
        12,
        label,
        _line("rail", 2, 6, 98, 6)
        + _line("range", left, 6, right, 6)
        + mark
        + f'<circle class="dot" cx="{at(value):.1f}" cy="6" r="2.6"/>',
        "bar",
    )


def line(
    dots: Sequence[Dot],
    label: str,
    *,
    percent: bool,
    marks: Sequence[tuple[float, str]] = (),
    names: Sequence[tuple[float, str]] = (),
) -> Markup:
    """Draw values over time with the band of their intervals.

    Parameters
    ----------
    dots : sequence of Dot
        In order of their place.
    percent : bool
        Whether values are shares.
    marks : sequence of tuple of float and str
        Upright lines at a place, with their names: a change.
    names : sequence of tuple of float and str
        What stands under the line.
    """
    if not dots:
        return Markup("")
    top = max(max(dot.high for dot in dots) * 1.08, 1e-9)
    top = min(top, 1.0) if percent else top
    places = [dot.at for dot in dots] + [at for at, _ in marks]
    first, last = min(places), max(places)
    span = (last - first) or 1.0

    def x(at: float) -> float:
        return LEFT + (at - first) / span * (WIDE - LEFT - EDGE)

    def y(value: float) -> float:
        return HIGH - 24 - value / top * (HIGH - 24 - EDGE)

    band = [(x(d.at), y(d.high)) for d in dots] + [(x(d.at), y(d.low)) for d in reversed(dots)]
    parts = [_scale(top, y, percent=percent)]
    parts.append(f'<polygon class="band" points="{_points(band)}"/>')
    parts.append(
        f'<polyline class="line" points="{_points([(x(d.at), y(d.value)) for d in dots])}"/>'
    )
    parts += [_circle(x(d.at), y(d.value), d.title, strong=d.strong) for d in dots]
    for at, name in marks:
        parts.append(_line("tick", x(at), EDGE, x(at), HIGH - 24))
        parts.append(_text(x(at) + 4, EDGE + 9, name, "start"))
    parts += [_text(x(at), HIGH - 8, name, "middle") for at, name in names]
    return _svg(WIDE, HIGH, label, "".join(parts), "plot")


def stairs(steps: Sequence[tuple[float, float]], label: str, unit: float, name: str) -> Markup:
    """Draw the share to whom something has happened by each time.

    Parameters
    ----------
    steps : sequence of tuple of two floats
        Seconds, and share.
    unit : float
        Seconds of one unit of the scale, such as a day.
    name : str
        Of the unit, in the plural.
    """
    if not steps:
        return Markup("")
    last = max(at for at, _ in steps) or unit
    wide = WIDE - LEFT - EDGE

    def x(at: float) -> float:
        return LEFT + at / last * wide

    def y(value: float) -> float:
        return HIGH - 24 - value * (HIGH - 24 - EDGE)

    path, before = [(x(0.0), y(0.0))], 0.0
    for at, share in steps:
        path += [(x(at), y(before)), (x(at), y(share))]
        before = share
    parts = [_scale(1.0, y, percent=True)]
    parts.append(f'<polyline class="line" points="{_points(path)}"/>')
    for part in (0.25, 0.5, 0.75, 1.0):
        told = (
            f"{last * part / unit:.0f} {name}"
            if last >= 4 * unit
            else f"{last * part / unit:.1f} {name}"
        )
        parts.append(_text(x(last * part), HIGH - 8, told, "end" if part == 1 else "middle"))
    return _svg(WIDE, HIGH, label, "".join(parts), "plot")


def dots_in_row(values: Sequence[Dot], label: str) -> Markup:
    """Draw differences as points with intervals around a line at 0, one a row."""
    if not values:
        return Markup("")
    reach = max(max(abs(dot.low), abs(dot.high)) for dot in values) or 1.0
    high = 20 * len(values) + 24
    middle, half = WIDE / 2 + 50, WIDE / 2 - 90

    def x(value: float) -> float:
        return middle + value / reach * half

    parts = [_line("tick", middle, 4, middle, high - 20)]
    for place, dot in enumerate(values):
        y = 14 + 20 * place
        kind = "range strong" if dot.strong else "range"
        parts.append(_text(4, y + 4, dot.title, "start"))
        parts.append(_line(kind, x(dot.low), y, x(dot.high), y))
        ends = f"({dot.low * 100:+.1f} to {dot.high * 100:+.1f})"
        told = f"{dot.title}: {dot.value * 100:+.1f} points {ends}"
        parts.append(_circle(x(dot.value), y, told, strong=dot.strong))
    scale = {-reach: f"{-reach * 100:+.0f} points", 0.0: "0", reach: f"{reach * 100:+.0f} points"}
    parts += [_text(x(value) + 4, high - 6, told, "middle") for value, told in scale.items()]
    return _svg(WIDE, high, label, "".join(parts), "plot")


def week_names(weeks: Sequence[date]) -> list[tuple[float, str]]:
    """Name some weeks under a line: six at most."""
    each = max(1, -(-len(weeks) // 6))
    return [(float(week.toordinal()), f"{week:%-d %b}") for week in weeks[::each]]


def _scale(top: float, y: Callable[[float], float], *, percent: bool) -> str:
    parts = []
    for part in (0.0, 0.5, 1.0):
        value = top * part
        told = (
            f"{value * 100:.0f} %" if percent else f"{value:,.0f}" if top >= 10 else f"{value:.1f}"
        )
        parts.append(_line("rail", LEFT, y(value), WIDE - EDGE, y(value)))
        parts.append(_text(LEFT - 6, y(value) + 4, told, "end"))
    return "".join(parts)


def _points(places: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in places)


def _line(kind: str, x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _circle(x: float, y: float, title: str, *, strong: bool) -> str:
    kind = "dot strong" if strong else "dot"
    told = f"<title>{escape(title)}</title>"
    return f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="3">{told}</circle>'


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _svg(wide: float, high: float, label: str, inside: str, kind: str) -> Markup:
    head = f'<svg class="{kind}" viewBox="0 0 {wide:g} {high:g}" role="img" '
    return Markup(f'{head}aria-label="{escape(label)}">{inside}</svg>')  # noqa: S704
