"""Which needs, channels, times and themes carry the repeat contacts, adjusted for one another."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy.stats import false_discovery_control
from scipy.stats import t as student

from journey.drivers.counted import Counted
from journey.drivers.form import Driver, Estimate, Level, Mark
from journey.drivers.logit import Cells, Fit, chances, fit
from journey.measures.ask import UNTOLD, Ask, Factor, Measure, Opening
from journey.measures.sums import LEVEL, share
from journey.measures.totals import Floats, Mask, totals

N, C, H, T, B = Factor.NEED, Factor.CHANNEL, Factor.HOURS, Factor.THEME, Factor.BRAND
FAMILIES: tuple[tuple[Factor, ...], ...] = (
    (N,), (C,), (H,), (T,), (B,), (N, C), (N, H), (C, H), (T, C), (T, H),
)  # fmt: skip
"""Singly and in pairs: what contacts are looked at by."""
FEW, FEW_PEOPLE = 8, 5
"""Fewer known contacts or people than these are shown, but not compared."""
FALSE_SHARE = 0.05


def driver_rows(
    counts: Counted,
    ask: Ask,
    names: Mapping[str, str],
    families: Sequence[tuple[Factor, ...]] = FAMILIES,
) -> list[Driver]:
    """Compare each level and pair of levels with all other contacts.

    A logistic regression with the level and all other factors gives the chance of each contact to
    come back with and without the level (standardisation; Greenland 2004, "Model-based estimation
    of relative risks and other epidemiologic measures"). The usual rate is the average of all
    contacts, were they of the same mix. Need and theme tell of the same thing, so neither is
    adjusted for the other.

    Parameters
    ----------
    counts : Counted
    ask : Ask
    names : mapping of str to str
        What people call themes, by id.
    families : sequence of tuple of Factor
        What is compared.

    Returns
    -------
    list of Driver
        Marked where the difference stands among all comparisons (Benjamini and Hochberg 1995),
        those first; then by avoidable contacts.
    """
    rows = [row for family in families for row in _family(counts, ask, names, family)]
    return sorted(_marked(rows), key=_rank)


def adjusted_for(family: Sequence[Factor]) -> list[Factor]:
    """Name the factors that a driver is adjusted for."""
    told = set(family)
    if told & {N, T}:
        told |= {N, T}
    # Of the two, the need is always there; themes are too many and too like it.
    return [factor for factor in (N, C, H, B) if factor not in told]


def _family(
    counts: Counted, ask: Ask, names: Mapping[str, str], family: tuple[Factor, ...]
) -> Iterator[Driver]:
    base = counts.base(adjusted_for(family))
    start = fit(counts.cells(base)).log_odds if counts.known.sum() else np.zeros(base.shape[1])
    for codes in product(*(range(len(counts.names[factor])) for factor in family)):
        levels = list(zip(family, codes, strict=True))
        values = [counts.names[factor][code] for factor, code in levels]
        rows = counts.where(levels)
        if UNTOLD in values or not rows.any() or (len(family) == 1 and rows.all()):
            continue
        yield _driver(counts, ask, names, levels, rows, (base, start))


def _driver(
    counts: Counted,
    ask: Ask,
    names: Mapping[str, str],
    levels: Sequence[tuple[Factor, int]],
    rows: Mask,
    model: tuple[Floats, Floats],
) -> Driver:
    told = [_level(factor, counts.names[factor][code], names) for factor, code in levels]
    where = Opening(ask=ask, **{level.factor.value: level.value for level in told})
    found = counts.sums(rows)
    opens = where.model_copy(update={"measure": Measure.REPEAT}).path
    compared = None
    if found.known >= FEW and found.customers >= FEW_PEOPLE and found.known < counts.known.sum():
        compared = _compared(counts, rows, *model, people=found.customers)
    return Driver(
        levels=tuple(told),
        contacts=int(counts.contacts[rows].sum()),
        rate=share(found, opens),
        usual=compared.usual if compared else None,
        lift=compared.lift if compared else None,
        avoidable=compared.avoidable if compared else None,
        p=compared.p if compared else None,
        mark=None,
        opens=where.path,
    )


@dataclass(frozen=True)
class Compared:
    """A level beside all other contacts."""

    usual: float
    lift: Estimate
    avoidable: Estimate
    p: float


def _compared(counts: Counted, rows: Mask, base: Floats, start: Floats, *, people: int) -> Compared:
    _, pattern = counts.patterns
    column = np.zeros(len(base))
    column[pattern[rows]] = 1.0
    cells = counts.cells(np.column_stack([base, column]))
    fitted = fit(cells, np.append(start, 0.0))
    reach = float(student.ppf((1 + LEVEL) / 2, people - 1))
    effect = _Effect.of(cells, fitted)
    error = float(max(fitted.plain[-1, -1], fitted.robust[-1, -1]) ** 0.5)
    slope = effect.log_lift
    half = reach * fitted.error(slope)
    beside = reach * fitted.error(effect.avoidable_slope)
    return Compared(
        usual=effect.usual,
        lift=Estimate(
            value=effect.lift,
            low=float(effect.lift * np.exp(-half)),
            high=float(effect.lift * np.exp(half)),
        ),
        avoidable=Estimate(
            value=effect.avoidable, low=effect.avoidable - beside, high=effect.avoidable + beside
        ),
        p=float(2 * student.sf(abs(fitted.log_odds[-1]) / error, people - 1)),
    )


@dataclass(frozen=True)
class _Effect:
    """What a level adds, and how that moves with the log odds."""

    usual: float
    lift: float
    avoidable: float
    log_lift: Floats
    avoidable_slope: Floats

    @classmethod
    def of(cls, cells: Cells, fitted: Fit) -> "_Effect":
        held = cells.design[:, -1] == 1.0
        total = totals(cells.pattern, cells.contacts, len(cells.design))
        inside, everything = total[held].sum(), total.sum()
        own, others = cells.design[held], cells.design[held].copy()
        others[:, -1] = 0.0
        weight = total[held] / inside
        with_it, slope_with = _average(own, fitted.log_odds, weight)
        without, slope_without = _average(others, fitted.log_odds, weight)
        part = inside / everything
        usual = part * with_it + (1 - part) * without
        slope_usual = part * slope_with + (1 - part) * slope_without
        return cls(
            usual=usual,
            lift=with_it / usual,
            avoidable=float(inside * (with_it - usual)),
            log_lift=slope_with / with_it - slope_usual / usual,
            avoidable_slope=inside * (slope_with - slope_usual),
        )


def _average(design: Floats, log_odds: Floats, weight: Floats) -> tuple[float, Floats]:
    chance = chances(design, log_odds)
    return float(weight @ chance), design.T @ (weight * chance * (1 - chance))


def _level(factor: Factor, value: str, names: Mapping[str, str]) -> Level:
    label = names.get(value, value) if factor is T else value.replace("_", " ")
    return Level(factor=factor, value=value, label=label)


def _marked(rows: Sequence[Driver]) -> list[Driver]:
    tested = [row.p for row in rows if row.p is not None]
    if not tested:
        return list(rows)
    stands = iter(false_discovery_control(tested) <= FALSE_SHARE)
    marked = []
    for row in rows:
        if row.p is not None and row.lift is not None and next(stands):
            way = Mark.HIGHER if row.lift.value > 1 else Mark.LOWER
            row = row.model_copy(update={"mark": way})
        marked.append(row)
    return marked


def _rank(row: Driver) -> tuple[float, float, str]:
    order = {Mark.HIGHER: 0.0, None: 1.0, Mark.LOWER: 2.0}
    return (order[row.mark], -(row.avoidable.value if row.avoidable else 0.0), row.label)
