"""Sums over customers, taken by the engine: enough for a figure and for how sure it is."""

from collections.abc import Sequence

from ibis.expr.types import Table
from scipy.stats import t as student

from domain.base import Record
from domain.clustered import share_interval, variance
from domain.theme_figures import Sums

LEVEL = 0.95
Key = tuple[str | None, ...]


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


def sums(table: Table, keys: Sequence[str], value: str, waits: str | None = None) -> Table:
    """Sum a column over customers, then over each group of them.

    Parameters
    ----------
    table : Table
        With ``person`` and the columns that are named.
    keys : sequence of str
        Columns to group by; none gives one row.
    value : str
        A float column; null where it is not known.
    waits : str, optional
        A column that is 1 where it is too early to know.

    Returns
    -------
    Table
        The keys and the fields of ``Sums``.
    """
    number = table[value].cast("float64")
    early = table[waits] if waits else table.person.isnull().ifelse(0, 0)
    by_person = table.group_by([*keys, "person"]).agg(
        y=number.sum().fill_null(0.0),
        n=number.count().cast("float64"),
        waits=early.sum().fill_null(0),
    )
    y, n = by_person.y, by_person.n
    terms = {
        "known": n.sum().fill_null(0.0).cast("int64"),
        "total": y.sum().fill_null(0.0),
        "customers": (n > 0).sum().fill_null(0).cast("int64"),
        "open": by_person.waits.sum().fill_null(0).cast("int64"),
        "yy": (y * y).sum().fill_null(0.0),
        "yn": (y * n).sum().fill_null(0.0),
        "nn": (n * n).sum().fill_null(0.0),
    }
    return by_person.group_by(list(keys)).agg(**terms) if keys else by_person.agg(**terms)


def summed(
    table: Table, keys: Sequence[str], value: str, waits: str | None = None
) -> dict[Key, Sums]:
    """Run ``sums``; by the values of the keys."""
    found = sums(table, keys, value, waits).to_pyarrow().to_pylist()
    return {
        tuple(row[key] for key in keys): Sums(**{k: row[k] for k in Sums.model_fields})
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


def mean(given: Sums, opens: str | None = None) -> Figure:
    """Give a mean with Student's interval over people; no interval for fewer than two."""
    low = high = None
    if given.customers > 1 and given.mean is not None:
        reach = float(student.ppf((1 + LEVEL) / 2, given.customers - 1))
        reach *= variance(given) ** 0.5
        low, high = given.mean - reach, given.mean + reach
    return Figure(
        value=given.mean,
        low=low,
        high=high,
        known=given.known,
        open=given.open,
        people=given.customers,
        opens=opens,
    )
