"""Results of analyses as flat lines, for CSV and Parquet."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import csv as arrow_csv
from pyarrow import parquet

from cli.console import fail
from journey.change.form import BeforeAfter, Difference
from journey.drivers.form import AvoidableContacts, Driver, Drivers, Estimate
from journey.kpis.form import Kpis, Part
from journey.measures.sums import Figure

Line = dict[str, Any]
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""With which a spreadsheet takes a text for a formula."""


def write_rows(rows: Sequence[Line], csv: Path | None, parquet_file: Path | None) -> None:
    """Write lines of one form."""
    table = pa.Table.from_pylist(list(rows))
    try:
        if csv is not None:
            arrow_csv.write_csv(pa.Table.from_pylist([_plain(row) for row in rows]), csv)
        if parquet_file is not None:
            parquet.write_table(table, parquet_file)
    except OSError as error:
        fail(f"cannot write {csv or parquet_file}: {error.strerror}")


def driver_lines(found: Drivers) -> list[Line]:
    """Give one line a driver."""
    return [_driver(row) for row in found.rows]


def avoidable_lines(found: AvoidableContacts) -> list[Line]:
    """Give one line a need and channel."""
    return [
        {
            **_driver(row.driver),
            "cost": row.cost,
            **_ends("saved", row.saved),
            "currency": found.currency,
            "decision": row.decision.value,
            "by_signal": row.by_signal,
            "why": row.why,
            "conversations": " ".join(quote.conversation_id for quote in row.quotes),
        }
        for row in found.rows
    ]


def kpi_lines(found: Kpis) -> list[Line]:
    """Give one line a part (or week) and measure."""
    return list(_kpi_lines(found))


def change_lines(found: BeforeAfter) -> list[Line]:
    """Give one line a comparison: the change, the control, the placebo dates, the strata."""
    lines = [_change("change", str(found.day), found.difference)]
    lines.append(_change("control", str(found.day), found.control))
    lines.append(_change("beyond_control", str(found.day), found.beyond_control))
    lines += [_change("placebo", str(p.day), p.difference) for p in found.placebos]
    for row in found.strata:
        gap = (row.after.value or 0.0) - (row.before.value or 0.0)
        line = _change("stratum", f"{row.need} · {row.channel}", None)
        lines.append(
            line
            | {"difference": gap, "before": row.before.value, "before_known": row.before.known}
            | {"after": row.after.value, "after_known": row.after.known, "weight": row.weight}
        )
    return lines


def _driver(row: Driver) -> Line:
    return {
        "what": row.label,
        "factors": " x ".join(level.factor.value for level in row.levels),
        "values": " x ".join(level.value for level in row.levels),
        "contacts": row.contacts,
        **_figure(row.rate),
        "usual": row.usual,
        **_ends("lift", row.lift),
        **_ends("avoidable", row.avoidable),
        "p": row.p,
        "mark": row.mark.value if row.mark else None,
    }


def _kpi_lines(found: Kpis) -> Iterator[Line]:
    for part in (found.whole, *found.parts):
        for measure, figure in part.figures.items():
            yield {**_part(part), "week": None, "measure": measure.value, **_figure(figure)}
    for measure, points in found.weeks.items():
        for point in points:
            told = {"week": point.week.isoformat(), "measure": measure.value}
            nobody: Line = dict.fromkeys(_part(found.whole))
            yield {**nobody, **told, **_figure(point.figure)}
    line: Line = dict.fromkeys(_part(found.whole))
    for milestone in found.milestones:
        of = milestone.duration
        yield {
            **line,
            "week": None,
            "measure": milestone.name,
            "value": of.median_s if of else None,
            "low": of.low_s if of else None,
            "high": of.high_s if of else None,
            "known": of.happened if of else 0,
            "yes": None,
            "open": of.known - of.happened if of else 0,
            "people": milestone.people,
            "opens": None,
        }


def _part(part: Part) -> Line:
    size = part.size
    return {
        "cut": part.factor.value if part.factor else None,
        "part": part.value,
        "contacts": size.contacts,
        "people_all": size.people,
        "journeys": size.journeys,
        "events": size.events,
    }


def _figure(figure: Figure) -> Line:
    return figure.model_dump()


def _ends(name: str, found: Estimate | None) -> Line:
    told = found.model_dump() if found else dict.fromkeys(("value", "low", "high"))
    return {name: told["value"], f"{name}_low": told["low"], f"{name}_high": told["high"]}


def _change(kind: str, what: str, found: Difference | None) -> Line:
    told = found.model_dump() if found else dict.fromkeys(("value", "low", "high"))
    rest = ("before", "before_known", "after", "after_known", "weight")
    line = {"kind": kind, "what": what, "difference": told["value"]}
    return line | {"low": told["low"], "high": told["high"]} | dict.fromkeys(rest)


def _plain(row: Line) -> Line:
    def safe(value: Any) -> Any:  # noqa: ANN401
        return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value

    return {name: safe(value) for name, value in row.items()}
