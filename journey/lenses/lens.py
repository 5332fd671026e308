"""Which lenses there are, what each tells, and which decision it is for."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import yaml
from ibis.expr.types import Table

from domain.base import Record
from journey.lenses import members
from journey.lenses.tell import EXAMPLES, Row, tell
from journey.lenses.walk import BAD, Looked

WORDS = yaml.safe_load((Path(__file__).parent / "lenses.yaml").read_text(encoding="utf-8"))
NAMES: tuple[str, ...] = tuple(WORDS["lenses"])


class UnknownLensError(ValueError):
    """There is no such lens."""


class Told(Record):
    """What a lens says."""

    name: str
    title: str
    question: str
    decision: str
    """What to decide by it."""
    asked: str
    """What a share counts."""
    measured: str | None
    """What median and mean measure: ``seconds``, ``effort``, or nothing."""
    journeys: int
    """All that were looked at."""
    overall: float | None
    """Share of yes among them, where it can be held beside the rows."""
    rows: tuple[Row, ...]


def build(name: str, seen: Looked, stages: Sequence[str] = ()) -> Table:
    """Give the members of a lens.

    Raises
    ------
    UnknownLensError
        With the names that there are.
    """
    if name not in NAMES:
        raise UnknownLensError(f"there is no lens {name!r}; there are: {', '.join(NAMES)}")
    made: dict[str, Callable[[Looked], Table]] = {
        "funnel": partial(members.funnel, stages=stages or members.FUNNEL),
        "self_service": partial(members.self_service, attempts=WORDS["self_service"]),
    }
    return made.get(name, getattr(members, name))(seen)


def look(name: str, seen: Looked, stages: Sequence[str] = (), examples: int = EXAMPLES) -> Told:
    """Look through a lens.

    Parameters
    ----------
    name : str
        One of ``NAMES``.
    seen : Looked
    stages : sequence of str
        Of the funnel: activities in order.
    examples : int
        Journeys that are named with each row.

    Raises
    ------
    UnknownLensError
    """
    rows = build(name, seen, stages)
    words = WORDS["lenses"][name]
    size, overall = _overall(seen, words["beside"])
    found = tell(rows, size, overall, examples)
    if name == "funnel":
        found.sort(key=lambda row: int(row.key.split(" ", 1)[0]))
    if name == "drop_offs":
        found.sort(key=lambda row: (-row.hits, -row.journeys))
    if words["measured"] == "effort":
        # Of few journeys the mean says little: those with the most come first.
        found.sort(key=lambda row: (row.few, -row.journeys if row.few else -(row.mean or 0.0)))
    return Told(
        name=name, **{k: words[k] for k in _TOLD}, journeys=size, overall=overall, rows=tuple(found)
    )


_TOLD = ("title", "question", "decision", "asked", "measured")


def _overall(seen: Looked, beside: str | None) -> tuple[int, float | None]:
    held = seen.journeys
    lost = (held.ending != "open").ifelse(held.ending.isin(BAD).ifelse(1, 0), None)
    counts = held.agg(
        size=held.count(), bad=held.bad.cast("float64").mean(), lost=lost.cast("float64").mean()
    ).to_pyarrow()
    return counts["size"][0].as_py(), counts[beside][0].as_py() if beside else None


def behind(name: str, seen: Looked, key: str, stages: Sequence[str] = ()) -> list[str]:
    """Open a row: the ids of its journeys, in order of id.

    Raises
    ------
    UnknownLensError
    """
    rows = build(name, seen, stages)
    ids = rows.filter(rows.key == key).select("case_id").distinct()
    return sorted(ids.to_pyarrow()["case_id"].to_pylist())
