"""A report of themes over a period: how much, what came of it, and what stands out.

Pure: it takes sums and counts, and gives records. Each number comes with the address under
which the API lists the contacts behind it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from domain.clustered import design_effect
from domain.outcome import OutcomeState
from domain.theme import Theme
from domain.theme_figures import (
    MEANS,
    SHARES,
    Cut,
    Measure,
    Opening,
    Place,
    Scope,
    Standing,
    Sums,
)
from themes.changes import Changes
from themes.estimates import (
    NOTHING,
    Estimate,
    mean,
    means_differ,
    part_of,
    rest,
    share,
    shares_differ,
    survive,
)
from themes.report_form import Example, Figure, Mark, Part, Report, Row, Stand, Trend
from themes.trend import Point, expected, slope, step_days, steps, within

LEVEL = 0.05
"""Of what is marked, the share that may be mere chance."""
BOUNDS = {Measure.SENTIMENT: (-1.0, 1.0), Measure.EFFORT: (0.0, 100.0)}
"""Between which a mean lies, and so its interval."""


@dataclass(frozen=True)
class Given:
    """What a report is made of.

    Attributes
    ----------
    themes : sequence of Theme
        The live ones.
    sums, cut_sums, channel_sums : mapping
        By theme and part: of the period, of the period cut, and cut by channel.
    days : mapping
        Contacts by theme and day, back to the first day that anything needs.
    standings, near, families : mapping
        Contacts by standing, by theme they lean to, and by leading theme.
    examples : mapping
        By theme.
    """

    scope: Scope
    cut: Cut | None
    version: str
    live_at: datetime | None
    themes: Sequence[Theme]
    sums: Mapping[Place, Mapping[Measure, Sums]]
    parts: Mapping[Place, Mapping[Measure, Sums]]
    part_cut: Cut
    days: Mapping[str | None, Mapping[date, int]]
    standings: Mapping[Standing, int]
    near: Mapping[str, int]
    families: Mapping[str, int]
    examples: Mapping[str, Sequence[Example]]
    changes: Changes


def report(given: Given) -> Report:
    """Make the report."""
    whole = given.sums.get((None, None), {})
    total = whole.get(Measure.CONTACTS, Sums()).known
    asked = Opening(scope=given.scope)
    rows = [_row(given, theme, whole, total) for theme in given.themes]
    rows = [row for row in rows if row.contacts or row.before or row.near]
    rows, compared = _marked(rows)
    stands = [
        Stand(
            standing=standing,
            contacts=given.standings.get(standing, 0),
            opens=asked.model_copy(update={"standing": standing}).path,
        )
        for standing in Standing
    ]
    return Report(
        scope=given.scope,
        cut=given.cut,
        step_days=step_days(given.scope.period),
        version=given.version,
        live_at=given.live_at,
        contacts=total,
        standings=tuple(stands),
        trend=_trend(given, asked, whole.get(Measure.CONTACTS, Sums())),
        figures=tuple(_figures(asked, whole, None)),
        rows=tuple(_ordered(rows)),
        compared=compared,
        marked=sum(f.mark is not None for f in _all_figures(rows))
        + sum(row.trend.mark is not None for row in rows),
        level=LEVEL,
        changes=given.changes,
        opens=asked.path,
    )


def excess(figure: Figure) -> float:
    """Give how many contacts more than elsewhere have a bad outcome; 0 unless marked."""
    if figure.mark is None or figure.elsewhere is None or figure.measure not in SHARES:
        return 0.0
    more = ((figure.estimate.value or 0.0) - figure.elsewhere) * figure.known
    return max(-more if figure.measure is Measure.RESOLVED else more, 0.0)


def _row(given: Given, theme: Theme, whole: Mapping[Measure, Sums], total: int) -> Row:
    mine = given.sums.get((theme.id, None), {})
    counted = mine.get(Measure.CONTACTS, Sums())
    asked = Opening(scope=given.scope, theme_id=theme.id)
    earlier = given.scope.model_copy(update={"period": given.scope.period.before()})
    batch = counted.nn / counted.known if counted.known else 1.0
    family = given.families.get(theme.id)
    return Row(
        theme_id=theme.id,
        label=theme.label,
        parent_id=theme.parent_id,
        confirmed=theme.confirmed,
        stability=theme.stability,
        contacts=counted.known,
        share=part_of(counted.known, total, batch) if total else NOTHING,
        before=within(given.days.get(theme.id, {}), earlier.period),
        near=given.near.get(theme.id, 0),
        family=family,
        trend=_trend(given, asked, counted),
        figures=tuple(_figures(asked, mine, whole)),
        parts=tuple(_parts(given, asked, mine)),
        examples=tuple(given.examples.get(theme.id, ())),
        opens={
            "contacts": asked.path,
            "before": asked.model_copy(update={"scope": earlier}).path,
            "near": asked.model_copy(update={"standing": Standing.NEAR}).path,
            **({"family": asked.model_copy(update={"family": True}).path} if family else {}),
        },
    )


def _figures(
    asked: Opening, mine: Mapping[Measure, Sums], whole: Mapping[Measure, Sums] | None
) -> list[Figure]:
    found = []
    for measure in (*SHARES, *MEANS):
        sums = mine.get(measure, Sums())
        others = (whole or {}).get(measure, Sums())
        yes_or_no = measure in SHARES
        if yes_or_no:
            usual = design_effect(others if whole else sums)
            told = share(sums, design_effect(sums, usual))
            p = shares_differ(sums, others) if whole else None
        else:
            told = _bounded(mean(sums), *BOUNDS[measure]) if sums.known else NOTHING
            p = means_differ(sums, others) if whole else None
        figure = Figure(
            measure=measure,
            estimate=told,
            known=sums.known,
            yes=round(sums.total) if yes_or_no else None,
            open=sums.open,
            elsewhere=rest(others, sums).mean if whole else None,
            p=p,
            opens=_opens(asked.model_copy(update={"measure": measure}), yes_or_no, whole),
        )
        found.append(figure)
    return found


def _bounded(told: Estimate, least: float, most: float) -> Estimate:
    if told.low is None or told.high is None:
        return told
    return told.model_copy(update={"low": max(told.low, least), "high": min(told.high, most)})


def _opens(asked: Opening, yes_or_no: bool, whole: object) -> dict[str, str]:
    found = {"known": asked.path}
    if yes_or_no:
        found |= {s: asked.model_copy(update={"state": s}).path for s in OutcomeState}
    if whole and asked.cut is None:
        found["elsewhere"] = asked.model_copy(update={"elsewhere": True}).path
    return found


def _parts(given: Given, asked: Opening, mine: Mapping[Measure, Sums]) -> list[Part]:
    found = []
    total = mine.get(Measure.CONTACTS, Sums()).known
    for (theme, value), sums in given.parts.items():
        if theme != asked.theme_id:
            continue
        narrowed = asked.model_copy(update={"cut": given.part_cut, "part": value})
        contacts = sums[Measure.CONTACTS].known
        figures = _figures(narrowed, sums, mine) if given.cut else []
        part = Part(
            cut=given.part_cut,
            value=value,
            contacts=contacts,
            share=contacts / total,
            figures=tuple(figures),
            opens=narrowed.path,
        )
        found.append(part)
    return sorted(found, key=lambda part: (-part.contacts, part.value or ""))


def _trend(given: Given, asked: Opening, counted: Sums) -> Trend:
    counts = given.days.get(asked.theme_id, {})
    days = step_days(given.scope.period)
    effect = counted.nn / counted.known if counted.known else 1.0
    points = []
    for step in steps(given.scope.period, days):
        contacts = within(counts, step)
        low, high = expected(contacts, effect)
        scope = given.scope.model_copy(update={"period": step})
        opens = asked.model_copy(update={"scope": scope}).path
        point = Point(
            first=step.first,
            last=step.last,
            contacts=contacts,
            low=low,
            high=high,
            whole=step.days == days,
            opens=opens,
        )
        points.append(point)
    return Trend(
        points=tuple(points), slope=slope([point.contacts for point in points if point.whole])
    )


def _all_figures(rows: Sequence[Row]) -> list[Figure]:
    return [
        figure
        for row in rows
        for figure in (*row.figures, *(f for part in row.parts for f in part.figures))
    ]


def _marked(rows: Sequence[Row]) -> tuple[list[Row], int]:
    """Mark what survives, of all comparisons of the report at once."""
    p_values = [figure.p for figure in _all_figures(rows)]
    p_values += [row.trend.slope.p if row.trend.slope else None for row in rows]
    stand = iter(survive(p_values, LEVEL))
    done = []
    for row in rows:
        figures = tuple(_mark(figure, next(stand)) for figure in row.figures)
        parts = tuple(
            part.model_copy(update={"figures": tuple(_mark(f, next(stand)) for f in part.figures)})
            for part in row.parts
        )
        done.append(row.model_copy(update={"figures": figures, "parts": parts}))
    for place, row in enumerate(done):
        if next(stand) and row.trend.slope is not None:
            way = Mark.HIGHER if row.trend.slope.factor > 1 else Mark.LOWER
            trend = row.trend.model_copy(update={"mark": way})
            done[place] = row.model_copy(update={"trend": trend})
    return done, sum(p is not None for p in p_values)


def _mark(figure: Figure, stands: bool) -> Figure:
    if not stands:
        return figure
    above = (figure.estimate.value or 0.0) > (figure.elsewhere or 0.0)
    return figure.model_copy(update={"mark": Mark.HIGHER if above else Mark.LOWER})


def _ordered(rows: Sequence[Row]) -> list[Row]:
    """Order families by what matters in them, and sub-themes behind their leader."""
    there = {row.theme_id for row in rows}
    weight = {row.theme_id: (sum(map(excess, row.figures)), row.contacts) for row in rows}

    def leader(row: Row) -> str:
        return row.parent_id if row.parent_id in there and row.parent_id else row.theme_id

    worth: dict[str, tuple[float, int]] = {}
    for row in rows:
        name = leader(row)
        worth[name] = max(worth.get(name, (0.0, 0)), weight[row.theme_id])

    def key(row: Row) -> tuple[object, ...]:
        name, (more, many) = leader(row), weight[row.theme_id]
        first, often = worth[name]
        return (-first, -often, name, row.theme_id != name, -more, -many, row.theme_id)

    return sorted(rows, key=key)
