import pytest
import yaml

from nlp.taxonomy import FOLDER, general


def examples(name: str) -> dict[str, list[str]]:
    loaded: dict[str, list[str]] = yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))[
        "examples"
    ]
    return loaded


def test_every_label_has_examples_of_our_own() -> None:
    taxonomy = general()
    written = examples("general_examples.yaml")
    assert set(written) == {*taxonomy.intents, *taxonomy.acts}
    for label, texts in written.items():
        assert len(texts) >= 15, label


@pytest.mark.parametrize("name", ["general_examples.yaml", "sentiment_examples.yaml"])
def test_examples_are_texts_and_stand_once(name: str) -> None:
    texts = [text for part in examples(name).values() for text in part]
    assert all(isinstance(text, str) and text.strip() for text in texts)
    assert len(set(texts)) == len(texts)
