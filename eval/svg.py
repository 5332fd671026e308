"""Reliability plots as small SVG files that people can read and diff."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

from nlp.calibration import Bin, reliability

PLOTS = Path("docs/plots")
_SIDE, _LEFT, _TOP = 240, 44, 28


def write_reliability(
    name: str, title: str, said: Sequence[float], right: Sequence[bool], folder: Path = PLOTS
) -> Path:
    """Draw how often labels are right beside how probable they were said to be.

    Parameters
    ----------
    name : str
        Of the file, without ``.svg``.
    title : str
        Over the plot.
    said : sequence of float
        Probability of each best label, 0 to 1.
    right : sequence of bool
        Whether it is right.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.svg"
    path.write_text(_plot(title, reliability(said, right)), encoding="utf-8")
    return path


def _plot(title: str, bins: Sequence[Bin]) -> str:
    most = max(b.count for b in bins)
    bottom = _TOP + _SIDE
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_LEFT + _SIDE + 16} {bottom + 84}"'
        ' font-family="sans-serif" font-size="11">',
        f'<text x="{_LEFT}" y="16" font-size="13">{escape(title)}</text>',
        f'<rect x="{_LEFT}" y="{_TOP}" width="{_SIDE}" height="{_SIDE}" fill="#f6f7f8"/>',
        f'<path d="M{_LEFT} {bottom}L{_LEFT + _SIDE} {_TOP}" stroke="#888" stroke-dasharray="4"/>',
        *(line for b in bins for line in _bar(b, most, bottom)),
        *(line for tick in (0, 50, 100) for line in _tick(tick, bottom)),
        f'<text x="{_LEFT}" y="{bottom + 78}">across: probability said; up: share right; '
        "below: texts</text>",
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _bar(b: Bin, most: int, bottom: int) -> list[str]:
    x, wide = _LEFT + b.low * _SIDE, (b.high - b.low) * _SIDE - 1
    high, deep = b.right * _SIDE, 36 * b.count / most
    told = f"<title>said {b.said:.3f}, right {b.right:.3f}, {b.count:,} texts</title>"
    return [
        f'<rect x="{x:.1f}" y="{bottom - high:.1f}" width="{wide:.1f}" height="{high:.1f}" '
        f'fill="#5b8db8">{told}</rect>',
        f'<circle cx="{_LEFT + b.said * _SIDE:.1f}" cy="{bottom - high:.1f}" r="2.5"/>',
        f'<rect x="{x:.1f}" y="{bottom + 20}" width="{wide:.1f}" height="{deep:.1f}" '
        f'fill="#b9c4cd">{told}</rect>',
    ]


def _tick(percent: int, bottom: int) -> list[str]:
    place = percent * _SIDE / 100
    return [
        f'<text x="{_LEFT + place}" y="{bottom + 14}" text-anchor="middle">{percent}%</text>',
        f'<text x="{_LEFT - 6}" y="{bottom - place + 4}" text-anchor="end">{percent}%</text>',
    ]
