"""Our own talks are labelled by the guide, and none stands on both sides."""

from itertools import chain

from domain.conversation import Role
from eval.labelled import TALKS, labelled_talks
from nlp.acts import ACTS
from nlp.cues.effort import LABELS as EFFORT
from nlp.cues.promises import ACTIONS
from nlp.emotion import LABELS as EMOTIONS
from nlp.resolution import LABELS as RESOLUTIONS
from nlp.sentiment import LABELS as SENTIMENTS
from nlp.taxonomy import general


def test_every_label_is_one_of_the_guide() -> None:
    intents = set(general().intents)
    for talk in labelled_talks():
        assert talk.resolution in RESOLUTIONS
        assert talk.satisfaction in range(1, 6)
        for _, row in talk.of(Role.CUSTOMER):
            assert set(row["intents"]) <= intents
            assert row["sentiment"] in SENTIMENTS
            assert row["emotions"]
            assert set(row["emotions"]) <= set(EMOTIONS)
            assert set(row["effort"]) <= set(EFFORT)
            assert isinstance(row["urgency"], bool)
        for _, row in talk.of(Role.AGENT):
            assert {promise["action"] for promise in row["promises"]} <= set(ACTIONS)
        assert {act for row in talk.labels for act in row["acts"]} <= set(ACTS)


def test_what_is_promised_by_when_stands_in_the_turn() -> None:
    for talk in labelled_talks():
        for place, row in talk.of(Role.AGENT):
            body = talk.conversation.turns[place].text.lower()
            for promise in row["promises"]:
                assert promise["due"] is None or promise["due"].lower() in body


def test_no_talk_is_for_training_and_for_development() -> None:
    train, dev = ([str(t.labels) for t in labelled_talks(split)] for split in ("train", "dev"))
    assert len(dev) * 5 <= len(train) <= len(dev) * 7
    assert not set(train) & set(dev)
    told = [
        {turn.text for t in labelled_talks(split) for turn in t.conversation.turns[:2]}
        for split in ("train", "dev")
    ]
    assert not [text for text in told[0] & told[1] if len(text) > 60]


def test_every_intent_and_cue_has_its_turns() -> None:
    rows = [row for talk in labelled_talks("train") for _, row in talk.of(Role.CUSTOMER)]
    said = list(chain.from_iterable(row["intents"] for row in rows))
    assert min(said.count(intent) for intent in general().intents) >= 20
    assert all(path.stat().st_size < 400_000 for path in TALKS.glob("*.jsonl"))
