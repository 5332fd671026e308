"""Repeat contact is recomputed for any window, and open while a window lasts."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from domain.journey import Built, Contact, Issue, Join
from domain.outcome import Outcome, OutcomeKind, OutcomeState
from journey.repeat import repeat_contacts

Make = Callable[..., Contact]
Build = Callable[..., Built]


def one_issue(*contacts: Contact) -> Issue:
    joins = tuple(
        Join(conversation_id=c.conversation.id, previous_id=None, probability=1) for c in contacts
    )
    return Issue(id="iss_1", identity_id="idn_1", joins=joins)


def states(contacts: list[Contact], hours: float, now: datetime) -> list[str]:
    found = repeat_contacts([one_issue(*contacts)], contacts, hours, now)
    return [found[c.conversation.id].state.value for c in contacts]


@pytest.fixture
def pair(contact: Make) -> list[Contact]:
    """Settled after 10 h; back 40 h after that; settled for good after 2 h more."""
    return [
        contact("1", 0, status=[(0, "new"), (10, "solved")]),
        contact("2", 50, status=[(0, "new"), (2, "solved")]),
    ]


@pytest.mark.parametrize(
    ("hours", "expected"),
    [(24, ["no", "no"]), (72, ["yes", "no"]), (168, ["yes", "no"]), (336, ["yes", "no"])],
)
def test_the_window_runs_from_the_settling(
    pair: list[Contact], hours: float, expected: list[str]
) -> None:
    long_after = pair[1].conversation.started_at + timedelta(days=60)
    assert states(pair, hours, long_after) == expected


def test_a_window_that_lasts_is_open_not_no(pair: list[Contact]) -> None:
    end = pair[1].conversation.started_at + timedelta(hours=2)
    assert states(pair, 72, end + timedelta(hours=71)) == ["yes", "open"]
    assert states(pair, 72, end + timedelta(hours=72)) == ["yes", "no"]


def test_who_comes_back_before_the_end_has_come_back(contact: Make) -> None:
    ticket = contact("1", 0, status=[(0, "new"), (200, "solved")])
    call = contact("2", 100, channel="call")
    now = ticket.conversation.started_at + timedelta(days=60)
    assert states([ticket, call], 24, now)[0] == "yes"


def test_silence_ends_a_contact_that_nobody_closed(contact: Make) -> None:
    chat = contact("1", 0, [("customer", 0, "hello?"), ("agent", 1, "hi")])
    start = chat.conversation.started_at
    assert states([chat], 24, start + timedelta(hours=50)) == ["open"]  # not silent for 72 h
    assert states([chat], 24, start + timedelta(hours=74)) == ["no"]


def test_a_reopened_contact_ends_when_it_was_settled_last(contact: Make) -> None:
    status = [(0, "new"), (5, "solved"), (30, "open"), (100, "solved"), (400, "closed")]
    ticket, call = contact("1", 0, status=status), contact("2", 120, channel="call")
    now = ticket.conversation.started_at + timedelta(days=60)
    assert states([ticket, call], 24, now)[0] == "yes"


def test_all_windows_stand_side_by_side(contact: Make, built: Build) -> None:
    me = ["email:anna.adler@post.example"]
    said = [("customer", 0.0, "still no hinges, order 77120345, I wrote to you")]
    first = contact("1", 0, said, shows=me, status=[(0, "new"), (10, "solved")])
    second = contact("2", 50, said, shows=me, status=[(0, "new"), (1, "solved")])
    result = built([first, second])
    of_contact = _repeats(result.contact_outcomes[first.conversation.id])
    assert {hours: o.state.value for hours, o in of_contact.items()} == {
        24.0: "no", 72.0: "yes", 168.0: "yes", 336.0: "yes",
    }  # fmt: skip
    assert of_contact[72.0].evidence == (second.conversation.id,)
    of_journey = _repeats(result.journeys[0].outcomes)
    assert of_journey[24.0].state is OutcomeState.NO
    assert of_journey[72.0].state is OutcomeState.YES
    assert of_journey[72.0].subject_id == result.journeys[0].id


def _repeats(outcomes: tuple[Outcome, ...]) -> dict[float | None, Outcome]:
    return {o.window_hours: o for o in outcomes if o.kind is OutcomeKind.REPEAT_CONTACT}
