"""A shipped head comes out of its command again, and the card says what was trained."""

from pathlib import Path

import numpy as np
import pytest
import yaml
from typer.testing import CliRunner

from cli.train import Part, app
from eval.heads import HEADS
from nlp.heads import Head, load_head
from nlp.tagger import WEIGHTS
from nlp.taxonomy import FOLDER


def sure(head: Head) -> np.ndarray:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(500, 384)).astype(np.float32)
    return head.probabilities(rows / np.linalg.norm(rows, axis=1, keepdims=True))


@pytest.mark.slow
def test_training_a_shipped_head_again_gives_it_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THROUGHLINE_MODEL_DIR", str(Path("var/models").absolute()))
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["ending_agent", "--output", "out"])
    assert done.exit_code == 0, done.output

    again, shipped = load_head(Path("out"), "ending_agent"), load_head(WEIGHTS, "ending_agent")
    assert again.labels == shipped.labels
    assert again.space == shipped.space
    # Another processor rounds otherwise, so what the head says is compared, not its bytes.
    left, right = sure(again), sure(shipped)
    assert (left.argmax(axis=1) == right.argmax(axis=1)).mean() > 0.95
    assert np.abs(left - right).mean() < 0.02

    card = Path("out/card.md").read_text()
    assert again.version in card
    assert shipped.space in card


def test_what_cannot_be_trained_is_named(tmp_path: Path) -> None:
    refused = CliRunner().invoke(app, ["nothing", "--output", str(tmp_path)])
    assert refused.exit_code == 2
    assert "ending_agent" in refused.output


def test_the_labelled_data_is_asked_for_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THROUGHLINE_DATA", str(tmp_path / "none"))
    monkeypatch.setenv("THROUGHLINE_MODEL_DIR", str(Path("var/models").absolute()))
    monkeypatch.chdir(tmp_path)
    refused = CliRunner().invoke(app, ["sentiment", "--output", "out"])
    assert refused.exit_code != 0
    assert "THROUGHLINE_DATA" in refused.output


def test_every_head_can_be_trained_by_name() -> None:
    assert {part.value for part in Part} == {"encoder", *HEADS}


def test_every_trained_head_has_its_card() -> None:
    cards = yaml.safe_load((FOLDER.parent / "cards.yaml").read_text(encoding="utf-8"))["heads"]
    heads = {path.stem for path in WEIGHTS.glob("*.safetensors")}
    assert heads <= set(cards)
