"""The avoidable-contacts page: what costs most, what could be saved, and who can decide."""

from collections.abc import Callable, Mapping, Sequence

from journey.drivers.counted import Counted
from journey.drivers.drivers import C, N, driver_rows
from journey.drivers.form import Avoidable, Driver, Estimate, Mark, Quote
from journey.drivers.signs import Counts, decide
from journey.measures.ask import Ask

MOST = 10
QUOTES = 5
COSTS = {
    "call": 8.0, "email": 5.0, "chat": 4.0, "social": 4.0, "form": 5.0, "other": 5.0,
}  # fmt: skip
"""Placeholders for what a contact costs, in the currency of the organisation: set your own."""
Read = Callable[[str, str], Sequence[Quote]]


def costliest(
    counts: Counted,
    ask: Ask,
    signs: Counts,
    each: Mapping[tuple[str, str], float],
    read: Read,
) -> tuple[list[Avoidable], int]:
    """Choose the needs x channels that cost most beyond the usual.

    Parameters
    ----------
    counts : Counted
    ask : Ask
    signs : Counts
        Of contacts that came back.
    each : mapping
        What one repeat contact costs, by need and channel.
    read : callable
        Gives conversations of a need on a channel.

    Returns
    -------
    tuple of list of Avoidable and int
        ``MOST`` at most, most money first; and how many were compared.
    """
    rows = driver_rows(counts, ask, {}, [(N, C)])
    above = [row for row in rows if row.avoidable is not None and row.avoidable.value > 0]
    ranked = sorted(above, key=lambda row: -_saved(row, each).value)[:MOST]
    found = [_avoidable(row, signs, each, read) for row in ranked]
    return found, sum(row.p is not None for row in rows)


def total(rows: Sequence[Avoidable], *, sure: bool) -> tuple[float, float]:
    """Sum contacts and money over rows; only those beyond chance, if asked for."""
    kept = [row for row in rows if not sure or row.driver.mark is Mark.HIGHER]
    contacts = sum(row.driver.avoidable.value for row in kept if row.driver.avoidable)
    return contacts, sum(row.saved.value for row in kept if row.saved)


def _avoidable(
    row: Driver, signs: Counts, each: Mapping[tuple[str, str], float], read: Read
) -> Avoidable:
    need, channel = (level.value for level in row.levels)
    decision, why, by_signal, shown = decide(signs, need, channel)
    return Avoidable(
        driver=row,
        cost=(row.rate.yes or 0) * each.get((need, channel), 0.0),
        saved=_saved(row, each),
        decision=decision,
        why=why,
        by_signal=by_signal,
        signs=shown,
        quotes=tuple(read(need, channel))[:QUOTES],
    )


def _saved(row: Driver, each: Mapping[tuple[str, str], float]) -> Estimate:
    need, channel = (level.value for level in row.levels)
    price, more = each.get((need, channel), 0.0), row.avoidable
    assert more is not None
    return Estimate(value=more.value * price, low=more.low * price, high=more.high * price)
