import pytest

from eval import datasets, train
from nlp.taxonomy import general
from settings import Settings

pytestmark = pytest.mark.data
if not Settings().data.exists():
    pytest.skip("no labelled data sets here (THROUGHLINE_DATA)", allow_module_level=True)


def test_every_label_of_every_set_is_mapped_into_the_taxonomy() -> None:
    known = {*general().intents, *general().acts}
    for split in ("train", "dev", "test"):
        examples = datasets.general(split)
        assert {label for example in examples for label in example.labels} <= known
    assert {label for example in datasets.nlupp() for label in example.labels} <= known


def test_no_example_of_our_own_was_copied() -> None:
    own = {
        example.text.lower() for split in ("train", "dev") for example in train.own_examples(split)
    }
    long = {text for text in own if len(text.split()) > 6}
    public = {e.text.lower() for split in ("train", "dev", "test") for e in datasets.general(split)}
    assert not long & public


def test_development_and_training_are_apart() -> None:
    split = [{e.text for e in datasets.banking77(name)} for name in ("train", "dev", "test")]
    assert not split[0] & split[1]
    assert not (split[0] | split[1]) & split[2]
