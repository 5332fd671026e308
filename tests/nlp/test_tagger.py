import time
from datetime import UTC, datetime

import pytest

from domain.conversation import Conversation, Part, PartKind, Role, Turn, Visibility
from domain.redaction import redacted
from domain.signal import AbstainReason, Signal, SignalKind, SubjectKind
from nlp.tagger import Tagged, Tagger, TaggerConfig
from tests.nlp.conftest import Talk

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def whole(tagged: Tagged, kind: SignalKind) -> list[Signal]:
    return [
        signal
        for signal in tagged.signals
        if signal.subject_kind is SubjectKind.CONVERSATION and signal.kind is kind
    ]


def of_turn(tagged: Tagged, turn_id: str, kind: SignalKind) -> list[Signal]:
    return [s for s in tagged.signals if s.subject_id == turn_id and s.kind is kind]


def tag(tagger: Tagger, conversation: Conversation) -> Tagged:
    (tagged,) = tagger.tag([conversation])
    return tagged


def labels(signals: list[Signal]) -> set[str]:
    return {signal.label for signal in signals if not signal.abstained}


def test_a_support_chat_is_read(tagger: Tagger, talk: Talk) -> None:
    conversation = talk(
        ("bot", "Hi, I'm a bot and I am very happy to help!"),
        ("customer", "hi, my parcel still hasn't arrived. order HP-77120345, it cost £15"),
        Turn(role=Role.AGENT, author="Dana", text="I'm sorry! I've sent a new one today."),
        ("customer", "Thank you so much, that is wonderful!"),
        customer_name="Greta Halloran",
    )
    tagged = tag(tagger, conversation)
    assert labels(whole(tagged, SignalKind.INTENT)) & {"order_status", "delivery_problem"}
    assert [s.label for s in whole(tagged, SignalKind.LANGUAGE)] == ["en"]
    assert [s.label for s in whole(tagged, SignalKind.SENTIMENT_TREND)] == ["improving"]
    (mood,) = of_turn(tagged, conversation.turn_id(3), SignalKind.SENTIMENT)
    assert mood.label == "positive"
    assert mood.value is not None
    assert mood.value > 0.5
    entities = of_turn(tagged, conversation.turn_id(1), SignalKind.ENTITY)
    assert {(s.label, s.details["value"]) for s in entities} == {
        ("order_number", "77120345"),
        ("money", "GBP 15.00"),
    }
    assert entities[0].details["pseudonym"] == "[ORDER_1]"
    assert tagged.need is not None
    assert tagged.need.shape == (384,)


def test_the_summary_tells_need_action_and_end(tagger: Tagger, talk: Talk) -> None:
    conversation = talk(
        ("customer", "Hello. My washing machine shows error E18 and stops. I bought it in May."),
        ("agent", "Hi! Which floor do you live on?"),
        ("customer", "the third"),
        ("agent", "I have booked a technician for Thursday morning. Anything else?"),
        ("customer", "no, that's perfect, thanks a lot for the quick help"),
    )
    tagged = tag(tagger, conversation)
    told = {}
    for signal in whole(tagged, SignalKind.SUMMARY):
        (place,) = signal.evidence
        told[signal.label] = conversation.turns[place.turn].text[place.start : place.end]
    assert told == {
        "need": "My washing machine shows error E18 and stops.",
        "done": "I have booked a technician for Thursday morning.",
        "ended": "no, that's perfect, thanks a lot for the quick help",
    }


def test_several_needs_in_one_message(tagger: Tagger, talk: Talk) -> None:
    text = "I can't log in to my account. Also please send me a copy of my last invoice."
    found = labels(whole(tag(tagger, talk(("customer", text))), SignalKind.INTENT))
    assert {"login_problem", "document_request"} <= found


def test_evidence_points_into_the_original(tagger: Tagger, talk: Talk) -> None:
    text = "Hi Dana, mail me at a@b.example. I forgot my password, how do I reset it?"
    conversation = talk(("customer", text))
    tagged = tag(tagger, conversation)
    intents = [s for s in whole(tagged, SignalKind.INTENT) if s.label == "password_reset"]
    (place,) = intents[0].evidence
    assert text[place.start : place.end] == "I forgot my password, how do I reset it?"


EMPTY = ["", "   ", "\n\n", "🙂🙂🙂", "...", "\x00"]


@pytest.mark.parametrize("text", EMPTY)
def test_sentiment_is_always_there(tagger: Tagger, talk: Talk, text: str) -> None:
    tagged = tag(tagger, talk(("customer", text)))
    (mood,) = whole(tagged, SignalKind.SENTIMENT)
    assert (mood.label, mood.value, mood.role) == ("neutral", 0.0, Role.CUSTOMER)
    assert mood.abstained
    assert mood.reason is AbstainReason.NO_TEXT
    assert tagged.need is None
    assert not whole(tagged, SignalKind.INTENT)


def test_a_conversation_without_turns_is_tagged(tagger: Tagger, talk: Talk) -> None:
    tagged = tag(tagger, talk())
    assert len(whole(tagged, SignalKind.SENTIMENT)) == 1
    assert tagged.redactions == ()


def test_only_public_words_of_the_customer_make_the_mood(tagger: Tagger, talk: Talk) -> None:
    angry = "This customer is a horrible liar, I hate this, worst case ever!"
    customer = ("customer", "Thank you, that works wonderfully.")
    alone = tag(tagger, talk(customer, ("agent", "Hello.")))
    among = tag(
        tagger,
        talk(
            customer,
            Turn(role=Role.AGENT, text=angry, visibility=Visibility.INTERNAL),
            Turn(role=Role.BOT, text=angry),
            Turn(role=Role.SYSTEM, text=angry),
            Turn(role=Role.AGENT, text=angry),
        ),
    )
    (one,), (other,) = (whole(t, SignalKind.SENTIMENT) for t in (alone, among))
    assert (one.label, one.value) == (other.label, other.value) == ("positive", one.value)


def test_nobody_but_the_customer_is_given_a_mood(tagger: Tagger, talk: Talk) -> None:
    conversation = talk(
        ("agent", "I am so angry!"), ("bot", "Great!"), ("system", "Bad."), ("customer", "ok fine")
    )
    tagged = tag(tagger, conversation)
    moods = [s for s in tagged.signals if s.kind is SignalKind.SENTIMENT]
    assert {s.subject_id for s in moods} == {conversation.id, conversation.turn_id(3)}


def test_quoted_mail_is_not_read(tagger: Tagger, talk: Talk) -> None:
    text = "Thank you, all good!\n> This is the worst company, I want a refund!"
    quoted = Part(kind=PartKind.QUOTED, start=text.index(">"), end=len(text))
    tagged = tag(tagger, talk(Turn(role=Role.CUSTOMER, text=text, parts=(quoted,))))
    assert "refund_request" not in labels(whole(tagged, SignalKind.INTENT))
    assert whole(tagged, SignalKind.SENTIMENT)[0].label == "positive"


def test_a_language_that_the_heads_do_not_know_abstains(tagger: Tagger, talk: Talk) -> None:
    text = "Guten Tag, seit gestern funktioniert mein Anschluss nicht mehr. Bitte helfen Sie mir!"
    tagged = tag(tagger, talk(("customer", text)))
    assert [s.label for s in whole(tagged, SignalKind.LANGUAGE)] == ["de"]
    for kind in (SignalKind.INTENT, SignalKind.SENTIMENT):
        (signal,) = whole(tagged, kind)
        assert signal.abstained
        assert signal.reason is AbstainReason.UNKNOWN_LANGUAGE
        assert signal.label
    assert not whole(tagged, SignalKind.ACT)


def test_what_is_no_support_matter_abstains(tagger: Tagger, talk: Talk) -> None:
    tagged = tag(tagger, talk(("customer", "what is the capital of France and who wrote Hamlet")))
    (intent,) = whole(tagged, SignalKind.INTENT)
    assert intent.abstained
    assert intent.reason is AbstainReason.OUT_OF_SCOPE
    assert "out_of_scope" in labels(whole(tagged, SignalKind.ACT))


def test_greeting_and_thanks_are_acts_not_needs(tagger: Tagger, talk: Talk) -> None:
    tagged = tag(tagger, talk(("customer", "hello"), ("customer", "thanks, bye")))
    assert labels(whole(tagged, SignalKind.ACT)) >= {"greet", "thank", "close"}
    assert not labels(whole(tagged, SignalKind.INTENT))


def conversations(talk: Talk) -> list[Conversation]:
    said = [
        "Where is my refund? I have waited for three weeks!",
        "ok",
        "hi there, can I change my booking to Friday",
        "Ich möchte meinen Vertrag kündigen, bitte bestätigen Sie das.",
        "",
        "My card 4111 1111 1111 1111 was declined. The router is broken too. Thanks, Anna",
    ]
    return [
        talk(("customer", text), ("agent", "I'll look into it."), source_id=str(place))
        for place, text in enumerate(said * 8)
    ]


def test_parts_that_are_read_side_by_side_come_in_order(
    tagger: Tagger, talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = conversations(talk)
    together = tagger.tag(batch)
    monkeypatch.setattr("nlp.tagger._PART", 2)
    in_parts = tagger.tag(batch)
    assert len(batch) > 2 * 2
    assert [one.conversation_id for one in in_parts] == [one.id for one in batch]
    assert [one.signals for one in in_parts] == [one.signals for one in together]


def test_alone_or_in_a_batch_the_answer_is_the_same(tagger: Tagger, talk: Talk) -> None:
    batch = conversations(talk)
    together = tagger.tag(batch)
    for conversation, among in zip(batch[:6], together, strict=False):
        alone = tag(tagger, conversation)
        assert [(s.kind, s.label, s.abstained) for s in alone.signals] == [
            (s.kind, s.label, s.abstained) for s in among.signals
        ]
        for one, other in zip(alone.signals, among.signals, strict=True):
            assert one.probability == pytest.approx(other.probability, abs=0.005)
        assert alone.redactions == among.redactions


def test_tagging_twice_gives_the_same_signals(tagger: Tagger, talk: Talk) -> None:
    batch = conversations(talk)[:6]
    first, second = tagger.tag(batch), tagger.tag(batch)
    assert [t.signals for t in first] == [t.signals for t in second]
    for tagged in first:
        assert len({s.id for s in tagged.signals}) == len(tagged.signals)


def test_an_edited_text_makes_other_signals(tagger: Tagger, talk: Talk) -> None:
    one = tag(tagger, talk(("customer", "Where is my refund?")))
    other = tag(tagger, talk(("customer", "Where is my refund now?")))
    assert {s.id for s in one.signals}.isdisjoint(s.id for s in other.signals)


def test_signals_name_their_makers(tagger: Tagger, talk: Talk) -> None:
    tagged = tag(tagger, talk(("customer", "Where is my refund of £20?")))
    for signal in tagged.signals:
        name, at, version = signal.model.partition("@")
        assert name
        assert at
        assert version
        of_general = signal.kind is SignalKind.INTENT or signal.label == "out_of_scope"
        assert (signal.taxonomy is not None) == of_general
        assert signal.probability is None or 0 <= signal.probability <= 1
    assert tagger.version


def test_no_identifier_is_read_by_the_encoder(config: TaggerConfig, talk: Talk) -> None:
    """What differs in an identifier alone is one text to the models."""
    tagger = Tagger.load(config)
    texts = [
        "Hi Dana, mail a@b.example about HP-77120345",
        "Hi Kim, mail x@y.example about AB-12345678",
    ]
    needs = [tag(tagger, talk(("customer", text))).need for text in texts]
    assert needs[0] is not None
    assert needs[1] is not None
    assert needs[0].tolist() == needs[1].tolist()


@pytest.mark.slow
def test_ten_thousand_turns(tagger: Tagger, talk: Talk) -> None:
    # Each goes through every step; the encoder, which is measured elsewhere, reads each text once.
    turns = [("customer", f"and number {n % 500} does not work") for n in range(5_000)]
    turns += [("agent", "One moment.")] * 5_000
    began = time.perf_counter()
    tagged = tag(tagger, talk(*turns))
    assert time.perf_counter() - began < 240
    assert len(whole(tagged, SignalKind.SENTIMENT)) == 1


@pytest.mark.slow
def test_a_very_long_message_says_how_much_was_read(tagger: Tagger, talk: Talk) -> None:
    text = "My order is late and nobody answers. " * 20_000
    (mood,) = whole(tag(tagger, talk(("customer", text))), SignalKind.SENTIMENT)
    assert mood.covered < 0.1


def test_summary_sentences_show_no_identifier(tagger: Tagger, talk: Talk) -> None:
    conversation = talk(("customer", "Please refund order 77120345 to greta@mill.example today."))
    tagged = tag(tagger, conversation)
    (need,) = whole(tagged, SignalKind.SUMMARY)
    (place,) = need.evidence
    shown = redacted(conversation.turns[0].text, tagged.redactions[0], place.start, place.end)
    assert shown == "Please refund order [ORDER_1] to [EMAIL_1] today."
