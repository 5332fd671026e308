"""A shipped head comes out of its command again, and the card says what was trained."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
import torch
import yaml
from typer.testing import CliRunner

from cli.console import problems
from cli.train import Part, app
from eval import outcome as outcomes
from eval import satisfaction as contents
from eval import talks
from eval.card import write_card
from eval.heads import HEADS, UnlikeSpacesError, fit
from eval.rests import resting_on
from eval.turn_heads import alone
from nlp.heads import Head, load_head, save_head
from nlp.outcome import OutcomeModel
from nlp.parts import TOP, WEIGHTS, held
from nlp.satisfaction.model import SatisfactionModel
from nlp.taxonomy import FOLDER
from nlp.train.trunk.adapter import load_adapter
from nlp.vectors import Vectors
from settings import Settings

data = pytest.mark.skipif(
    not Settings().data.exists(), reason="no labelled data sets here (THROUGHLINE_DATA)"
)


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

    assert again.fitted["texts"] > again.fitted["held_back"] > 10
    assert 0 <= again.fitted["ece"] < 0.4
    card = Path("out/card.md").read_text()
    assert again.version in card
    assert shipped.space in card
    assert f"| {again.fitted['ece']:.4g} |" in card


@pytest.mark.slow
def test_how_contacts_end_is_trained_last_and_into_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def few(split: str = "train") -> list[talks.Ended]:
        return talks.long_talks(split)[:20]

    for module in (outcomes, contents):
        monkeypatch.setattr(module, "long_talks", few)
    done = CliRunner().invoke(app, ["satisfaction", "resolution", "--output", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert done.output.index("resolution: ") < done.output.index("satisfaction: ")
    assert held(tmp_path) == ("resolution", "satisfaction")

    outcome = OutcomeModel.load(tmp_path / "resolution.json")
    content = SatisfactionModel.load(tmp_path / "satisfaction.json")
    assert outcome.space == content.space == load_head(WEIGHTS, "general").space
    shipped = OutcomeModel.load(WEIGHTS / "resolution.json")
    assert outcome.weights.keys() == shipped.weights.keys()
    card = (tmp_path / "card.md").read_text()
    assert outcome.version in card
    assert content.version in card


class Stopped:
    """Counts looks at development texts, and ends the run at one of them as Ctrl-C does."""

    def __init__(self, at: int) -> None:
        self.at, self.looks = at, 0

    def __call__(self, line: str, **_: object) -> None:
        self.looks += line.startswith("banking77 0") or line.startswith("banking77 1.")
        if self.looks == self.at:
            raise KeyboardInterrupt


@data
@pytest.mark.data
@pytest.mark.slow
def test_training_of_the_encoder_is_taken_up_where_it_was_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from eval import trunk

    # Reading the sets takes longer than all the rest here, and both runs read the same.
    monkeypatch.setattr(trunk, "tasks_of", cache(trunk.tasks_of))
    command = ["encoder", "--scale", "0.002", "--epochs", "1", "--threads", "1"]
    command += ["--output", str(tmp_path)]
    with monkeypatch.context() as first:
        first.setattr(problems, "print", Stopped(at=3))
        stopped = CliRunner().invoke(app, command)
    assert stopped.exit_code != 0
    assert (tmp_path / "trunk/checkpoint.pt").exists()
    assert not (tmp_path / TOP).exists(), "heads would be fitted on a top that changes"

    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    assert "taken up at step 2" in done.output
    trained = load_adapter(tmp_path / TOP)
    assert trained.keys() == load_adapter(WEIGHTS / TOP).keys()
    assert held(tmp_path) == ("encoder",)
    assert "| banking77 |" in (tmp_path / "card.md").read_text()

    other = CliRunner().invoke(app, [*command, "--seed", "7"])
    assert other.exit_code == 2
    assert "another recipe (seed 20261123, not 7)" in other.output


def test_a_missing_device_is_told_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    command = ["encoder", "--device", "cuda", "--output", str(tmp_path)]
    refused = CliRunner().invoke(app, command)
    assert refused.exit_code == 2
    assert "leave --device out" in refused.output


def test_the_tuned_top_is_of_the_default_encoder_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THROUGHLINE_ENCODER", "/models/mine")
    refused = CliRunner().invoke(app, ["encoder", "--output", str(tmp_path)])
    assert refused.exit_code == 2
    assert "THROUGHLINE_ENCODER is /models/mine" in refused.output


def test_heads_that_rest_on_others_take_those_that_were_trained(tmp_path: Path) -> None:
    shipped = load_head(WEIGHTS, "sentiment")
    mine = replace(shipped, thresholds={"negative": 0.9})
    save_head(mine, tmp_path, "sentiment")
    with resting_on(tmp_path):
        heads = alone()
        assert heads.sentiment.version == mine.version
        assert heads.general.version == load_head(WEIGHTS, "general").version
    assert alone().sentiment.version == shipped.version


@pytest.mark.parametrize("name", ["turn_mood", "resolution", "satisfaction"])
def test_parts_of_unlike_spaces_are_not_put_on_each_other(name: str, tmp_path: Path) -> None:
    shipped = load_head(WEIGHTS, "sentiment")
    save_head(replace(shipped, space="mine@1"), tmp_path, "sentiment")
    here = cast(Vectors, SimpleNamespace(signals=shipped.space))
    with pytest.raises(UnlikeSpacesError) as told:
        fit(name, here, tmp_path)
    assert str(told.value).startswith(f"{name} rests on sentiment, fitted in the space mine@1")
    assert f"throughline train sentiment {name} --output {tmp_path}" in str(told.value)


def test_the_card_tells_of_all_that_lies_in_the_folder(tmp_path: Path) -> None:
    for name in ("sentiment", "emotion"):
        head = replace(load_head(WEIGHTS, name), fitted={"texts": 123, "ece": 0.0123})
        save_head(head, tmp_path, name)
        write_card(tmp_path)
    told = (tmp_path / "card.md").read_text()
    for name in ("sentiment", "emotion"):
        version = load_head(WEIGHTS, name).version
        assert f"| {name} | {version} |" in told, "what the fit knows is no part of the version"
    assert told.count("| 123 |  | 0.0123 |") == 2


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
