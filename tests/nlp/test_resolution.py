"""Resolution: what the last turns promise about how the matter stands."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from domain.conversation import Conversation, Role
from domain.signal import AbstainReason, Signal, SignalKind, SubjectKind
from nlp.endings import Stand, cue
from nlp.resolution import LABELS, SURE, judge, resolve
from nlp.tagger import Tagger

Talk = Callable[..., Conversation]
CUSTOMER = ("solved", "broken", "gives_up", "asks", "waits", "thanks", "other")
AGENT = ("done", "promises", "refuses", "asks", "closes", "other")


def stands(*said: tuple[str, str]) -> tuple[Stand, ...]:
    """Make sentences, one a turn, that say one state with certainty: ("c", "solved")."""
    made = []
    for place, (who, state) in enumerate(said):
        role, states = (Role.CUSTOMER, CUSTOMER) if who == "c" else (Role.AGENT, AGENT)
        assert state in states
        made.append(Stand((place, 0, 40), role, {one: float(one == state) for one in states}))
    return tuple(made)


def talk_of(talk: Talk, said: Sequence[tuple[str, str]]) -> Conversation:
    roles = {"c": "customer", "a": "agent", "b": "bot"}
    return talk(*((roles[who], "x" * 40) for who, _ in said))


TABLE = [
    # The customer has the last word.
    ([("c", "asks"), ("a", "done"), ("c", "solved")], "resolved"),
    ([("c", "asks"), ("a", "promises"), ("c", "solved")], "resolved"),
    ([("c", "asks"), ("a", "done"), ("c", "thanks")], "resolved"),
    ([("c", "asks"), ("a", "done"), ("c", "other")], "resolved"),
    ([("c", "asks"), ("a", "other"), ("c", "thanks")], "resolved"),
    ([("c", "asks"), ("a", "done"), ("c", "broken")], "unresolved"),
    ([("c", "asks"), ("a", "promises"), ("c", "gives_up")], "unresolved"),
    ([("c", "asks"), ("a", "refuses"), ("c", "other")], "unresolved"),
    ([("c", "asks"), ("a", "refuses"), ("c", "thanks")], "unresolved"),
    ([("c", "asks"), ("a", "other"), ("c", "asks")], "unresolved"),
    ([("c", "asks"), ("a", "promises"), ("c", "waits")], "promised"),
    ([("c", "asks"), ("a", "promises"), ("c", "thanks")], "promised"),
    ([("c", "asks"), ("a", "other"), ("c", "waits")], "promised"),
    ([("c", "broken"), ("c", "solved")], "resolved"),
    ([("c", "solved"), ("c", "broken")], "unresolved"),
    # The agent has it.
    ([("c", "asks"), ("a", "promises")], "promised"),
    ([("c", "asks"), ("a", "promises"), ("c", "waits"), ("a", "closes")], "promised"),
    ([("c", "asks"), ("a", "refuses")], "unresolved"),
    ([("c", "asks"), ("a", "done")], "resolved"),
    ([("c", "asks"), ("a", "done"), ("c", "solved"), ("a", "closes")], "resolved"),
    ([("c", "asks"), ("a", "done"), ("c", "thanks"), ("a", "closes")], "resolved"),
    ([("c", "asks"), ("a", "asks")], "unclear"),
    ([("c", "other"), ("a", "other")], "unclear"),
    # Nobody answered.
    ([("c", "asks")], "unresolved"),
    ([("c", "broken"), ("c", "asks")], "unresolved"),
]


@pytest.mark.parametrize(("said", "label"), TABLE)
def test_the_last_words_decide(talk: Talk, said: list[tuple[str, str]], label: str) -> None:
    reading = resolve(talk_of(talk, said), stands(*said))
    assert reading.label == label
    assert reading.reason is None
    assert reading.evidence
    assert SURE <= (reading.probability or 0) <= 1


def test_the_words_that_decide_are_shown(talk: Talk) -> None:
    said = [("c", "asks"), ("a", "promises"), ("c", "thanks")]
    assert resolve(talk_of(talk, said), stands(*said)).evidence == ((1, 0, 40),)


def test_weak_words_abstain(talk: Talk) -> None:
    conversation = talk_of(talk, [("c", ""), ("a", ""), ("c", "")])
    weak = dict.fromkeys(CUSTOMER, 0.08) | {"thanks": 0.52}
    strong = stands(("c", "asks"), ("a", "other"), ("c", "thanks"))
    faint = (*strong[:2], Stand((2, 0, 40), Role.CUSTOMER, weak))
    sure, unsure = resolve(conversation, strong), resolve(conversation, faint)
    assert unsure.label == sure.label == "resolved"
    assert sure.reason is None
    assert unsure.reason is AbstainReason.LOW_PROBABILITY
    assert (unsure.probability or 0) < SURE <= (sure.probability or 0)


def test_a_bot_that_passes_on_tells_nothing(talk: Talk) -> None:
    conversation = talk(("customer", "opening hours"), ("bot", "A colleague will be with you."))
    assert resolve(conversation, stands(("c", "other"))).label == "unclear"
    angry = resolve(conversation, stands(("c", "gives_up")))
    assert angry.label == "unresolved"


def test_nothing_said_is_told_as_such(talk: Talk) -> None:
    reading = resolve(talk(), ())
    assert reading.reason is AbstainReason.NO_TEXT
    only_agent = resolve(talk(("agent", "Hello?")), stands(("a", "asks")))
    assert only_agent.reason is AbstainReason.NO_TEXT


def test_an_unknown_language_abstains(talk: Talk) -> None:
    said = [("c", "asks"), ("a", "done"), ("c", "solved")]
    reading = resolve(talk_of(talk, said), stands(*said), understood=False)
    assert reading.reason is AbstainReason.UNKNOWN_LANGUAGE
    assert reading.label in LABELS


def test_any_mixture_of_states_gets_an_answer(talk: Talk) -> None:
    rng = np.random.default_rng(1)
    for _ in range(300):
        said = []
        for place in range(rng.integers(1, 7)):
            role, states = (Role.CUSTOMER, CUSTOMER) if rng.random() < 0.5 else (Role.AGENT, AGENT)
            shares = rng.dirichlet(np.ones(len(states)) * 0.3)
            said.append(Stand((place, 0, 9), role, dict(zip(states, shares, strict=True))))
        roles = [("customer" if s.role is Role.CUSTOMER else "agent", "x" * 9) for s in said]
        reading = resolve(talk(*roles), said)
        assert reading.label in LABELS
        assert 0 <= (reading.probability or 0) <= 1
        verdict = judge(talk(*roles), said)
        assert (verdict is None) == (reading.reason is AbstainReason.NO_TEXT)


@pytest.mark.parametrize(
    ("sentence", "state"),
    [
        ("That worked, thanks!", "solved"),
        ("it works now", "solved"),
        ("I hope it works now", "other"),
        ("it doesn't work", "broken"),
        ("It still isn\u2019t here.", "broken"),
        ("did that help?", "asks"),
        ("thanks for nothing", "gives_up"),
        ("ok thanks bye", "thanks"),
        ("I'll wait then", "waits"),
        ("okay. right.", "other"),
    ],
)
def test_words_of_customers(sentence: str, state: str) -> None:
    assert (cue(Role.CUSTOMER, sentence) or "other") == state


@pytest.mark.parametrize(
    ("sentence", "state"),
    [
        ("I've refunded it.", "done"),
        ("We will refund it within five working days.", "promises"),
        ("I'll have a look.", "other"),
        ("I'm afraid that is not possible.", "refuses"),
        ("May I have your name?", "asks"),
        ("Is there anything else I can do?", "closes"),
    ],
)
def test_words_of_agents(sentence: str, state: str) -> None:
    assert (cue(Role.AGENT, sentence) or "other") == state


def said_of(tagger: Tagger, conversation: Conversation) -> Signal:
    (tagged,) = tagger.tag([conversation])
    (signal,) = [s for s in tagged.signals if s.kind is SignalKind.RESOLUTION]
    assert signal.subject_kind is SubjectKind.CONVERSATION
    return signal


def test_the_tagger_says_it_with_evidence(tagger: Tagger, talk: Talk) -> None:
    conversation = talk(
        ("customer", "My router keeps dropping the line."),
        ("agent", "I've sent a new firmware to it. Is it stable now?"),
        ("customer", "One moment. Yes, it works again, thank you!"),
    )
    signal = said_of(tagger, conversation)
    assert signal.label == "resolved"
    assert not signal.abstained
    (place,) = signal.evidence
    assert "works again" in conversation.turns[place.turn].text[place.start : place.end]


def test_later_words_change_it(tagger: Tagger, talk: Talk) -> None:
    start = [
        ("customer", "My router keeps dropping the line."),
        ("agent", "An engineer will come on Thursday."),
    ]
    assert said_of(tagger, talk(*start)).label == "promised"
    later = [*start, ("customer", "He came and went, it still doesn't work.")]
    assert said_of(tagger, talk(*later)).label == "unresolved"


def test_alone_or_in_a_batch_it_is_the_same(tagger: Tagger, talk: Talk) -> None:
    talks = [
        talk(("customer", "Where is it?"), ("agent", "It will arrive tomorrow."), source_id="1"),
        talk(("customer", "Cancel it."), ("agent", "I have cancelled it."), source_id="2"),
        talk(("customer", "hello"), source_id="3"),
    ]
    together = [t.signals for t in tagger.tag(talks)]
    alone = [tagger.tag([conversation])[0].signals for conversation in talks]
    assert together == alone


def test_an_empty_conversation_has_no_resolution(tagger: Tagger, talk: Talk) -> None:
    (tagged,) = tagger.tag([talk()])
    kinds = {s.kind for s in tagged.signals}
    assert not kinds & {SignalKind.RESOLUTION, SignalKind.SATISFACTION}


def test_german_is_left_to_people(tagger: Tagger, talk: Talk) -> None:
    signal = said_of(
        tagger,
        talk(
            ("customer", "Guten Tag, mein Paket ist seit gestern nicht angekommen, wo bleibt es?")
        ),
    )
    assert signal.reason is AbstainReason.UNKNOWN_LANGUAGE


@pytest.mark.parametrize("text", ["Hi", "yes", "Where is my order?"])
def test_what_nobody_answered_is_not_settled(tagger: Tagger, talk: Talk, text: str) -> None:
    (tagged,) = tagger.tag([talk(("customer", text))])
    (reading,) = [s for s in tagged.signals if s.kind is SignalKind.RESOLUTION]
    assert (reading.label, reading.abstained) == ("unresolved", False)
