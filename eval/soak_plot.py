"""The curves of a soak as a small SVG file."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

from eval.soak_curve import Point

PLOTS = Path("docs/plots")
WIDTH, HEIGHT, LEFT, TOP = 640, 130, 56, 34
COLOURS = ("#1f6f8b", "#b5651d", "#5a7d2a")


def write_curves(points: Sequence[Point], folder: Path = PLOTS) -> Path:
    """Draw memory of each process and age of the oldest work over time.

    Parameters
    ----------
    points : sequence of Point
        At least two, in time.
    folder : Path
        Gets ``soak.svg``.
    """
    curves = {f"{name}, resident MB": [p.mb[name] for p in points] for name in points[0].mb}
    curves["oldest work, seconds"] = [p.age_s for p in points]
    minutes = [p.minute for p in points]
    panels = [
        _panel(place, name, minutes, values, COLOURS[place % len(COLOURS)])
        for place, (name, values) in enumerate(curves.items())
    ]
    high = len(panels) * (HEIGHT + TOP) + 24
    foot = f'<text x="{LEFT}" y="{high - 6}">minutes 0 to {minutes[-1]:.1f}</text>'
    text = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + 16} {high}" '
        f'font-family="sans-serif" font-size="12">\n' + "\n".join([*panels, foot]) + "\n</svg>\n"
    )
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "soak.svg"
    path.write_text(text, encoding="utf-8")
    return path


def _panel(
    place: int, name: str, minutes: Sequence[float], values: Sequence[float], colour: str
) -> str:
    top = place * (HEIGHT + TOP) + TOP
    most = max(*values, 1.0) * 1.1
    line = " ".join(
        f"{LEFT + WIDTH * minute / minutes[-1]:.1f},{top + HEIGHT * (1 - value / most):.1f}"
        for minute, value in zip(minutes, values, strict=True)
    )
    return "\n".join(
        [
            f'<text x="{LEFT}" y="{top - 8}" font-size="13">{escape(name)}</text>',
            f'<rect x="{LEFT}" y="{top}" width="{WIDTH}" height="{HEIGHT}" fill="#f6f7f8"/>',
            f'<text x="{LEFT - 6}" y="{top + 10}" text-anchor="end">{most:.0f}</text>',
            f'<text x="{LEFT - 6}" y="{top + HEIGHT}" text-anchor="end">0</text>',
            f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="1.5"/>',
        ]
    )
