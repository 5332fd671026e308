"""One page that opens anywhere: no script, no font, no picture from outside."""

from pathlib import Path

from markupsafe import Markup

from journey.mining.figures import FEW, figures
from journey.mining.lists import move_list, path_list
from journey.mining.mine import Mined
from journey.mining.svg import heat_map, path_tree
from journey.pages import environment

ROWS = 25


def write_page(mined: Mined, title: str, path: Path) -> None:
    """Write ``report.html``.

    Parameters
    ----------
    mined : Mined
    title : str
        Name of the log, as the reader knows it.
    path : Path
    """
    path.write_text(render(mined, title), encoding="utf-8")


def render(mined: Mined, title: str) -> str:
    """Give the page as HTML; all that comes from the log is escaped."""
    templates = environment(percent=percent, duration=duration, number=number)
    told = figures(mined)
    events = {step.name: step.events for step in told.steps}
    drawings = {
        "tree": path_tree(mined.variants, mined.cases),
        "heat": heat_map(mined.moves, events),
        "ways": path_list(mined.variants, mined.cases),
        "moves": move_list(mined.moves, events),
    }
    drawn = {name: Markup(text) for name, text in drawings.items()}  # noqa: S704
    return templates.get_template("mining/page.html").render(
        mined=mined, title=title, told=told, rows=_rows(mined), few=FEW, **drawn
    )


def _rows(mined: Mined) -> list[dict[str, object]]:
    """Give the first variants with the share that they cover together."""
    covered = 0
    rows: list[dict[str, object]] = []
    for place, variant in enumerate(mined.variants[:ROWS], start=1):
        covered += variant.count
        rows.append({"place": place, "variant": variant, "covered": covered / mined.cases})
    return rows


def percent(share: float) -> str:
    """Write a share as people say it: ``56%``, ``0.4%``."""
    if share <= 0:
        return "0%"
    if share < 0.0005:
        return "< 0.1%"
    return f"{share * 100:.1f}%" if share < 0.095 else f"{share * 100:.0f}%"


def number(count: int) -> str:
    """Write a count with separators."""
    return f"{count:,}"


def duration(seconds: float) -> str:
    """Write seconds in the largest unit that fits: ``4 min``, ``5.2 days``."""
    for unit, size in (("days", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} s"
