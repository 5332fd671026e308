"""Names that mean the same are suggested by their words and their places; a person decides."""

from datetime import UTC, datetime, timedelta

import pytest

from journey.events.alike import by_name
from journey.events.places import places
from journey.events.repair import repaired, repairs
from journey.events.suggest import Seen, Suggestion, Why, suggest
from journey.mart import Mart
from tests.journey.definitions.made import mart_of

START = datetime(2026, 3, 1, tzinfo=UTC)
RESETS = ("password_reset", "pwd_reset_done", "credential_renewal")


def seen(
    name: str, *, events: int = 40, days: tuple[int, int] = (0, 90), known: bool = False
) -> Seen:
    first, last = (START + timedelta(days=day) for day in days)
    return Seen(name=name, events=events, first_at=first, last_at=last, known=known)


def told(made: Mart, names: list[Seen], *no: tuple[str, str]) -> dict[str, Suggestion]:
    assert made.events is not None
    return {s.alias: s for s in suggest(names, places(made.events), no)}


def logged() -> list[tuple[str, float, str]]:
    """Give customers who fail to log in, reset the password in one of three words, and are in."""
    return [
        (f"p{n}", hours, name)
        for n in range(60)
        for hours, name in enumerate(
            ("login_failed", RESETS[n % 3], "logged_in", "page_viewed", "order_placed")
        )
    ]


def test_one_thing_logged_three_ways_is_suggested_as_one() -> None:
    # The third name shares no word: it is found where it took over, in the same place.
    names = [
        seen("password_reset", events=20, known=True, days=(0, 40)),
        seen("pwd_reset_done", events=20),
        seen("credential_renewal", events=20, days=(42, 90)),
        *(seen(name, events=60, known=True) for name in ("login_failed", "logged_in")),
        *(seen(name, events=60, known=True) for name in ("page_viewed", "order_placed")),
    ]
    with mart_of({}, logged()) as made:
        found = told(made, names)
        assert {alias: s.name for alias, s in found.items()} == {
            "pwd_reset_done": "password_reset",
            "credential_renewal": "password_reset",
        }
        assert Why.NAME in found["pwd_reset_done"].why
        assert Why.PLACE in found["pwd_reset_done"].why
        assert Why.DRIFT in found["credential_renewal"].why
        rejected = told(made, names, ("pwd_reset_done", "password_reset"))
        assert "pwd_reset_done" not in rejected


def test_names_of_the_registry_are_never_suggested_for_each_other() -> None:
    names = [seen("order_cancelled", known=True), seen("booking_cancelled", known=True)]
    with mart_of({}, logged()) as made:
        assert not told(made, names)


def test_steps_that_follow_each_other_are_not_one_step() -> None:
    happened = [
        (f"p{n}", hours, name)
        for n in range(30)
        for hours, name in enumerate(("begin", "payment_shown", "payment_sent", "finish"))
    ]
    names = [seen("payment_shown"), seen("payment_sent")]
    with mart_of({}, happened) as made:
        assert not told(made, names)


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("password_reset", "reset_password", True),
        ("password_reset", "PwdReset", False),
        ("help_searched", "search_help", True),
        ("order_placed", "order_cancelled", False),
        ("refund_issued", "refund_isued", True),
        ("logged_in", "logged_out", False),
    ],
)
def test_words_count_not_their_order_or_ending(one: str, other: str, alike: bool) -> None:
    assert (by_name(one, other) >= 0.6) is alike
    assert by_name(one, other) == by_name(other, one)


def test_time_order_and_doubles_are_mended_and_counted() -> None:
    happened = [
        ("p", 0.0, "logged_in"),
        ("p", 1 / 3600, "logged_in"),  # a second later: logged twice
        ("p", 1.0, "page_viewed"),
        ("p", 1.0, "order_placed"),
        ("q", 0.0, "logged_in"),
    ]
    with mart_of({}, happened) as made:
        assert made.events is not None
        early = made.events.name == "order_placed"
        hour = timedelta(hours=1)
        moved = made.events.mutate(
            # Says to happen an hour after it was received.
            at=early.ifelse(made.events["at"] + hour, made.events["at"]),
            identity_id=(made.events.identity_id == "q").ifelse(None, made.events.identity_id),
        )
        found = repairs(moved)
        assert (found.events, found.future, found.doubled, found.nobodys) == (5, 1, 1, 1)
        rows = repaired(moved).to_pyarrow().to_pylist()
        assert len(rows) == 4
        mended = next(row for row in rows if row["name"] == "order_placed")
        assert mended["at"] == mended["received_at"]


def test_what_came_in_late_is_counted() -> None:
    with mart_of({}, [("p", 0, "a"), ("p", 1, "b"), ("p", 2, "c")]) as made:
        assert made.events is not None
        assert repairs(made.events).reordered == 0
        first = made.events.name == "a"
        later = made.events.received_at + timedelta(hours=9)
        moved = made.events.mutate(received_at=first.ifelse(later, made.events.received_at))
        assert repairs(moved).reordered == 1
