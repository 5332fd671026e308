"""Sums over customers, taken by the engine: enough for a figure and for how sure it is."""

from collections.abc import Sequence
from math import inf
from typing import Any

from ibis.expr.types import Table, Value
from scipy.stats import t as student

from domain.base import Record
from domain.clustered import share_interval, variance
from domain.theme_figures import Sums

LEVEL = 0.95
Key = tuple[Any, ...]


class Figure(Record):
    """A share (0 to 1), a mean or a time, with its 95 % interval and what it rests on."""

    value: float | None
    low: float | None = None
    high: float | None = None
    known: int
    """Contacts (or journeys) of which it is known."""
    yes: int | None = None
    """Of a share: how many of them."""
    open: int = 0
    """Too early to say: in no share."""
    people: int = 0
    """Of how many people."""
    opens: str | None = None
    """Where the API lists those of which it is known, and yes where it is a share."""


def sums(table: Table, keys: Sequence[str], names: Sequence[str]) -> Table:
    """Sum measures over customers, then over each group of them.

    Parameters
    ----------
    table : Table
        With ``person``, the keys and for each name ``<name>_value`` (null where it is not known)
        and ``<name>_open`` (1 where it is too early to know).
    keys : sequence of str
        Columns to group by; none gives one row.
    names : sequence of str
        Of measures.

    Returns
    -------
    Table
        The keys and, for each name, ``<name>_<field>`` for the fields of ``Sums``.
    """
    inner: dict[str, Value] = {}
    for name in names:
        value = table[f"{name}_value"].cast("float64")
        inner[f"{name}_y"] = value.sum().fill_null(0.0)
        inner[f"{name}_n"] = value.count().cast("float64")
        inner[f"{name}_o"] = table[f"{name}_open"].sum().fill_null(0)
    people = table.group_by([*keys, "person"]).agg(**inner)
    outer: dict[str, Value] = {}
    for name in names:
        y, n, waits = (people[f"{name}_{part}"] for part in "yno")
        outer |= {
            f"{name}_known": n.sum().fill_null(0.0).cast("int64"),
            f"{name}_total": y.sum().fill_null(0.0),
            f"{name}_customers": (n > 0).sum().fill_null(0).cast("int64"),
            f"{name}_open": waits.sum().fill_null(0).cast("int64"),
            f"{name}_yy": (y * y).sum().fill_null(0.0),
            f"{name}_yn": (y * n).sum().fill_null(0.0),
            f"{name}_nn": (n * n).sum().fill_null(0.0),
        }
    return people.group_by(list(keys)).agg(**outer) if keys else people.agg(**outer)


def summed(table: Table, keys: Sequence[str], names: Sequence[str]) -> dict[Key, dict[str, Sums]]:
    """Run ``sums``; by the values of the keys, then by name."""
    found = sums(table, keys, names).to_pyarrow().to_pylist()
    return {
        tuple(row[key] for key in keys): {
            name: Sums(**{part: row[f"{name}_{part}"] for part in Sums.model_fields})
            for name in names
        }
        for row in found
    }


def share(given: Sums, opens: str | None = None) -> Figure:
    """Give a share with Wilson's interval on effective numbers."""
    ends = share_interval(given) or (None, None)
    return Figure(
        value=given.mean,
        low=ends[0],
        high=ends[1],
        known=given.known,
        yes=round(given.total),
        open=given.open,
        people=given.customers,
        opens=opens,
    )


def mean(given: Sums, opens: str | None = None, ends: tuple[float, float] = (-inf, inf)) -> Figure:
    """Give a mean with Student's interval over people; no interval for fewer than two.

    Parameters
    ----------
    ends : tuple of two floats
        Between which the values lie, and so the interval.
    """
    low = high = None
    if given.customers > 1 and given.mean is not None:
        reach = float(student.ppf((1 + LEVEL) / 2, given.customers - 1))
        reach *= variance(given) ** 0.5
        low, high = max(given.mean - reach, ends[0]), min(given.mean + reach, ends[1])
    return Figure(
        value=given.mean,
        low=low,
        high=high,
        known=given.known,
        open=given.open,
        people=given.customers,
        opens=opens,
    )
