"""Contacts about one need are one issue, over channels; others are not."""

from collections.abc import Callable
from itertools import pairwise

import pytest

from domain.journey import Built, Contact
from journey.policy import JourneyPolicy

Make = Callable[..., Contact]
Build = Callable[..., Built]
ME = ["email:anna.adler@post.example"]


def grouped(built: Built, *contacts: Contact) -> list[int]:
    """Give the number of its issue for each contact."""
    return [
        next(n for n, i in enumerate(built.issues) if c.conversation.id in i.conversation_ids)
        for c in contacts
    ]


def test_the_same_order_on_another_channel_is_one_issue(contact: Make, built: Build) -> None:
    chat = contact("1", 0, [("customer", 0, "no hinges in order 77120345")], shows=ME)
    call = contact(
        "2", 60, [("customer", 0, "still no hinges. seven seven one two oh three four five")],
        shows=ME, channel="call",
    )  # fmt: skip
    result = built([chat, call])
    assert grouped(result, chat, call) == [0, 0]
    join = result.issues[0].joins[1]
    assert join.previous_id == chat.conversation.id
    assert {p.name for p in join.parts} >= {"same_reference", "goes_on", "shared_words"}
    assert 0.5 < join.probability <= 1


def test_another_order_is_another_issue(contact: Make, built: Build) -> None:
    first = contact(
        "1", 0, [("customer", 0, "order NLO-30127 lost")], shows=ME, intents=["delivery_problem"]
    )
    second = contact(
        "2", 60, [("customer", 0, "order NLO-30588 came empty")],
        shows=ME, intents=["delivery_problem"],
    )  # fmt: skip
    assert grouped(built([first, second]), first, second) == [0, 1]


def test_a_matter_that_is_set_apart_is_a_new_issue(contact: Make, built: Build) -> None:
    first = contact("1", 0, [("customer", 0, "delayed, WFB7HD")], shows=ME, intents=["claim"])
    second = contact(
        "2", 300, [("customer", 0, "a new one, keep it apart from WFB7HD: suitcase broken")],
        shows=ME, intents=["delivery_problem"],
    )  # fmt: skip
    assert grouped(built([first, second]), first, second) == [0, 1]


def test_a_contact_joins_the_right_issue_not_the_last_contact(contact: Make, built: Build) -> None:
    rug = contact("1", 0, [("customer", 0, "refund of the rug, RT-40118?")], shows=ME)
    code = contact(
        "2", 30, [("customer", 0, "voucher not taken")], shows=ME, intents=["price_question"]
    )
    again = contact(
        "3", 60, [("customer", 0, "still no money for the rug RT-40118, I wrote to you")], shows=ME
    )
    assert grouped(built([rug, code, again]), rug, code, again) == [0, 1, 0]


def test_the_agent_who_promised_is_a_thread(contact: Make, built: Build) -> None:
    turns = [("customer", 0.0, "bonus never paid"), ("agent", 0.1, "I'll come back by Monday")]
    chat = contact("1", 0, turns, shows=ME, agent="Kwame")
    call = contact(
        "2", 170, [("customer", 0, "Kwame was supposed to get back to me on Monday")],
        shows=ME, channel="call",
    )  # fmt: skip
    assert grouped(built([chat, call]), chat, call) == [0, 0]


def test_beyond_the_window_it_is_a_new_issue(contact: Make, built: Build) -> None:
    said = [("customer", 0.0, "again: order 77120345 has no hinges")]
    contacts = [contact(str(n), n * 24 * 20, said, shows=ME) for n in range(3)]
    assert grouped(built(contacts), *contacts) == [0, 0, 0]  # each is near enough to the last
    late = contact("9", 24 * 80, said, shows=ME)
    assert grouped(built([*contacts, late]), late) == [1]
    wide = JourneyPolicy(issue_window_days=90)
    assert grouped(built([*contacts, late], policy=wide), late) == [0]


def test_two_people_never_share_an_issue(contact: Make, built: Build) -> None:
    said = [("customer", 0.0, "again: order 77120345 has no hinges")]
    shared = ["account:A-1001"]
    one = contact("1", 0, said, shows=[*ME, *shared])
    two = contact("2", 5, said, shows=["email:ben.adler@mail.example", *shared])
    assert grouped(built([one, two]), one, two) == [0, 1]


def test_who_is_not_sure_to_be_the_same_needs_more(contact: Make, built: Build) -> None:
    phone = ["phone:+493023125118"]
    anna = contact("1", 0, [("customer", 0, "order 77120345?")], shows=[*ME, *phone])
    ben = contact("2", 1, shows=["email:ben.adler@mail.example", *phone], name="Ben Adler")
    vague = contact("3", 30, [("customer", 0, "any news on the parcel?")], shows=phone)
    exact = contact(
        "4", 40, [("customer", 0, "still nothing, I wrote to you: order 77120345")], shows=phone
    )
    result = built([anna, ben, vague, exact])
    first, _, second, third = grouped(result, anna, ben, vague, exact)
    assert second != first
    assert third == first
    issue = result.issues[first]
    assert issue.identity_id in {
        i.id for i in result.identities if ME[0] in map(str, i.identifiers)
    }


def test_needs_of_two_spaces_do_not_compare(contact: Make, built: Build) -> None:
    one = contact("1", 0, shows=ME, need=[1.0, 0.0])
    two = contact("2", 5, shows=ME, need=[1.0, 0.0])
    other = two.model_copy(update={"space": "newer"})
    assert "text_similarity" in _parts(built([one, two]))
    assert "text_similarity" not in _parts(built([one, other]))


def _parts(result: Built) -> set[str]:
    return {part.name for issue in result.issues for j in issue.joins for part in j.parts}


@pytest.mark.parametrize("number", [1, 2, 40])
def test_every_contact_stands_in_one_issue_in_order(
    contact: Make, built: Build, number: int
) -> None:
    contacts = [contact(str(n), n * 3.0, shows=ME) for n in range(number)]
    result = built(contacts)
    ids = [id_ for issue in result.issues for id_ in issue.conversation_ids]
    assert sorted(ids) == sorted(c.conversation.id for c in contacts)
    starts = {c.conversation.id: c.conversation.started_at for c in contacts}
    for issue in result.issues:
        row = issue.conversation_ids
        assert all(starts[a] <= starts[b] for a, b in pairwise(row))
        assert len(result.journeys) == len(result.issues)
