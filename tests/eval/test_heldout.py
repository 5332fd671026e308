"""No head is fitted on a text that it is measured on, whatever split it was published in."""

from collections.abc import Callable, Iterable
from operator import attrgetter, itemgetter
from typing import Any

import pytest

from domain.conversation import Role
from eval import acts, cue_heads, emotion, endings, heldout, train
from eval.datasets import canonical, pairs, rows
from settings import Settings

pytestmark = pytest.mark.data
if not Settings().data.exists():
    pytest.skip("no labelled data sets here (THROUGHLINE_DATA)", allow_module_level=True)

text = attrgetter("text")
FITTED_ON: dict[str, tuple[Callable[[], Iterable[Any]], Callable[[Any], str]]] = {
    "general": (lambda: train.intent_examples("train"), text),
    "sentiment": (lambda: [*train.tweets(), *train.own_moods()], itemgetter(0)),
    "emotion": (lambda: emotion.training("train"), text),
    "emotions of tweets": (lambda: emotion.tweets("train"), itemgetter(0)),
    "acts": (lambda: acts.training("train"), text),
    "cues_customer": (lambda: [*cue_heads.own(Role.CUSTOMER), *cue_heads.said()], text),
    "cues_agent": (lambda: cue_heads.own(Role.AGENT), text),
    "ending_customer": (
        lambda: [
            *endings.own_sentences(Role.CUSTOMER, "train"),
            *endings.public_sentences(),
        ],
        itemgetter(0),
    ),
}
STOPPED_BY: dict[str, tuple[Callable[[], Iterable[Any]], Callable[[Any], str]]] = {
    "general": (lambda: train.intent_examples("dev"), text),
    "emotion": (lambda: emotion.training("dev"), text),
    "acts": (lambda: acts.training("dev"), text),
}


def of(names: Iterable[str]) -> set[str]:
    found = {canonical(row["text"]) for name in names for row in rows(name)}
    return found - {""}


@pytest.mark.parametrize("head", FITTED_ON)
def test_no_head_is_fitted_on_a_text_that_is_measured_on(head: str) -> None:
    read, text_of = FITTED_ON[head]
    trained = {canonical(text_of(example)) for example in read()}
    assert len(trained) > 100
    assert not trained & of((*heldout.TESTS, *heldout.DEVELOPMENT))


@pytest.mark.parametrize("head", STOPPED_BY)
def test_no_test_text_decides_when_a_fit_stops_or_on_a_threshold(head: str) -> None:
    read, text_of = STOPPED_BY[head]
    assert not {canonical(text_of(example)) for example in read()} & of(heldout.TESTS)


def test_published_splits_overlap() -> None:
    published = {canonical(one) for one, _ in pairs("intent/multidogo/insurance_train")}
    assert published & of(["intent/multidogo/insurance_test"])


def test_a_copy_is_known_however_it_is_written() -> None:
    measured = next(row["text"] for row in rows("intent/banking77/test"))
    given = [f"  {measured.upper()}!! ", "nobody measures this sentence"]
    assert heldout.cleared(given, str, "train") == given[1:]
