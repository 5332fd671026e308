"""Drawings of the page, as SVG text without scripts."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

from journey.mining.mine import Move, Variant
from journey.mining.paths import END, START

COLOURS = (
    "#a6cee3", "#b2df8a", "#fdbf6f", "#cab2d6", "#fb9a99",
    "#ffffb3", "#8dd3c7", "#d9b38c", "#bebada", "#ccebc5",
)  # fmt: skip
OTHER = "#e4e4e4"
ENDED = "#5f6b76"
LETTER = 6.9
"""Width of a letter at 12 px, about."""
ROW = 26


@dataclass
class Node:
    """A beginning of paths, and what follows it."""

    count: int = 0
    ended: int = 0
    after: dict[str, "Node"] = field(default_factory=dict)


def colours(variants: Sequence[Variant]) -> dict[str, str]:
    """Give the most frequent activities a colour each; the others share a grey."""
    seen: Counter[str] = Counter()
    for variant in variants:
        for step in variant.path:
            seen[step] += variant.count
    # Equally frequent ones by name: one log has the same colours each time.
    common = sorted(seen, key=lambda name: (-seen[name], name))
    return dict(zip(common, COLOURS, strict=False))


def path_tree(
    variants: Sequence[Variant], cases: int, depth: int = 8, height: int = 520, width: int = 150
) -> str:
    """Draw how cases part ways: a column a step, a block's height is its share of cases.

    Blocks too low to read are drawn as one grey block; a dark edge marks cases that end there.

    Parameters
    ----------
    variants : sequence of Variant
    cases : int
        All cases, those of variants that are not given too.
    depth : int
        Steps that are drawn.
    height, width : int
        Pixels of the whole, and of a column.
    """
    root = grow(variants, depth)
    painter = _Painter(colours(variants), cases, height / max(root.count, 1), width)
    painter.after(root, 0, 0.0)
    heads = "".join(
        f'<text x="{place * width + 4}" y="-6" class="head">step {place + 1}</text>'
        for place in range(painter.deepest)
    )
    size = f'viewBox="0 -22 {painter.deepest * width} {height + 26}"'
    label = "Path tree: how cases part ways, step by step"
    return f'<svg {size} role="img" aria-label="{label}">{heads}{"".join(painter.parts)}</svg>'


def grow(variants: Sequence[Variant], depth: int) -> Node:
    """Give the tree of paths, cut at a depth."""
    root = Node()
    for variant in variants:
        node = root
        node.count += variant.count
        for step in variant.path[:depth]:
            node = node.after.setdefault(step, Node())
            node.count += variant.count
        if len(variant.path) <= depth:
            node.ended += variant.count
    return root


def most_first(node: Node) -> list[tuple[str, Node]]:
    """Give what follows a node, the most frequent first."""
    return sorted(node.after.items(), key=lambda item: (-item[1].count, item[0]))


@dataclass
class _Painter:
    colour: dict[str, str]
    cases: int
    scale: float
    width: int
    deepest: int = 0
    parts: list[str] = field(default_factory=list)

    def after(self, node: Node, column: int, top: float) -> None:
        """Draw what follows a node, the most frequent first."""
        rest = 0
        for name, child in most_first(node):
            if child.count * self.scale < 9:
                rest += child.count
                continue
            self._block(name, child, column, top)
            self.after(child, column + 1, top)
            top += child.count * self.scale
        if rest * self.scale >= 1.5:
            self._box(column, top, rest, OTHER, f"{rest:,} cases in rarer continuations")
            if rest * self.scale >= 14:
                self._label(column, top + rest * self.scale / 2 + 4, "rarer continuations")

    def _block(self, name: str, node: Node, column: int, top: float) -> None:
        share = node.count / self.cases
        title = f"{name}: {node.count:,} cases ({share:.1%}) come here on this way"
        if node.ended:
            title += f"; {node.ended:,} of them end here"
        self._box(column, top, node.count, self.colour.get(name, OTHER), title)
        if node.ended:
            high = node.ended * self.scale
            low = top + node.count * self.scale - high
            edge = (column + 1) * self.width - 7
            self.parts.append(
                f'<rect x="{edge}" y="{low:.1f}" width="5" height="{high:.1f}" fill="{ENDED}"/>'
            )
        self._name(column, top, node.count * self.scale, name, f"{share:.0%}")

    def _box(self, column: int, top: float, count: int, fill: str, title: str) -> None:
        self.deepest = max(self.deepest, column + 1)
        self.parts.append(
            f'<rect x="{column * self.width}" y="{top:.1f}" width="{self.width - 2}" '
            f'height="{max(count * self.scale - 1, 0.5):.1f}" fill="{fill}">'
            f"<title>{escape(title)}</title></rect>"
        )

    def _name(self, column: int, top: float, high: float, name: str, share: str) -> None:
        """Write name and share into a block: in two lines, in one, or not at all."""
        if high >= 34:
            self._label(column, top + min(high / 2 - 4, 30), _fit(name, self.width))
            self._label(column, top + min(high / 2 - 4, 30) + 15, share)
        elif high >= 14:
            self._label(column, top + high / 2 + 4, _fit(f"{share} {name}", self.width))

    def _label(self, column: int, base: float, text: str) -> None:
        x = column * self.width + 5
        self.parts.append(f'<text x="{x}" y="{base:.1f}">{escape(text)}</text>')


def _fit(text: str, width: float) -> str:
    room = int((width - 16) / LETTER)
    return text if len(text) <= room else f"{text[: room - 1]}…"


def shown_moves(events: Mapping[str, int], most: int) -> list[str]:
    """Give the steps of which it is shown what follows: the start and the most frequent ones."""
    return [START, *sorted(events, key=lambda name: (-events[name], name))[:most]]


def heat_map(moves: Sequence[Move], events: Mapping[str, int], most: int = 15) -> str:
    """Draw the probability of each next step: rows are now, columns are next.

    Parameters
    ----------
    moves : sequence of Move
    events : mapping
        How often each activity occurs; the ``most`` frequent ones are drawn.
    most : int
    """
    rows = shown_moves(events, most)
    columns = [*rows[1:], END]
    chance = {(move.source, move.target): move for move in moves}
    left = int(max(len(name) for name in rows) * LETTER) + 14
    top = int(max(len(name) for name in columns) * LETTER * 0.72) + 24
    cell = 46
    parts = [
        f'<text x="{left - 8}" y="{top + place * ROW + 17}" text-anchor="end">{escape(n)}</text>'
        for place, n in enumerate(rows)
    ]
    parts += [
        f'<text transform="translate({left + place * cell + 24},{top - 8}) rotate(-45)">'
        f"{escape(n)}</text>"
        for place, n in enumerate(columns)
    ]
    for y, source in enumerate(rows):
        for x, target in enumerate(columns):
            move = chance.get((source, target))
            parts.append(_cell(left + x * cell, top + y * ROW, cell, move))
    wide = left + len(columns) * cell + top
    size = f'viewBox="0 0 {wide} {top + len(rows) * ROW + 4}" style="max-width:{wide}px"'
    label = "Heat map: probability of each next step"
    return f'<svg {size} role="img" aria-label="{label}">{"".join(parts)}</svg>'


def _cell(x: int, y: int, width: int, move: Move | None) -> str:
    if move is None:
        return f'<rect x="{x}" y="{y}" width="{width - 2}" height="{ROW - 2}" fill="#f6f7f8"/>'
    p = move.probability
    light = [round(240 - p * (240 - dark)) for dark in (8, 69, 120)]
    ink = "#fff" if p > 0.45 else "#1c2733"
    title = f"{move.source} → {move.target}: {move.count:,} times, {p:.1%} of what follows"
    text = f"{p:.0%}" if p >= 0.005 else "<1%"
    return (
        f'<rect x="{x}" y="{y}" width="{width - 2}" height="{ROW - 2}" '
        f'fill="rgb({light[0]},{light[1]},{light[2]})"><title>{escape(title)}</title></rect>'
        f'<text x="{x + width / 2 - 1}" y="{y + 17}" text-anchor="middle" style="fill:{ink}">'
        f"{escape(text)}</text>"
    )
