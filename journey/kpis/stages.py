"""In which stage of a journey definition each contact was."""

import ibis
from ibis.expr.types import Table

from journey.definitions.course import Course
from journey.definitions.definition import Definition
from journey.measures.ask import UNTOLD


def with_stages(contacts: Table, course: Course, definition: Definition) -> Table:
    """Give each prepared contact the stage that it fell into; ``UNTOLD`` outside of all.

    Parameters
    ----------
    contacts : Table
        Prepared.
    course : Course
        All journeys of the definition.
    definition : Definition
        Whose stages it names, numbered from 1 in their order.
    """
    there = course.steps.filter(
        (course.steps.kind == "contact") & course.steps.contact_id.notnull()
    ).select("journey", "contact_id", step="place")
    stays = course.visits.select(
        stay_of="journey", stage="stage", place="place", until="next_place"
    )
    inside = there.join(stays, [there.journey == stays.stay_of, there.step >= stays.place])
    inside = inside.filter(inside.until.isnull() | (inside.step < inside.until))
    # A contact of two journeys of one definition stands in the stage of the later one.
    found = inside.group_by(stage_of="contact_id").agg(number=inside.stage.max())
    joined = contacts.drop("stage").left_join(found, contacts.contact_id == found.stage_of)
    names = [f"{n + 1}. {stage.title}" for n, stage in enumerate(definition.stages)]
    told = ibis.cases(*((joined.number == n, name) for n, name in enumerate(names)), else_=UNTOLD)
    return joined.mutate(stage=told).drop("number", "stage_of")
