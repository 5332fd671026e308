"""Turns are read in their talk; a text alone is read as before."""

from collections.abc import Sequence

import numpy as np
import pytest

from domain.conversation import Channel, Conversation, Role, Turn
from domain.signal import SignalKind
from nlp.context import in_places
from nlp.tagger import Tagged, Tagger
from nlp.vectors import TextVectors

NOTHING = TextVectors((), np.zeros((0, 4), np.float32), np.zeros(0, np.float32), None, 1.0)


def text(value: float) -> TextVectors:
    row = np.full((1, 4), value, np.float32)
    return TextVectors(((0, 3),), row, np.ones(1, np.float32), row[0], 1.0)


def test_a_turn_knows_what_was_said_before_it_in_its_own_conversation() -> None:
    said = [
        (0, Role.CUSTOMER, "It broke.", text(0.1)),
        (0, Role.AGENT, "Which one?", text(0.2)),
        (0, Role.CUSTOMER, "", NOTHING),
        (0, Role.CUSTOMER, "The red one.", text(0.3)),
        (0, Role.CUSTOMER, "And when?", text(0.4)),
        (1, Role.CUSTOMER, "Hello", text(0.5)),
    ]
    first, answer, more, other = in_places(said)
    assert (first.agent, first.earlier, first.alone) == (None, range(0), False)
    assert answer.asked
    assert answer.agent is not None
    assert answer.agent[0] == pytest.approx(0.2)
    assert answer.earlier == range(1)
    assert not answer.follows
    assert more.follows
    assert more.earlier == range(2)
    assert (other.agent, len(other.earlier), other.alone) == (None, 0, True)


def talk(name: str, turns: Sequence[tuple[Role, str]]) -> Conversation:
    return Conversation(
        source="test",
        source_id=name,
        channel=Channel.CHAT,
        started_at="2026-01-05T09:00:00Z",
        turns=tuple(Turn(role=role, text=text) for role, text in turns),
    )


def labels(tagged: Tagged, conversation: Conversation, place: int) -> set[str]:
    subject = conversation.turn_id(place)
    return {
        s.label
        for s in tagged.signals
        if s.subject_id == subject and s.kind is SignalKind.INTENT and not s.abstained
    }


def test_a_need_is_heard_and_an_answer_wants_nothing(tagger: Tagger) -> None:
    chat = talk(
        "refund",
        [
            (Role.CUSTOMER, "I sent the shoes back and I want my money back please."),
            (Role.AGENT, "Sure, which order is it?"),
            (Role.CUSTOMER, "the one from last Tuesday"),
        ],
    )
    tagged = tagger.tag([chat])[0]
    assert "refund_request" in labels(tagged, chat, 0)
    assert labels(tagged, chat, 2) == set()


def test_a_talk_is_read_alike_beside_others(tagger: Tagger) -> None:
    chats = [
        talk(
            f"talk {n}",
            [
                (Role.CUSTOMER, f"My parcel {n} is late, I have waited for two weeks."),
                (Role.AGENT, "I am sorry, it comes tomorrow."),
                (Role.CUSTOMER, "You said that last week too. I need it by Friday."),
            ],
        )
        for n in range(3)
    ]
    together = tagger.tag(chats)
    for chat, tagged in zip(chats, together, strict=True):
        assert tagger.tag([chat])[0].signals == tagged.signals


def test_what_a_turn_feels_hangs_on_what_was_said_before(tagger: Tagger) -> None:
    def felt(agent: str) -> dict[str, float]:
        chat = talk(
            agent,
            [
                (Role.CUSTOMER, "My refund is not here, I wrote about it three weeks ago."),
                (Role.AGENT, agent),
                (Role.CUSTOMER, "Unbelievable."),
            ],
        )
        subject = chat.turn_id(2)
        return {
            s.label: s.probability or 0.0
            for s in tagger.tag([chat])[0].signals
            if s.subject_id == subject and s.kind is SignalKind.EMOTION
        }

    put_off = felt("You will have to wait three more weeks, we cannot tell you why.")
    helped = felt("It was booked this morning, and I added twenty euros for the wait.")
    assert put_off != helped
    assert {"anger", "frustration", "disappointment"} & set(put_off)
