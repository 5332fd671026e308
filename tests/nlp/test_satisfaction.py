"""Satisfaction: a rating from 1 to 5 with its parts open."""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from domain.conversation import Conversation, Role, Turn
from domain.signal import AbstainReason, Signal, SignalKind
from nlp.closing import ClosingReader
from nlp.language import LanguageReading
from nlp.read import ConversationRead, TurnRead
from nlp.reading import MoodReading
from nlp.redact.redact import redact_text
from nlp.satisfaction.features import NAMES
from nlp.satisfaction.model import LABELS, SatisfactionModel, named
from nlp.tagger import WEIGHTS, Tagger
from nlp.vectors import TextVectors

Talk = Callable[..., Conversation]


@pytest.fixture(scope="module")
def model() -> SatisfactionModel:
    return SatisfactionModel.load(WEIGHTS / "satisfaction.json")


def said_of(tagger: Tagger, conversation: Conversation) -> Signal:
    (tagged,) = tagger.tag([conversation])
    (signal,) = [s for s in tagged.signals if s.kind is SignalKind.SATISFACTION]
    return signal


def test_every_feature_has_a_weight_of_the_expected_sign(model: SatisfactionModel) -> None:
    assert set(model.weights) == set(NAMES)
    for name in ("mood", "mood_last", "thanks", "solved", "praise", "resolved"):
        assert model.weights[name] > 0, name
    for name in ("broken", "gives_up", "complaint", "effort", "unresolved", "repeats", "length"):
        assert model.weights[name] < 0, name
    assert list(model.cuts) == sorted(model.cuts)


def test_the_shares_are_a_distribution(model: SatisfactionModel) -> None:
    rng = np.random.default_rng(0)
    for _ in range(100):
        shares = model.shares({name: float(rng.uniform(-1, 1)) for name in NAMES})
        assert shares.shape == (5,)
        assert (shares >= 0).all()
        assert shares.sum() == pytest.approx(1)


def test_more_thanks_never_lower_it(model: SatisfactionModel) -> None:
    row = dict.fromkeys(NAMES, 0.0)
    values = [
        model.shares({**row, "thanks": thanks}) @ np.arange(1, 6)
        for thanks in np.linspace(0, 1, 11)
    ]
    assert values == sorted(values)


def test_the_label_follows_from_the_value() -> None:
    assert [named(v) for v in (1.0, 2.49, 2.5, 3.5, 3.51, 5.0)] == [
        "dissatisfied",
        "dissatisfied",
        "neutral",
        "neutral",
        "satisfied",
        "satisfied",
    ]


def test_what_is_saved_is_what_is_loaded(model: SatisfactionModel, tmp_path: Path) -> None:
    model.save(tmp_path / "it.json")
    again = SatisfactionModel.load(tmp_path / "it.json")
    assert again == model
    assert again.version == model.version


def test_glad_and_angry_talks_are_told_apart(tagger: Tagger, talk: Talk) -> None:
    start = [
        ("customer", "My card was declined twice today."),
        ("agent", "I have lifted the block, please try again."),
    ]
    thanks = "It works now! Thank you so much, you are wonderful. I'm very happy with your service."
    glad = said_of(tagger, talk(*start, ("customer", thanks)))
    angry = said_of(
        tagger,
        talk(*start, ("customer", "Still declined. This is a disgrace, I'm closing my account!")),
    )
    assert glad.label == "satisfied"
    assert angry.label == "dissatisfied"
    assert 1 <= (angry.value or 0) < (glad.value or 0) <= 5
    assert (angry.value or 0) < 2.5
    assert (glad.value or 0) > 3.5


def test_the_rating_opens_on_the_words_behind_it(tagger: Tagger, talk: Talk) -> None:
    conversation = talk(
        ("customer", "Where is my parcel?"),
        ("agent", "It was delivered."),
        ("customer", "It was not. I've had enough, forget it."),
    )
    signal = said_of(tagger, conversation)
    assert signal.label == "dissatisfied"
    words = [conversation.turns[e.turn].text[e.start : e.end] for e in signal.evidence]
    assert any("forget it" in text for text in words)


def test_without_a_customer_nothing_is_told(tagger: Tagger, talk: Talk) -> None:
    signal = said_of(tagger, talk(("agent", "Hello, this is your bank.")))
    assert signal.abstained
    assert signal.reason is AbstainReason.NO_TEXT


def test_an_unknown_language_abstains(tagger: Tagger, talk: Talk) -> None:
    text = "Guten Tag, ich bin sehr unzufrieden mit Ihrem Service, seit Wochen keine Antwort!"
    signal = said_of(tagger, talk(("customer", text)))
    assert signal.reason is AbstainReason.UNKNOWN_LANGUAGE
    assert signal.label in LABELS


def long_read(turns: int) -> ConversationRead:
    """Read a talk of many turns without the encoder."""
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(turns, 384)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    text = "It is about the second order."
    language = LanguageReading("en", 1.0, None)
    mood = MoodReading(np.array([0.2, 0.6, 0.2], np.float32), 29.0)
    spaces = tuple(ClosingReader.load(WEIGHTS).spaces())
    made = [
        TurnRead(
            position=place,
            turn=Turn(role=Role.CUSTOMER if place % 2 == 0 else Role.AGENT, text=text),
            hidden=redact_text(text),
            vectors=(
                one := TextVectors(
                    ((0, len(text)),), row[None], np.array([29.0], np.float32), row, 1.0
                )
            ),
            by_space=dict.fromkeys(spaces, one),
            entities=(),
            language=language,
            understood=True,
            intents=None,
            mood=mood if place % 2 == 0 else None,
        )
        for place, row in enumerate(rows)
    ]
    conversation = Conversation(
        source="test",
        source_id="long",
        channel="chat",
        started_at="2026-03-02T09:00:00Z",
        turns=tuple(turn.turn for turn in made),
    )
    return ConversationRead(conversation, (), tuple(made), language, ())


def test_the_longest_talk_takes_a_moment() -> None:
    closing, read = ClosingReader.load(WEIGHTS), long_read(10_000)
    start = time.perf_counter()
    ended = closing.read(read)
    assert time.perf_counter() - start < 10
    assert ended.resolution is not None
    assert ended.satisfaction is not None
    assert 1 <= (ended.satisfaction.value or 0) <= 5


def test_reading_twice_gives_the_same() -> None:
    closing, read = ClosingReader.load(WEIGHTS), long_read(50)
    assert closing.read(read) is not read
    assert closing.read(read).satisfaction == closing.read(read).satisfaction
