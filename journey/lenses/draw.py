"""Drawings of the lenses: the path tree, the heat map of moves, and bars with intervals."""

from collections import Counter
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from journey.lenses.lens import Told
from journey.lenses.members import variants
from journey.lenses.tell import Row
from journey.lenses.walk import Looked
from journey.lenses.words import STEP, said
from journey.mining.lists import move_list, path_list
from journey.mining.mine import Move, Variant
from journey.mining.paths import END, START
from journey.mining.svg import heat_map, path_tree

BARS = 12
WIDE, HIGH, NAME = 640, 24, 250


@dataclass(frozen=True)
class Drawing:
    """What is drawn of all journeys together, as SVG, and the same in lists."""

    tree: str
    heat: str
    ways: str
    moves: str


def drawing(seen: Looked) -> Drawing | None:
    """Draw how journeys part ways, and what follows what; None without journeys."""
    counted = (
        variants(seen)
        .group_by("key")
        .agg(count=lambda t: t.count(), example=lambda t: t.case_id.min())
    )
    rows = counted.to_pyarrow().to_pylist()
    if not rows:
        return None
    found = [
        Variant(tuple(said(row["key"]).split(STEP)), row["count"], row["example"]) for row in rows
    ]
    moves: Counter[tuple[str, str]] = Counter()
    for variant in found:
        whole = (START, *variant.path, END)
        for pair in pairwise(whole):
            moves[pair] += variant.count
    after: Counter[str] = Counter()
    for (source, _), count in moves.items():
        after[source] += count
    kinds = {START: "start"}
    table = [
        Move(s, t, n, n / after[s], kinds.get(s, "end" if t == END else "step"))
        for (s, t), n in moves.items()
    ]
    events = {name: count for name, count in after.items() if name != START}
    size = sum(variant.count for variant in found)
    return Drawing(
        tree=path_tree(found, size),
        heat=heat_map(table, events),
        ways=path_list(found, size),
        moves=move_list(table, events),
    )


def bars(told: Told) -> str:
    """Draw a share of each of the first rows with its interval, and that of all journeys."""
    rows = [row for row in told.rows if row.share is not None][:BARS]
    if not rows:
        return ""
    scale = WIDE - NAME - 60
    parts = [_bar(row, place, scale) for place, row in enumerate(rows)]
    high = len(rows) * HIGH + 8
    if told.overall is not None:
        x = NAME + told.overall * scale
        parts.append(
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{high}" class="all">'
            f"<title>all journeys: {told.overall:.0%}</title></line>"
        )
    label = escape(f"{told.title}: share of {told.asked}, with 95% intervals")
    return (
        f'<svg viewBox="0 0 {WIDE} {high}" role="img" aria-label="{label}">{"".join(parts)}</svg>'
    )


def _bar(row: Row, place: int, scale: int) -> str:
    assert row.share is not None
    assert row.low is not None
    assert row.high is not None
    y, middle = place * HIGH + 4, place * HIGH + 13
    ends = NAME + row.low * scale, NAME + row.high * scale
    short = row.label if len(row.label) <= 38 else f"{row.label[:37]}…"
    title = f"{row.label}: {row.share:.0%} of {row.known:,} ({row.low:.0%} to {row.high:.0%})"
    return (
        f'<g><title>{escape(title)}</title><text x="{NAME - 8}" y="{middle + 4}" '
        f'text-anchor="end">{escape(short)}</text>'
        f'<rect x="{NAME}" y="{y}" width="{max(row.share * scale, 1):.1f}" height="{HIGH - 7}" '
        f'class="{"faint" if row.few else "bar"}"/>'
        f'<line x1="{ends[0]:.1f}" x2="{ends[1]:.1f}" y1="{middle}" y2="{middle}" class="ends"/>'
        f'<text x="{ends[1] + 6:.1f}" y="{middle + 4}">{row.share:.0%}</text></g>'
    )
