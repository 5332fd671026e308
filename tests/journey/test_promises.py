"""Promises are read out of agents' words, with the day they fall due."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.days import due_at
from domain.event import Event
from domain.journey import Contact
from journey.promises import PromiseState, promises

Make = Callable[..., Contact]
MakeEvent = Callable[..., Event]
MONDAY = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("I'll call you back by Friday", (3, 6)),
        ("we'll be in touch on Monday", (3, 9)),  # the next one, not today
        ("I'll ring you back today before five", (3, 2)),
        ("you'll have it tomorrow", (3, 3)),
        ("you will receive it within 3 days", (3, 5)),
        ("it takes up to five working days", (3, 9)),
        ("we answer within two weeks", (3, 16)),
        ("They will answer by 27 July at the latest", (7, 27)),
        ("I'll write by March 20th", (3, 20)),
        ("I'll write before the 26th", (3, 26)),
        ("ich melde mich bis Donnerstag", (3, 5)),
        ("Le escribo antes del viernes 26.", (3, 26)),
        ("we were founded on 2 February", (2, 2)),
    ],
)
def test_the_day_is_seen_from_when_it_was_said(text: str, day: tuple[int, int]) -> None:
    found = due_at(text, MONDAY)
    assert found is not None
    assert (found.month, found.day) == day
    assert found > MONDAY


@pytest.mark.parametrize(
    ("text", "hours"), [("in ten minutes", 1 / 6), ("within 48 hours", 48), ("in 2 hours", 2)]
)
def test_hours_are_counted_from_the_word(text: str, hours: float) -> None:
    assert due_at(text, MONDAY) == MONDAY + timedelta(hours=hours)


@pytest.mark.parametrize("text", ["as soon as I can", "", "I will see", "step 2 of 5"])
def test_no_day_is_no_due(text: str) -> None:
    assert due_at(text, MONDAY) is None


@given(st.text())
def test_what_is_due_lies_ahead(text: str) -> None:
    found = due_at(text, MONDAY)
    assert found is None or found > MONDAY


def judged(contact: Contact, *events: Event, days: float) -> list[tuple[str, str]]:
    now = contact.conversation.started_at + timedelta(days=days)
    return [(p.action, p.state.value) for p in promises([contact], events, now)]


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("I'll call you back by Friday with what we find.", "call"),
        ("You will receive a replacement within 3 days.", "send"),
        ("We'll refund you by Monday.", "refund"),
        ("Ich melde mich bis Donnerstag bei Ihnen.", "write"),
        ("I have asked the desk to look at it on Monday.", "do"),
    ],
)
def test_a_promise_is_open_then_overdue(contact: Make, text: str, action: str) -> None:
    one = contact("1", 0, [("customer", 0, "hi"), ("agent", 1, text)])
    assert judged(one, days=1) == [(action, "open")]
    assert judged(one, days=30) == [(action, "overdue")]


@pytest.mark.parametrize(
    "text",
    [
        "I'll put you through to second line.",
        "One moment, I'll check that by Friday.",
        "I can't call you back.",
        "Will you call by Friday?",
        "If it does not work you will see an error on Monday.",
    ],
)
def test_other_words_are_no_promise(contact: Make, text: str) -> None:
    assert judged(contact("1", 0, [("agent", 0, text)]), days=30) == []


def test_only_agents_in_public_promise(contact: Make) -> None:
    text = "I'll call you back by Friday."
    assert judged(contact("1", 0, [("customer", 0, text)]), days=30) == []
    assert judged(contact("1", 0, [("internal agent", 0, text)]), days=30) == []


def test_an_event_or_a_word_keeps_it(contact: Make, event: MakeEvent) -> None:
    said = [("agent", 0.0, "We'll refund you by Monday.")]
    paid = event("refund_issued", 5)
    assert judged(contact("1", 0, said), paid, days=30) == [("refund", "kept")]
    early = event("refund_issued", -5)
    assert judged(contact("1", 0, said), early, days=30) == [("refund", "overdue")]
    told = [*said, ("customer", 40.0, "it arrived this morning, thanks")]
    assert judged(contact("1", 0, told), days=30) == [("refund", "kept")]


def test_nobody_waits_once_the_matter_is_settled(contact: Make) -> None:
    said = [("agent", 0.0, "I'll call you back by Friday.")]
    one = contact("1", 0, said, status=[(0, "new"), (20, "solved")])
    assert judged(one, days=30) == [("call", PromiseState.SETTLED.value)]


def test_two_promises_in_one_breath_are_two(contact: Make) -> None:
    text = "I'll chase them today and I'll ring you back by Wednesday."
    one = contact("1", 0, [("agent", 0, text)])
    found = promises([one], [], one.conversation.started_at)
    assert [text[p.start : p.end] for p in found] == [
        "I'll chase them today", "I'll ring you back by Wednesday.",
    ]  # fmt: skip
    assert [p.due_at.day for p in found if p.due_at] == [2, 4]
