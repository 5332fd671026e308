"""Key figures by any cut and by week, each with its interval and what it rests on."""

from collections.abc import Mapping, Sequence
from datetime import date
from math import inf
from typing import Any

import numpy as np
from ibis.expr.types import Table

from domain.theme_figures import Sums
from journey.kpis.form import Duration, Part, Point, Size, Within
from journey.kpis.survival import Curve, curve
from journey.measures.ask import SHARES, UNTOLD, Ask, Factor, Measure, Opening
from journey.measures.prepared import one
from journey.measures.sums import Figure, Key, mean, share, summed

MEANS = (Measure.EFFORT, Measure.SATISFACTION, Measure.COST)
BOUNDS = {
    Measure.EFFORT: (0.0, 100.0),
    Measure.SATISFACTION: (1.0, 5.0),
    Measure.COST: (0.0, inf),
}
"""Between which the values of a mean lie."""
WITHIN_DAYS = (1.0, 3.0, 7.0, 14.0)
WEEKLY = (*SHARES, *MEANS)
MOST_STEPS = 120
"""Points of a drawn curve, at most."""


def parts_of(
    contacts: Table, steps: Table, ask: Ask, factor: Factor | None, names: Mapping[str, str]
) -> list[Part]:
    """Tell the figures of all contacts, or of each value of a factor.

    Parameters
    ----------
    contacts : Table
        Prepared, with journeys.
    steps : Table
        ``journey.mart.STEPS``.
    factor : Factor, optional
        The cut; None gives one part of all contacts.
    names : mapping of str to str
        What people call themes, by id.

    Returns
    -------
    list of Part
        Most contacts first; of nothing, none.
    """
    keys = [] if factor is None else [str(factor)]
    counts = sizes(contacts, steps, keys)
    counted = summed(contacts, keys, WEEKLY)
    times = _curves(contacts, keys)
    found = []
    for key, row in counts.items():
        value = key[0] if key else None
        where = Opening(ask=ask, **({str(factor): value} if factor else {}))
        figures = {m: _figure(m, counted[key][m], where) for m in WEEKLY}
        lasted = times.get(key, curve(np.zeros(0), np.zeros(0, bool)))
        figures[Measure.TIME] = _median(lasted, _path(where, Measure.TIME))
        found.append(
            Part(
                factor=factor,
                value=value,
                label=_label(factor, value, names),
                size=Size(**row, opens=where.path),
                figures=figures,
                time=duration(lasted),
            )
        )
    return sorted(found, key=lambda part: (-part.size.contacts, part.label))


def weekly(
    contacts: Table, ask: Ask, measures: Sequence[Measure] = WEEKLY
) -> dict[Measure, tuple[Point, ...]]:
    """Tell the shares and means of each week, the oldest first."""
    counted = summed(contacts, ["week"], measures)
    weeks = sorted((_day(key[0]), row) for key, row in counted.items())
    return {
        m: tuple(
            Point(week=week, figure=_figure(m, row[m], Opening(ask=ask, week=week)))
            for week, row in weeks
        )
        for m in measures
    }


def cost_per_person(contacts: Table, ask: Ask) -> Figure:
    """Tell what a person's contacts cost: with one row a person, known is people."""
    spent = contacts.group_by("person").agg(spent_value=lambda t: t.price.sum())
    spent = spent.mutate(spent_open=one(spent.person.isnull()))
    return mean(summed(spent, [], ["spent"])[()]["spent"], Opening(ask=ask).path, (0.0, inf))


def duration(lasted: Curve) -> Duration:
    """Tell the median, the share by some days, and the steps of a curve."""
    middle = lasted.quantile(0.5) or (None, None, None)
    within = []
    for days in WITHIN_DAYS:
        ends = lasted.by(days * 86_400)
        if ends is not None:
            within.append(Within(days=days, share=ends[0], low=ends[1], high=ends[2]))
    places = np.unique(np.linspace(0, max(len(lasted.times) - 1, 0), MOST_STEPS).astype(int))
    drawn = (
        [(float(lasted.times[n]), 1 - float(lasted.staying[n])) for n in places]
        if len(lasted.times)
        else []
    )
    return Duration(
        known=lasted.known,
        happened=lasted.happened,
        median_s=middle[0],
        low_s=middle[1],
        high_s=middle[2],
        within=tuple(within),
        steps=tuple(drawn),
    )


def sizes(contacts: Table, steps: Table, keys: Sequence[str]) -> dict[Key, dict[str, int]]:
    """Count contacts, people, journeys, and the events on those journeys."""
    events = steps.filter(steps.kind == "event").group_by("case_id").agg(events=lambda t: t.count())
    by_journey = contacts.group_by([*keys, "journey_id"]).agg(contacts=lambda t: t.count())
    joined = by_journey.left_join(events, by_journey.journey_id == events.case_id)
    sums = {
        "contacts": joined.contacts.sum().fill_null(0).cast("int64"),
        "journeys": joined.journey_id.count(),
        "events": joined.events.sum().fill_null(0).cast("int64"),
    }
    counted = joined.group_by(keys).agg(**sums) if keys else joined.agg(**sums)
    people = {"people": contacts.person.nunique()}
    persons = contacts.group_by(keys).agg(**people) if keys else contacts.agg(**people)
    found = {_key(row, keys): row for row in counted.to_pyarrow().to_pylist()}
    for row in persons.to_pyarrow().to_pylist():
        found[_key(row, keys)] |= {"people": row["people"]}
    return {key: {k: v for k, v in row.items() if k not in keys} for key, row in found.items()}


def _curves(contacts: Table, keys: Sequence[str]) -> dict[Key, Curve]:
    """Estimate the time to resolution of the journeys, to the minute."""
    begun = contacts.filter(contacts.time_s.notnull())
    minutes = (begun.time_s / 60).floor().cast("int64")
    counted = begun.mutate(minutes=minutes).group_by([*keys, "minutes", "time_done"])
    by_key: dict[Key, list[tuple[float, bool, float]]] = {}
    for row in counted.agg(count=lambda t: t.count()).to_pyarrow().to_pylist():
        item = (row["minutes"] * 60.0, row["time_done"] == 1, float(row["count"]))
        by_key.setdefault(_key(row, keys), []).append(item)
    return {
        key: curve(
            np.array([max(seconds, 0.0) for seconds, _, _ in items]),
            np.array([done for _, done, _ in items], bool),
            np.array([count for _, _, count in items]),
        )
        for key, items in by_key.items()
    }


def _median(lasted: Curve, opens: str) -> Figure:
    middle = lasted.quantile(0.5) or (None, None, None)
    return Figure(
        value=middle[0],
        low=middle[1],
        high=middle[2],
        known=lasted.happened,
        open=lasted.known - lasted.happened,
        opens=opens,
    )


def _figure(measure: Measure, row: Sums, where: Opening) -> Figure:
    path = _path(where, measure)
    return share(row, path) if measure in SHARES else mean(row, path, BOUNDS[measure])


def _path(where: Opening, measure: Measure) -> str:
    return where.model_copy(update={"measure": measure}).path


def _key(row: Mapping[str, Any], keys: Sequence[str]) -> Key:
    return tuple(row[key] for key in keys)


def _day(found: Any) -> date:  # noqa: ANN401 - engines give a date or a moment
    return found if type(found) is date else found.date()


def _label(factor: Factor | None, value: str | None, names: Mapping[str, str]) -> str:
    if factor is None or value is None:
        return "all contacts"
    if value == UNTOLD:
        return "not known"
    return names.get(value, value) if factor is Factor.THEME else value.replace("_", " ")
