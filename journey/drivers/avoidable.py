"""The avoidable-contacts page: what costs most, what could be saved, and who can decide."""

from collections.abc import Callable, Mapping, Sequence

from journey.drivers.counted import Counted
from journey.drivers.drivers import C, N, driver_rows
from journey.drivers.form import Avoidable, Driver, Estimate, Mark, Quote
from journey.drivers.signs import Counts, decide
from journey.measures.ask import Ask

MOST = 10
QUOTES = 5
Read = Callable[[str, str], Sequence[Quote]]


def costliest(
    counts: Counted,
    ask: Ask,
    signs: Counts,
    each: Mapping[tuple[str, str], float],
    read: Read,
) -> tuple[list[Avoidable], int]:
    """Choose the needs x channels whose repeat contacts cost most.

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
        ``MOST`` at most, those whose repeat contacts cost most first; and how many were compared.
    """
    rows = driver_rows(counts, ask, {}, [(N, C)])
    back = [row for row in rows if row.rate.yes]
    ranked = sorted(back, key=lambda row: (-_cost(row, each), row.label))[:MOST]
    found = [_avoidable(row, signs, each, read) for row in ranked]
    return found, sum(row.p is not None for row in rows)


def total(rows: Sequence[Avoidable], *, sure: bool) -> tuple[float, float]:
    """Sum contacts and money over the rows above the usual; only those beyond chance, if asked."""
    kept = [row for row in rows if not sure or row.driver.mark is Mark.HIGHER]
    contacts = sum(max(row.driver.avoidable.value, 0.0) for row in kept if row.driver.avoidable)
    return contacts, sum(max(row.saved.value, 0.0) for row in kept if row.saved)


def _avoidable(
    row: Driver, signs: Counts, each: Mapping[tuple[str, str], float], read: Read
) -> Avoidable:
    need, channel = (level.value for level in row.levels)
    decision, why, by_signal, shown = decide(signs, need, channel)
    return Avoidable(
        driver=row,
        cost=_cost(row, each),
        saved=_saved(row.avoidable, each.get((need, channel), 0.0)),
        decision=decision,
        why=why,
        by_signal=by_signal,
        signs=shown,
        quotes=tuple(read(need, channel))[:QUOTES],
    )


def _cost(row: Driver, each: Mapping[tuple[str, str], float]) -> float:
    need, channel = (level.value for level in row.levels)
    return (row.rate.yes or 0) * each.get((need, channel), 0.0)


def _saved(more: Estimate | None, price: float) -> Estimate | None:
    if more is None:
        return None
    return Estimate(value=more.value * price, low=more.low * price, high=more.high * price)
