"""Counts the members of a lens into rows, with intervals and a warning where few stand behind."""

from statistics import NormalDist

from ibis.expr.types import Table

from domain.base import Record
from domain.interval import wilson
from journey.lenses.words import said

FEW = 30
"""Fewer journeys than this are marked: a share of them says little."""
EXAMPLES = 5


class Row(Record):
    """One row of a lens."""

    key: str
    label: str
    """The key in plain words."""
    journeys: int
    cover: float
    """Share of all journeys that were looked at, in [0, 1]."""
    known: int
    """Journeys of which the answer is known …"""
    hits: int
    """… and those with yes."""
    share: float | None
    low: float | None
    high: float | None
    """95 % interval (Wilson)."""
    lift: float | None
    """Share over that of all journeys; 2 is twice as often."""
    clear: bool
    """Differs from the other journeys even after asking of so many rows (Bonferroni)."""
    few: bool
    mean: float | None = None
    mean_low: float | None = None
    mean_high: float | None = None
    """95 % interval of the mean."""
    median: float | None = None
    p90: float | None = None
    examples: tuple[str, ...] = ()
    """The first journeys; the others open by the key."""


def tell(members: Table, size: int, overall: float | None, examples: int = EXAMPLES) -> list[Row]:
    """Count the members.

    Parameters
    ----------
    members : Table
        As `journey.lenses.members` tells them.
    size : int
        All journeys that were looked at.
    overall : float, optional
        Share of yes among all of them; None where the lens asks something of each row alone.
    examples : int
        Journeys that are named with each row.

    Returns
    -------
    list of Row
        The most journeys first.
    """
    # A journey counts once in a row, however often it took the step.
    once = members.group_by("key", "case_id").agg(hit=lambda t: t.hit.max())
    counts = once.group_by("key").agg(
        journeys=lambda t: t.count(),
        known=lambda t: t.hit.count(),
        hits=lambda t: t.hit.sum().fill_null(0),
    )
    values = members.group_by("key").agg(
        held=lambda t: t.value.count(),
        mean=lambda t: t.value.mean(),
        spread=lambda t: t.value.std(how="sample"),
        median=lambda t: t.value.median(),
        p90=lambda t: t.value.quantile(0.9),
    )
    named = _examples(once, examples)
    joined = counts.join(values, "key").to_pyarrow().to_pylist()
    rows = [_row(one, size, overall, len(joined), named.get(one["key"], ())) for one in joined]
    return sorted(rows, key=lambda row: (-row.journeys, row.key))


def _examples(once: Table, examples: int) -> dict[str, tuple[str, ...]]:
    placed = once.mutate(place=lambda t: t.case_id.rank().over(group_by="key", order_by="case_id"))
    found: dict[str, list[str]] = {}
    for row in placed.filter(placed.place < examples).to_pyarrow().to_pylist():
        found.setdefault(row["key"], []).append(row["case_id"])
    return {key: tuple(sorted(ids)) for key, ids in found.items()}


def _row(
    one: dict[str, float], size: int, overall: float | None, asked: int, ids: tuple[str, ...]
) -> Row:
    known, hits = int(one["known"]), int(one["hits"])
    share = hits / known if known else None
    low, high = wilson(hits, known) or (None, None)
    strict = wilson(hits, known, 1 - 0.05 / max(asked, 1))
    mean = _mean(one)
    return Row(
        key=str(one["key"]),
        label=said(str(one["key"])),
        journeys=int(one["journeys"]),
        cover=one["journeys"] / size if size else 0.0,
        known=known,
        hits=hits,
        share=share,
        low=low,
        high=high,
        lift=share / overall if share is not None and overall else None,
        clear=bool(strict and overall is not None and not strict[0] <= overall <= strict[1]),
        few=known < FEW,
        mean=mean[0],
        mean_low=mean[1],
        mean_high=mean[2],
        median=one["median"],
        p90=one["p90"],
        examples=ids,
    )


def _mean(one: dict[str, float]) -> tuple[float | None, float | None, float | None]:
    if not one["held"]:
        return None, None, None
    if one["spread"] is None:
        return one["mean"], None, None
    reach = NormalDist().inv_cdf(0.975) * one["spread"] / one["held"] ** 0.5
    return one["mean"], one["mean"] - reach, one["mean"] + reach
