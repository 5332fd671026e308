"""Cases are cut into journeys by start, end and time-out; what is not over yet stays open."""

from datetime import datetime, timedelta

import pytest

from journey.definitions.windows import Edge, How, Window, windows

DAY = timedelta(days=1)
START = datetime(2026, 3, 2)


def cut(told: str, *, days: int = 10, until: int = 100, once: bool = False) -> list[Window]:
    """Cut one case: ``s0 e3`` starts on day 0 and ends on day 3."""
    edges = [
        Edge("c", place, START + int(part[1:]) * DAY, part[0] in "sb", part[0] in "eb")
        for place, part in enumerate(told.split())
    ]
    return list(windows(edges, days * DAY, START + until * DAY, once=once))


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        ("s0 e3", [(How.ENDED, 0, 1)]),
        ("s0", [(How.LEFT, 0, None)]),
        ("s0 e11", [(How.LEFT, 0, None)]),
        ("s0 e10", [(How.ENDED, 0, 1)]),
        ("e0 s1 e2", [(How.ENDED, 1, 2)]),
        ("s0 s1 e2", [(How.ENDED, 0, 2)]),
        ("s0 e1 e2 s3 e4", [(How.ENDED, 0, 1), (How.ENDED, 3, 4)]),
        ("s0 s12 e13", [(How.LEFT, 0, None), (How.ENDED, 1, 2)]),
        ("s0 e11 s20 e21", [(How.LEFT, 0, None), (How.ENDED, 2, 3)]),
        ("b0 b1", [(How.ENDED, 0, 1)]),
        ("e0", []),
        ("s95", [(How.OPEN, 0, None)]),
    ],
)
def test_cases_are_cut(told: str, wanted: list[tuple[How, int, int | None]]) -> None:
    found = cut(told)
    assert [(w.how, w.first_place) for w in found] == [(how, first) for how, first, _ in wanted]
    ends = [last for how, _, last in wanted if how is How.ENDED]
    assert [w.last_place for w in found if w.how is How.ENDED] == ends


def test_a_case_has_one_journey_where_that_is_asked() -> None:
    assert len(cut("s0 e1 s3 e4", once=True)) == 1
    assert [w.journey for w in cut("s0 e1 s3 e4")] == ["c", "c#2"]
