"""The map counts what happened, every number opens to it, and what is not over is never a no."""

from collections.abc import Iterator

import pytest

from domain.outcome import OutcomeState
from journey.definitions.form import Ask, Map, Number, Period, Standing
from journey.definitions.map import map_of, run
from journey.definitions.opening import Ran, UnknownAskError
from journey.definitions.page import render
from journey.definitions.read import check
from journey.definitions.windows import How
from journey.events.registry import meanings
from tests.journey.definitions.made import GIVEN, mart_of, ran

CASES = {
    # Settled at once; asked again and handed up; left; begun too late to be over; no journey.
    "a": [(0, "contact:chat/delivery_problem/0.5/no"), (2, "outcome:resolved")],
    "b": [
        (0, "contact:email/delivery_problem/-0.5/yes"),
        (30, "contact:call/service_complaint/-0.9/no"),
        (31, "handover:escalation"),
        (40, "contact:chat"),
        (100, "order_delivered"),
    ],
    "c": [(5, "contact:call/delivery_problem/-0.6/open"), (2000, "contact:chat/how_to")],
    "d": [(1990, "contact:chat/delivery_problem/0.1/open")],
    "e": [(7, "contact:chat/how_to/0.0/no")],
}


@pytest.fixture(scope="module")
def told() -> Iterator[Ran]:
    with ran(CASES) as found:
        yield found


def numbers(value: object) -> Iterator[Number]:
    if isinstance(value, Number):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from numbers(one)
    elif isinstance(value, tuple):
        for one in value:
            yield from numbers(one)
    elif hasattr(value, "model_fields_set"):
        for name in type(value).model_fields:  # type: ignore[attr-defined]
            yield from numbers(getattr(value, name))


def test_stages_volume_and_exits_are_those_of_the_journeys(told: Ran) -> None:
    found = map_of(told)
    asked, again, up = found.stages
    assert [j.id for j in told.chosen(Ask())] == ["a", "b", "c", "d"]
    assert {how: n.journeys for how, n in found.closed.items()} == {
        How.ENDED: 2,
        How.LEFT: 1,
        How.OPEN: 1,
    }
    assert [s.reached.journeys for s in found.stages] == [4, 1, 1]
    assert [s.contacts for s in found.stages] == [4, 2, 0]
    assert [s.exits.journeys for s in found.stages] == [1, 0, 0]
    assert [s.open.journeys for s in found.stages] == [1, 0, 0]
    assert [s.back.journeys for s in found.stages] == [0, 1, 0]
    assert asked.mood.value == pytest.approx((0.5 - 0.5 - 0.6 + 0.1) / 4)
    assert again.mood.value == pytest.approx(-0.9)
    assert asked.hours == pytest.approx((2 + 30) / 2), "stays that go on are left out"
    assert up.hours == pytest.approx(9)


def test_moves_tell_where_journeys_went_and_how_they_closed(told: Ran) -> None:
    moves = {(m.source, m.target): m.behind.journeys for m in map_of(told).moves}
    assert moves == {
        ("asked", "ended"): 1,
        ("asked", "again"): 1,
        ("again", "up"): 1,
        ("up", "again"): 1,
        ("again", "ended"): 1,
        ("asked", "left"): 1,
        ("asked", "open"): 1,
    }


def test_what_is_not_over_is_open_and_in_no_share(told: Ran) -> None:
    measures = {m.id: m for m in map_of(told).measures}
    soon, repeat = measures["soon"], measures["repeat"]
    states = [n.journeys for n in (soon.yes, soon.no, soon.open) if n]
    assert states == [1, 2, 1], "a within three days, b later, c left; d goes on"
    assert soon.estimate.value == pytest.approx(1 / 3)
    states = [n.journeys for n in (repeat.yes, repeat.no, repeat.open) if n]
    assert states == [1, 1, 2]
    assert measures["hours"].estimate.value == pytest.approx((2 + 100) / 2)


def test_a_guardrail_is_broken_only_beyond_its_interval() -> None:
    many = {f"j{n}": CASES["b"] for n in range(40)}
    with ran(many) as found:
        limits = {m.id: m.standing for m in map_of(found).measures}
    assert limits["repeat"] is Standing.BROKEN
    assert limits["up"] is Standing.UNSURE
    assert limits["soon"] is None, "a measure of success without a limit is only told"


def test_every_number_opens_to_as_many_journeys_as_it_says(told: Ran) -> None:
    found = list(numbers(map_of(told)))
    assert len(found) > 30
    first = told.first_of([number.ask for number in found], 2)
    for number in found:
        behind = told.chosen(number.ask)
        assert len(behind) == number.journeys
        assert first[number.ask] == behind[:2]
        assert number.opens.startswith("/v1/journey-definitions/parcel/journeys")


def test_a_sign_stands_out_where_it_is_more_frequent_than_elsewhere() -> None:
    calm = {f"a{n}": CASES["a"] for n in range(30)}
    angry = {f"b{n}": CASES["b"] for n in range(30)}
    with ran(calm | angry) as told:
        pains = {(p.stage, p.sign): p for p in map_of(told).pains}
    assert pains["again", "bad_mood"].stands_out
    assert not pains["asked", "bad_mood"].stands_out
    assert ("up", "handed_on") not in pains, "a stage's own rule tells nothing"


def test_asking_for_what_is_not_there_is_refused(told: Ran) -> None:
    for ask in (Ask(stage="no"), Ask(measure="no"), Ask(to="up"), Ask(state=OutcomeState.YES)):
        with pytest.raises(UnknownAskError):
            told.chosen(ask)


def test_nothing_is_told_in_plain_words() -> None:
    with ran({}) as empty:
        found = map_of(empty)
        assert found.journeys.journeys == 0
        assert found.as_of is None
        assert "No journey begins" in render(empty, found)


def test_along_customers_events_without_a_contact_count(told: Ran) -> None:
    given = GIVEN | {
        "along": "customer",
        "start": {"event": "account_created"},
        "end": {"event": "order_placed"},
        "stages": [
            {"id": "new", "title": "New"},
            {"id": "stuck", "title": "Stuck", "enter": {"marks": "failed"}},
        ],
        "success": [],
        "guardrails": [],
    }
    happened = [
        ("p", 0, "account_created"),
        ("p", 1, "login_failed"),
        ("p", 2, "order_placed"),
        ("p", 500, "account_created"),
        ("q", 3, "order_placed"),
    ]
    with mart_of({}, happened) as made:
        found = run(made, check(given), meanings(), Period()).chosen(Ask())
    assert [(j.id, j.how, j.path) for j in found] == [
        ("p", How.ENDED, (0, 1)),
        ("p#2", How.OPEN, (0,)),
    ]


def test_the_page_stands_alone_and_opens_its_numbers(told: Ran) -> None:
    found: Map = map_of(told)
    page = render(told, found)
    assert "<script" not in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    for mark in {part.split('"')[0] for part in page.split('href="#')[1:]}:
        assert f'id="{mark}"' in page
    assert "cnv_" not in page, "the page lists journeys; contacts are read there"
