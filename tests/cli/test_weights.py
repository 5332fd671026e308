"""What was trained is used by one setting, and signals say so."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from nlp.heads import load_head, save_head
from nlp.parts import TOP, WEIGHTS, part, top
from nlp.train.trunk.adapter import load_adapter, save_adapter
from settings import Settings
from tests.cli.conftest import Run

TEXT = json.dumps({"id": "1", "text": "I am really angry, my parcel is lost!"})


def makers(told: str) -> dict[str, str]:
    """Give what made each kind of signal."""
    return {signal["kind"]: signal["model"] for signal in json.loads(told)["signals"]}


def test_what_ships_is_used_unless_told_otherwise() -> None:
    assert Settings().weights == WEIGHTS
    assert part(Settings().weights, "general") == WEIGHTS / "general.json"
    assert top(Settings().weights) == WEIGHTS / TOP


def test_a_trained_head_stands_in_the_place_of_the_shipped_one(
    throughline: Run, tmp_path: Path
) -> None:
    mine = replace(load_head(WEIGHTS, "sentiment"), thresholds={"negative": 0.9})
    save_head(mine, tmp_path, "sentiment")
    before = throughline("tag", "-", given=TEXT)
    after = throughline("tag", "-", given=TEXT, THROUGHLINE_WEIGHTS=str(tmp_path))
    assert before.returncode == after.returncode == 0, after.stderr
    old, new = makers(before.stdout), makers(after.stdout)
    assert new["sentiment"].startswith(f"sentiment-head@{mine.version}")
    assert old["sentiment"] != new["sentiment"]
    assert old["acts" if "acts" in old else "intent"] == new["acts" if "acts" in new else "intent"]

    listed = throughline("models", "list", "--json", THROUGHLINE_WEIGHTS=str(tmp_path))
    heads = {head["name"]: head["version"] for head in json.loads(listed.stdout)["heads"]}
    assert heads["sentiment"] == mine.version
    assert heads["general"] == load_head(WEIGHTS, "general").version


def test_a_folder_without_weights_is_no_silent_default(throughline: Run, tmp_path: Path) -> None:
    for command in (("tag", "-"), ("models", "build"), ("models", "list")):
        done = throughline(*command, given=TEXT, THROUGHLINE_WEIGHTS=str(tmp_path / "none"))
        assert done.returncode == 2
        assert "holds nothing that was trained" in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_a_trained_top_is_built_and_read_with(throughline: Run, tmp_path: Path) -> None:
    weights, models = tmp_path / "weights", tmp_path / "models"
    matrices = {name: value * 0.99 for name, value in load_adapter(WEIGHTS / TOP).items()}
    about = json.loads((WEIGHTS / TOP / "adapter.json").read_text())
    save_adapter(weights / TOP, matrices, about)
    used = {"THROUGHLINE_WEIGHTS": str(weights), "THROUGHLINE_MODEL_DIR": str(models)}

    built = throughline("models", "build", **used)
    assert built.returncode == 0, built.stderr
    assert f"weights {weights}: encoder" in built.stdout.replace("\n", "")
    assert "the heads for intents, sentiment" in built.stderr, "they are of the shipped top"

    manifest = json.loads(next(models.glob("*/manifest.json")).read_text())
    for path in WEIGHTS.glob("*.json"):
        said = json.loads(path.read_text())
        said["space"] = f"{said['space'].rpartition('@')[0]}@{manifest['adapter']}"
        (weights / path.name).write_text(json.dumps(said))
    for path in WEIGHTS.glob("*.safetensors"):
        shutil.copy(path, weights)
    tagged = throughline("tag", "-", given=TEXT, **used)
    assert tagged.returncode == 0, tagged.stderr
    assert "left out" not in tagged.stderr
    mine = load_head(weights, "sentiment")
    assert mine.version != load_head(WEIGHTS, "sentiment").version
    assert makers(tagged.stdout)["sentiment"].startswith(f"sentiment-head@{mine.version}")
