"""Any Hugging Face classifier takes a head's place, or stands beside the heads."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoModelForSequenceClassification

from domain.head_config import HeadConfig
from domain.signal import AbstainReason, SignalKind, SubjectKind
from nlp.about import about
from nlp.external.build import build
from nlp.external.head import ExternalHead
from nlp.models import ModelError
from nlp.tagger import Tagger, TaggerConfig
from tests.nlp.conftest import Talk

MOODS = {"LABEL_0": "negative", "LABEL_1": "neutral", "LABEL_2": "positive"}
TEXT = "where is my parcel i am so angry"
Made = Callable[..., Path]


def loaded(folder: Path, name: str, config: HeadConfig) -> ExternalHead:
    build(folder, name, config)
    return ExternalHead.load(folder, name, config, threads=1)


def plain(source: Path, ids: list[int]) -> np.ndarray:
    model = AutoModelForSequenceClassification.from_pretrained(source).eval()
    with torch.no_grad():
        return model(torch.tensor([ids])).logits[0].double().numpy()


@pytest.mark.parametrize("family", ["bert", "roberta"])
def test_a_head_says_what_the_model_says(tmp_path: Path, classifier: Made, family: str) -> None:
    source = classifier(list(MOODS), family)
    head = loaded(tmp_path / "models", "sentiment", HeadConfig(model=str(source), labels=MOODS))
    answers = head.read(["bad parcel"])
    logits = plain(source, [0, 5, 9, 2])
    expected = np.exp(logits) / np.exp(logits).sum()
    assert head.labels == ("negative", "neutral", "positive")
    np.testing.assert_allclose(answers.shares[0], expected, atol=0.02)


@pytest.mark.parametrize("family", ["bert", "roberta"])
def test_a_text_alone_is_the_text_in_a_batch(tmp_path: Path, classifier: Made, family: str) -> None:
    source = classifier(list(MOODS), family)
    head = loaded(tmp_path / "models", "sentiment", HeadConfig(model=str(source), labels=MOODS))
    texts = ["bad", "my parcel is so good", "where " * 100, "i am angry " * 10, "the refund"]
    together = head.read(texts)
    alone = np.concatenate([head.read([text]).shares for text in texts])
    np.testing.assert_allclose(together.shares, alone, atol=0.005)


def test_a_head_may_be_asked_by_several_threads(tmp_path: Path, classifier: Made) -> None:
    source = classifier(list(MOODS))
    head = loaded(tmp_path / "models", "sentiment", HeadConfig(model=str(source), labels=MOODS))
    texts = ["bad parcel", "my parcel is so good", "i am angry", "the refund"] * 25
    alone = [head.read([text]).shares for text in texts]
    with ThreadPoolExecutor(4) as threads:
        at_once = list(threads.map(lambda text: head.read([text]).shares, texts))
    np.testing.assert_array_equal(alone, at_once)


def test_long_text_is_read_in_windows_and_says_what_was_left(
    tmp_path: Path, classifier: Made
) -> None:
    config = HeadConfig(model=str(classifier(list(MOODS))), labels=MOODS)
    head = loaded(tmp_path / "models", "sentiment", config)
    answers = head.read(["bad " * 100, "good " * 100, "bad " * 5_000])
    assert list(answers.covered[:2]) == [1.0, 1.0]
    assert 0.1 < answers.covered[2] < 1.0
    assert abs(answers.shares[0] - answers.shares[1]).max() > 0.001


def test_several_labels_may_hold_where_the_model_says_so(tmp_path: Path, classifier: Made) -> None:
    source = classifier(["mad", "cross", "happy"], problem_type="multi_label_classification")
    labels = {"mad": "anger", "cross": "anger", "happy": "joy"}
    head = loaded(tmp_path / "models", "emotion", HeadConfig(model=str(source), labels=labels))
    logits = plain(source, [0, 5, 9, 2])
    single = 1 / (1 + np.exp(-logits))
    shares = head.read(["bad parcel"]).shares[0]
    assert head.labels == ("anger", "joy")
    np.testing.assert_allclose(shares, [single[:2].max(), single[2]], atol=0.02)


def test_temperature_makes_it_less_sure_and_is_another_version(
    tmp_path: Path, classifier: Made
) -> None:
    config = HeadConfig(model=str(classifier(list(MOODS))), labels=MOODS)
    sure = loaded(tmp_path / "models", "sentiment", config)
    mild = loaded(tmp_path / "models", "sentiment", config.model_copy(update={"temperature": 9.0}))
    assert mild.read([TEXT]).shares.max() < sure.read([TEXT]).shares.max()
    assert mild.version != sure.version


@pytest.mark.parametrize(
    ("name", "labels", "told"),
    [
        ("sentiment", {}, r"cannot be said here.*say in THROUGHLINE_HEADS"),
        ("sentiment", {"LABEL_0": "negative"}, "nothing is said of LABEL_1, LABEL_2"),
        ("sentiment", {**MOODS, "LABEL_9": "neutral"}, "the model has no label LABEL_9"),
        ("emotion", {**MOODS, "LABEL_0": "furious"}, "furious.*anger, frustration"),
        ("sentiment", {**MOODS, "LABEL_2": None}, "negative and positive at least"),
        ("topic", {**MOODS, "LABEL_0": "Big Topic"}, "lower-case words"),
    ],
)
def test_labels_that_do_not_fit_say_what_to_write(
    tmp_path: Path, classifier: Made, name: str, labels: dict[str, str], told: str
) -> None:
    config = HeadConfig(model=str(classifier(list(MOODS))), labels=labels)
    with pytest.raises(ModelError, match=told):
        build(tmp_path / "models", name, config)


def test_a_model_that_is_not_here_says_what_to_do(tmp_path: Path) -> None:
    config = HeadConfig(model="nobody/has-this")
    with pytest.raises(ModelError, match=r"nothing is downloaded.*THROUGHLINE_HEADS"):
        build(tmp_path, "sentiment", config)
    with pytest.raises(ModelError, match="throughline models build"):
        ExternalHead.load(tmp_path, "sentiment", config)


def test_heads_take_part_in_tagging(
    config: TaggerConfig, tmp_path: Path, classifier: Made, talk: Talk
) -> None:
    heads = {
        "sentiment": HeadConfig(model=str(classifier(list(MOODS))), labels=MOODS),
        "emotion": HeadConfig(
            model=str(classifier(["mad", "happy"], problem_type="multi_label_classification")),
            labels={"mad": "anger", "happy": "joy"},
            threshold=0.01,
        ),
        "topic": HeadConfig(model=str(classifier(["parcels", "money", "other"])), threshold=0.2),
    }
    for name, head in heads.items():
        build(config.model_dir, name, head)
    tagger = Tagger.load(replace(config, heads=heads))
    conversation = talk(("customer", f"{TEXT}. bad refund."), ("agent", "the parcel is good"))
    (tagged,) = tagger.tag([conversation])

    by_model = {s.model.partition(":")[0]: s for s in tagged.signals}
    assert set(by_model) >= {"hf-sentiment", "hf-emotion", "hf-topic"}
    assert not any(s.model.startswith("sentiment-head") for s in tagged.signals)
    topics = [s for s in tagged.signals if (s.taxonomy or "").startswith("topic@")]
    assert {s.subject_kind for s in topics} == {SubjectKind.TURN, SubjectKind.CONVERSATION}
    assert all(s.own_taxonomy == "topic" for s in topics)
    assert any(s.kind is SignalKind.INTENT and s.own_taxonomy is None for s in tagged.signals)
    assert tagger.version != Tagger.load(config).version

    told = about(config.model_dir, config.encoder, classifiers=heads)
    known = {one.name: one for one in told.classifiers}
    topic = known["topic"]
    assert (topic.model, topic.in_place) == (heads["topic"].model, False)
    assert {f"hf-{one.name}:{one.version}" for one in told.classifiers} <= {
        s.model for s in tagged.signals
    }
    states = {head.name: (head.state, head.reason) for head in told.heads}
    instead = ("replaced", f"hf-sentiment:{known['sentiment'].version}")
    assert states["sentiment"] == states["turn_mood"] == instead
    assert states["general"] == states["acts"] == ("serves", None)

    explanation = tagger.explain(conversation, tagged.signals)
    explained = {s.model.partition(":")[0] for s in tagged.signals if s.id in explanation.words}
    assert {"hf-sentiment", "hf-topic"} & explained


def test_below_the_threshold_the_best_label_abstains(
    config: TaggerConfig, classifier: Made, talk: Talk
) -> None:
    labels = {"a": "refund_request", "b": "delivery_problem", "c": "thanks_closing"}
    head = HeadConfig(model=str(classifier(["a", "b", "c"])), labels=labels, threshold=1.0)
    build(config.model_dir, "intent", head)
    tagger = Tagger.load(replace(config, heads={"intent": head}))
    (tagged,) = tagger.tag([talk(("customer", TEXT))])
    (intent,) = [
        s
        for s in tagged.signals
        if s.kind is SignalKind.INTENT and s.subject_kind is SubjectKind.TURN
    ]
    assert intent.label in {"refund_request", "delivery_problem"}
    assert intent.abstained
    assert intent.reason is AbstainReason.LOW_PROBABILITY
