"""Effort counts what the customer had to do, and its parts add up to the score."""

from collections.abc import Callable

import pytest

from domain.journey import Contact
from journey.effort import effort

Make = Callable[..., Contact]


def test_one_short_contact_costs_nothing(contact: Make) -> None:
    found = effort([contact("1")], 0.0)
    assert (found.contacts, found.customer_turns, found.score, dict(found.parts)) == (1, 1, 0.0, {})


def test_counts_are_those_of_the_journey(contact: Make) -> None:
    turns = [("customer", 0, "a"), ("agent", 0.1, "b"), ("internal agent", 0.2, "c")]
    status = [(0, "new"), (1, "solved"), (2, "open"), (3, "solved")]
    found = effort(
        [
            contact("1", 0, turns, channel="chat", handovers=[(1, False), (2, True)]),
            contact("2", 9, turns, channel="call", status=status),
            contact("3", 20, turns, channel="call"),
        ],
        86_400.0,
    )
    assert (found.contacts, found.channel_switches, found.transfers) == (3, 1, 2)
    assert (found.reopenings, found.customer_turns, found.restated) == (1, 3, 0)


def test_parts_add_up_and_more_costs_more(contact: Make) -> None:
    one = [contact("1"), contact("2", 5, channel="call")]
    two = [*one, contact("3", 9, handovers=[(1, True)])]
    small, large = effort(one, None), effort(two, 5 * 86_400.0)
    assert 0 < small.score < large.score < 100
    for found in (small, large):
        assert sum(found.parts.values()) == pytest.approx(found.score, abs=0.1)


@pytest.mark.parametrize(
    "text",
    [
        "As I said, it is the sofa",
        "Great, third time I explain this",
        "Please don't make me explain it again",
        "Wie gesagt, die Platte ist gesprungen",
    ],
)
def test_saying_it_again_is_told_again(contact: Make, text: str) -> None:
    assert effort([contact("1", 0, [("customer", 0, text)])], None).restated == 1


def test_the_same_story_twice_is_told_again(contact: Make) -> None:
    one, same = contact("1", need=[0.6, 0.8]), contact("2", 5, need=[0.7, 0.714])
    other = contact("3", 9, need=[0.8, -0.6])
    assert effort([one, same], None).restated == 1
    assert effort([one, other], None).restated == 0
