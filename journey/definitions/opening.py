"""Which journeys stand behind a number. What a map counts is counted on the same tables."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import ibis
import pyarrow as pa
from ibis.expr.types import StringValue, Table

from journey.definitions.definition import Definition
from journey.definitions.followed import SIGNS, Followed, Told, listed
from journey.definitions.form import Ask, Number, Period
from journey.definitions.windows import How

Place = tuple[datetime, str]
ALL = "all"
"""The mark that every journey has."""


class UnknownAskError(ValueError):
    """The definition has no such stage or measure."""


@dataclass(frozen=True)
class Ran:
    """A definition, and the journeys that it found; the engine that holds them must be open."""

    definition: Definition
    period: Period
    as_of: datetime | None
    told: Told

    @cached_property
    def stages(self) -> dict[str, int]:
        """Number of each stage."""
        return {stage.id: n for n, stage in enumerate(self.definition.stages)}

    @cached_property
    def marks(self) -> Table:
        """Of each journey all that a number can ask of it: ``journey`` and ``mark``, each once."""
        return marks(self.told, self.definition)

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many journeys have each mark."""
        counted = self.marks.group_by("mark").agg(journeys=lambda t: t.count())
        rows = counted.to_pyarrow().to_pylist()
        return {row["mark"]: row["journeys"] for row in rows}

    def number(self, ask: Ask) -> Number:
        """Count the journeys behind a number that asks for one thing."""
        self._check(ask)
        (mark,) = self._asked(ask) or [ALL]
        return Number(
            journeys=self.counts.get(mark, 0),
            ask=ask,
            opens=self.period.path(self.definition.id, ask),
        )

    def chosen(
        self, ask: Ask, limit: int | None = None, after: Place | None = None
    ) -> list[Followed]:
        """Find the journeys behind a number, in the order they opened.

        Parameters
        ----------
        limit : int, optional
            At most so many.
        after : tuple of datetime and str, optional
            Where the page before ended: when its last journey opened, without zone, and its id.

        Raises
        ------
        UnknownAskError
            If the definition has no such stage or measure.
        """
        self._check(ask)
        found = self.told.journeys
        for mark in self._asked(ask):
            found = found.semi_join(self.marks.filter(self.marks.mark == mark), "journey")
        if after is not None:
            moment = ibis.literal(after[0])
            later = (found.opened_at == moment) & (found.journey > after[1])
            found = found.filter((found.opened_at > moment) | later)
        if limit is not None:
            found = found.order_by("opened_at", "journey").limit(limit)
        return listed(self.told, found)

    def first_of(self, asks: Iterable[Ask], limit: int) -> dict[Ask, list[Followed]]:
        """Find the first journeys behind several numbers, each of which asks for one thing."""
        wanted = {(self._asked(ask) or [ALL])[0]: ask for ask in asks}
        held = self.marks.filter(self.marks.mark.isin(list(wanted)))
        opened = self.told.journeys.select("journey", "opened_at")
        held = held.join(opened, "journey")
        place = ibis.row_number().over(group_by="mark", order_by=["opened_at", "journey"])
        first = held.mutate(place=place).filter(lambda t: t.place < limit)
        rows = first.order_by("mark", "place").select("mark", "journey").to_pyarrow().to_pylist()
        ids = ibis.memtable(pa.table({"journey": sorted({row["journey"] for row in rows})}))
        every = self.told.journeys.semi_join(ids, "journey") if rows else self.told.journeys
        told = {one.id: one for one in listed(self.told, every)} if rows else {}
        found: dict[Ask, list[Followed]] = {ask: [] for ask in wanted.values()}
        for row in rows:
            found[wanted[row["mark"]]].append(told[row["journey"]])
        return found

    def _check(self, ask: Ask) -> None:
        if ask.stage is not None and ask.stage not in self.stages:
            raise UnknownAskError(f"stage: there is no stage {ask.stage}")
        if ask.to is not None and ask.to not in (*self.stages, *How):
            raise UnknownAskError(f"next: there is no stage {ask.to}")
        if ask.sign is not None and ask.sign not in SIGNS:
            raise UnknownAskError(f"sign: there is no sign {ask.sign}")
        if ask.measure is not None and ask.measure not in {m.id for m in self.definition.measures}:
            raise UnknownAskError(f"measure: there is no measure {ask.measure}")
        alone = {"next": ask.to, "sign": ask.sign, "need": ask.need, "back": ask.back or None}
        needless = next((name for name, given in alone.items() if given is not None), None)
        if ask.stage is None and needless is not None:
            raise UnknownAskError(f"{needless}: goes with a stage")
        if ask.state is not None and ask.measure is None:
            raise UnknownAskError("state: goes with a measure")

    def _asked(self, ask: Ask) -> list[str]:
        """Give the marks that a journey must have."""
        found = [] if ask.how is None else [f"how:{ask.how}"]
        if ask.measure is not None:
            mean = next(m.mean for m in self.definition.measures if m.id == ask.measure)
            # What is a number has no state: whatever it says opens it.
            stated = ask.state is not None and mean is None
            found.append(f"said:{ask.measure}:{ask.state if stated else ''}")
        if ask.stage is None:
            return found
        stage = self.stages[ask.stage]
        within = [
            f"sign:{stage}:{ask.sign}" if ask.sign else "",
            f"need:{stage}:{ask.need}" if ask.need else "",
            f"back:{stage}" if ask.back else "",
            f"to:{stage}:{self.stages.get(ask.to, ask.to)}" if ask.to else "",
        ]
        return [*found, *(list(filter(None, within)) or [f"stage:{stage}"])]


def marks(told: Told, definition: Definition) -> Table:
    """Tell of each journey all that a number can ask of it."""
    journeys, parts, stays, needs = told.journeys, told.parts, told.stays, told.needs

    def each(table: Table, *words: str | StringValue) -> Table:
        first, *rest = (ibis.literal(word) if isinstance(word, str) else word for word in words)
        return table.select("journey", mark=first.concat(*rest) if rest else first)

    def stage(table: Table) -> StringValue:
        return table.stage.cast("string")

    found = [
        each(journeys, ALL),
        each(journeys, "how:", journeys.how),
        each(parts, "stage:", stage(parts)),
        each(needs, "need:", stage(needs), ":", needs.need),
        each(stays, "to:", stage(stays), ":", stays.to).distinct(),
        each(back := stays.filter(stays.back), "back:", stage(back)).distinct(),
    ]
    found += [
        each(shown := parts.filter(parts[sign]), "sign:", stage(shown), f":{sign}")
        for sign in SIGNS
    ]
    for measure in definition.measures:
        said = journeys[f"m_{measure.id}"]
        known = journeys.filter(said.notnull())
        found.append(each(known, f"said:{measure.id}:"))
        if measure.mean is None:
            found.append(each(known, f"said:{measure.id}:", known[f"m_{measure.id}"]))
    # A union takes columns of one type only, down to whether they may be null.
    alike = ibis.schema({"journey": "string", "mark": "string"})
    return ibis.union(*(table.cast(alike) for table in found))
