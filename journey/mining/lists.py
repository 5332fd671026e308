"""What is drawn, said in lists: for screens that are too narrow for the drawing."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from journey.mining.mine import Move, Variant
from journey.mining.svg import Node, grow, most_first, shown_moves

LEAST = 0.02
"""Share of cases from which a way is said, and of what follows from which a next step is."""


def path_list(variants: Sequence[Variant], cases: int, depth: int = 8) -> str:
    """Say how cases part ways: a list a step, each line with its share of all cases.

    Parameters
    ----------
    variants : sequence of Variant
    cases : int
        All cases, those of variants that are not given too.
    depth : int
        Steps that are said.
    """
    return "".join(_ways(grow(variants, depth), cases))


def _ways(node: Node, cases: int) -> Iterator[str]:
    known = [(name, child) for name, child in most_first(node) if child.count >= LEAST * cases]
    if not known:
        return
    yield "<ul>"
    for name, child in known:
        ended = f", {child.ended / cases:.0%} end here" if child.ended >= LEAST * cases else ""
        yield f"<li>{child.count / cases:.0%} {escape(name)}<small>{ended}</small>"
        yield from _ways(child, cases)
        yield "</li>"
    yield "</ul>"


def move_list(moves: Sequence[Move], events: Mapping[str, int], most: int = 15) -> str:
    """Say the probability of each next step: a line for each step that the heat map has.

    Parameters
    ----------
    moves : sequence of Move
    events : mapping
        How often each activity occurs; the ``most`` frequent ones are said.
    most : int
    """
    lines = []
    for source in shown_moves(events, most):
        after = [move for move in moves if move.source == source and move.probability >= LEAST]
        after.sort(key=lambda move: (-move.probability, move.target))
        said = ", ".join(f"{escape(move.target)} {move.probability:.0%}" for move in after)
        if said:
            lines.append(f"<li><b>{escape(source)}</b> → {said}</li>")
    return f"<ul>{''.join(lines)}</ul>"
