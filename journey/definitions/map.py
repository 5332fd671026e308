"""The map of a definition: stage by stage volume, mood, pain points and exits."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from ibis.expr.types import Table

from domain.outcome import OutcomeState
from journey.definitions.course import Course, follow
from journey.definitions.definition import Definition, Measure
from journey.definitions.followed import followed
from journey.definitions.form import (
    Ask,
    Map,
    MeasureFigures,
    Move,
    NeedCount,
    Pain,
    Period,
    StageFigures,
)
from journey.definitions.measured import mean_of, share_of, standing
from journey.definitions.opening import Ran
from journey.definitions.pains import pains
from journey.definitions.windows import How
from journey.events.registry import Meaning
from journey.mart import Mart

TOP_NEEDS = 3
Row = dict[str, Any]


def run(mart: Mart, definition: Definition, meanings: Mapping[str, Meaning], period: Period) -> Ran:
    """Find the journeys of a definition.

    Parameters
    ----------
    mart : Mart
        With events, where the definition goes along customers. It must be open as long as the
        journeys are looked at.
    meanings : mapping of str to Meaning
        Of canonical event names.
    period : Period
        What the mart was narrowed to; stands in the addresses of the figures.
    """
    return ran_of(follow(mart, definition, meanings), mart, definition, meanings, period)


def ran_of(
    course: Course,
    mart: Mart,
    definition: Definition,
    meanings: Mapping[str, Meaning],
    period: Period,
) -> Ran:
    """Read the journeys of a course that was followed already."""
    as_of = None if course.as_of is None else course.as_of.replace(tzinfo=UTC)
    return Ran(definition, period, as_of, followed(course, mart, definition, meanings))


@dataclass(frozen=True)
class _Counts:
    """What is counted by stage; stages that nobody reached are left out."""

    stages: Mapping[int, Row]
    stays: Mapping[int, Row]
    moves: list[Row]
    needs: Mapping[int, list[Row]]


def map_of(ran: Ran) -> Map:
    """Tell of a definition's journeys, stage by stage."""
    pained = pains(ran)
    definition, journeys = ran.definition, ran.told.journeys
    counts = _count(ran)
    talks = ran.told.facts.filter(ran.told.facts.kind == "contact")
    return Map(
        definition=definition.id,
        title=definition.title,
        description=definition.description.strip(),
        version=definition.version,
        along=definition.along,
        timeout_days=definition.timeout_days,
        period=ran.period,
        as_of=ran.as_of,
        journeys=ran.number(Ask()),
        people=journeys.identity_id.nunique().to_pyarrow().as_py(),
        contacts=talks.contact_id.nunique().to_pyarrow().as_py(),
        closed={how: ran.number(Ask(how=how)) for how in How},
        stages=tuple(_stage(ran, n, counts, pained) for n in range(len(definition.stages))),
        moves=_moves(ran, counts),
        measures=tuple(
            _measure(ran, measure, guardrail=measure in definition.guardrails)
            for measure in definition.measures
        ),
        pains=tuple(sorted(pained, key=lambda p: (not p.stands_out, -p.excess, p.stage))),
    )


def _n(table: Table) -> Any:  # noqa: ANN401
    return table.count()


def _rows(table: Table) -> list[Row]:
    return list(table.to_pyarrow().to_pylist())


def _count(ran: Ran) -> _Counts:
    told = ran.told
    owned = told.parts.join(told.journeys.select("journey", "identity_id", "how"), "journey")
    went = owned.group_by("stage").agg(
        people=owned.identity_id.nunique(), settled=(owned.how != How.OPEN).sum()
    )
    facts = told.facts
    talk = facts.kind == "contact"
    means = {
        f"{name}_{of}": getattr(facts[name], of)(where=talk)
        for name in ("sentiment", "satisfaction")
        for of in ("count", "mean", "std")
    }
    talks = facts.group_by("stage").agg(contacts=facts.contact_id.nunique(where=talk), **means)
    stays = told.stays
    stayed = stays.group_by("stage").agg(stays=_n, seconds=stays.seconds.median())
    moves = stays.group_by("stage", "to").agg(moves=_n)
    needs: dict[int, list[Row]] = {}
    for row in _rows(told.needs.group_by("stage", "need").agg(journeys=_n)):
        needs.setdefault(row["stage"], []).append(row)
    stages = went.left_join(talks, "stage").drop("stage_right")
    return _Counts(
        stages={row["stage"]: row for row in _rows(stages)},
        stays={row["stage"]: row for row in _rows(stayed)},
        moves=_rows(moves),
        needs=needs,
    )


def _stage(ran: Ran, number: int, counts: _Counts, told: list[Pain]) -> StageFigures:
    stage = ran.definition.stages[number]
    went, stayed = counts.stages.get(number, {}), counts.stays.get(number, {})
    reached, seconds = ran.number(Ask(stage=stage.id)), stayed.get("seconds")
    exits = ran.number(Ask(stage=stage.id, to=How.LEFT))
    pained = (pain for pain in told if pain.stage == stage.id)
    return StageFigures(
        id=stage.id,
        title=stage.title,
        decision=stage.decision,
        reached=reached,
        share=share_of(reached.journeys, ran.number(Ask()).journeys),
        people=went.get("people", 0),
        contacts=went.get("contacts") or 0,
        stays=stayed.get("stays", 0),
        back=ran.number(Ask(stage=stage.id, back=True)),
        mood=_mean(went, "sentiment"),
        satisfaction=_mean(went, "satisfaction"),
        hours=None if seconds is None else seconds / 3600,
        exits=exits,
        exit_share=share_of(exits.journeys, went.get("settled", 0)),
        open=ran.number(Ask(stage=stage.id, to=How.OPEN)),
        needs=_needs(ran, stage.id, counts.needs.get(number, [])),
        pains=tuple(sorted(pained, key=lambda p: (not p.stands_out, -p.excess))),
    )


def _mean(row: Row, name: str) -> Any:  # noqa: ANN401
    known = row.get(f"{name}_count") or 0
    return mean_of(known, row.get(f"{name}_mean"), row.get(f"{name}_std"))


def _needs(ran: Ran, stage: str, rows: list[Row]) -> tuple[NeedCount, ...]:
    top = sorted(rows, key=lambda row: (-row["journeys"], row["need"]))[:TOP_NEEDS]
    return tuple(
        NeedCount(need=row["need"], behind=ran.number(Ask(stage=stage, need=row["need"])))
        for row in top
    )


def _moves(ran: Ran, counts: _Counts) -> tuple[Move, ...]:
    stages = ran.definition.stages
    found = []
    for row in counts.moves:
        source = stages[row["stage"]].id
        target = stages[int(row["to"])].id if row["to"].isdigit() else row["to"]
        behind = ran.number(Ask(stage=source, to=target))
        move = Move(source=source, target=target, moves=row["moves"], behind=behind)
        found.append((-move.moves, row["stage"], target, move))
    return tuple(move for *_, move in sorted(found, key=lambda one: one[:3]))


def _measure(ran: Ran, measure: Measure, *, guardrail: bool) -> MeasureFigures:
    states = {}
    said = ran.told.journeys[f"m_{measure.id}"]
    if measure.mean is not None:
        figures = {"known": said.count(), "mean": said.mean(), "std": said.std()}
        (row,) = _rows(ran.told.journeys.aggregate(**figures))
        estimate = mean_of(row["known"], row["mean"], row["std"])
    else:
        states = {s: ran.number(Ask(measure=measure.id, state=s)) for s in OutcomeState}
        yes, no = states[OutcomeState.YES].journeys, states[OutcomeState.NO].journeys
        estimate = share_of(yes, yes + no)
    return MeasureFigures(
        id=measure.id,
        title=measure.title,
        unit="share" if measure.share else "mean",
        guardrail=guardrail,
        estimate=estimate,
        yes=states.get(OutcomeState.YES),
        no=states.get(OutcomeState.NO),
        open=states.get(OutcomeState.OPEN),
        known=ran.number(Ask(measure=measure.id)),
        at_least=measure.at_least,
        at_most=measure.at_most,
        standing=standing(estimate, measure),
    )
