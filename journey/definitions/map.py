"""The map of a definition: stage by stage volume, mood, pain points and exits."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC
from statistics import median

from domain.outcome import OutcomeState
from journey.definitions.course import Course, follow
from journey.definitions.definition import Definition, Measure
from journey.definitions.followed import Followed, followed
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
from journey.definitions.measured import mean_of, share_of, standing, value
from journey.definitions.opening import Ran
from journey.definitions.pains import pains
from journey.definitions.windows import How
from journey.events.registry import Meaning
from journey.mart import Mart

TOP_NEEDS = 3


def run(mart: Mart, definition: Definition, meanings: Mapping[str, Meaning], period: Period) -> Ran:
    """Find the journeys of a definition.

    Parameters
    ----------
    mart : Mart
        With events, where the definition goes along customers.
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
    return Ran(definition, period, as_of, followed(course, mart, meanings))


def map_of(ran: Ran) -> Map:
    """Tell of a definition's journeys, stage by stage."""
    told = pains(ran)
    definition = ran.definition
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
        people=_people(ran.journeys),
        contacts=len({c["contact_id"] for journey in ran.journeys for c in journey.contacts}),
        closed={how: ran.number(Ask(how=how)) for how in How},
        stages=tuple(_stage(ran, n, told) for n in range(len(definition.stages))),
        moves=_moves(ran),
        measures=tuple(
            _measure(ran, measure, guardrail=measure in definition.guardrails)
            for measure in definition.measures
        ),
        pains=tuple(sorted(told, key=lambda p: (not p.stands_out, -p.excess, p.stage))),
    )


def _stage(ran: Ran, number: int, told: list[Pain]) -> StageFigures:
    stage = ran.definition.stages[number]
    here = ran.chosen(Ask(stage=stage.id))
    parts = [journey.parts[number] for journey in here]
    stays = [(j, s) for j in here for s in j.stays if s.stage == number]
    over = [(s.left_at - s.entered_at).total_seconds() for j, s in stays if _left(j, s.place)]
    exits = ran.number(Ask(stage=stage.id, to=How.LEFT))
    settled = [journey for journey in here if journey.how is not How.OPEN]
    return StageFigures(
        id=stage.id,
        title=stage.title,
        decision=stage.decision,
        reached=ran.number(Ask(stage=stage.id)),
        share=share_of(len(here), len(ran.journeys)),
        people=_people(here),
        contacts=len({id_ for part in parts for id_ in part.contacts}),
        stays=len(stays),
        back=ran.number(Ask(stage=stage.id, back=True)),
        mood=mean_of([x for part in parts for x in part.sentiments]),
        satisfaction=mean_of([x for part in parts for x in part.satisfactions]),
        hours=median(over) / 3600 if over else None,
        exits=exits,
        exit_share=share_of(exits.journeys, len(settled)),
        open=ran.number(Ask(stage=stage.id, to=How.OPEN)),
        needs=_needs(ran, number, here),
        pains=tuple(
            sorted(
                (pain for pain in told if pain.stage == stage.id),
                key=lambda p: (not p.stands_out, -p.excess),
            )
        ),
    )


def _left(journey: Followed, place: int) -> bool:
    """Tell whether a stay is over: the journey went on from it, or ended in it."""
    return journey.how is How.ENDED or place != journey.stays[-1].place


def _needs(ran: Ran, number: int, here: list[Followed]) -> tuple[NeedCount, ...]:
    counts = Counter(need for journey in here for need in journey.parts[number].needs)
    top = sorted(counts, key=lambda need: (-counts[need], need))[:TOP_NEEDS]
    stage = ran.definition.stages[number].id
    return tuple(
        NeedCount(need=need, behind=ran.number(Ask(stage=stage, need=need))) for need in top
    )


def _moves(ran: Ran) -> tuple[Move, ...]:
    counts = Counter(move for journey in ran.journeys for move in ran.moves(journey))
    stages = ran.definition.stages
    return tuple(
        Move(
            source=stages[source].id,
            target=target,
            moves=count,
            behind=ran.number(Ask(stage=stages[source].id, to=target)),
        )
        for (source, target), count in sorted(counts.items(), key=lambda m: (-m[1], m[0]))
    )


def _measure(ran: Ran, measure: Measure, *, guardrail: bool) -> MeasureFigures:
    states = {}
    if measure.mean is not None:
        told = (value(journey, measure) for journey in ran.journeys)
        estimate = mean_of([x for x in told if x is not None])
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


def _people(journeys: list[Followed]) -> int:
    return len({journey.identity_id for journey in journeys if journey.identity_id})
