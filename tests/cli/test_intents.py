"""Own taxonomies by the command line."""

import json
from pathlib import Path

from tests.cli.conftest import Run

EXAMPLES = {
    "parcel": ["where is my parcel", "when does the box arrive", "has my order been shipped"],
    "refund": ["i want my money back", "please refund me", "when is the refund paid out"],
    "oos": ["tell me a joke", "what is the weather like"],
}


def write(path: Path, lines: list[dict[str, object]]) -> str:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return str(path)


def test_a_taxonomy_is_fitted_from_examples_and_used(throughline: Run, tmp_path: Path) -> None:
    home = {"THROUGHLINE_TAXONOMY_DIR": str(tmp_path / "taxonomies")}
    lines = [{"text": t, "label": label} for label, texts in EXAMPLES.items() for t in texts]
    trained = throughline("intents", "train", write(tmp_path / "e", lines), "--name", "m", **home)
    assert trained.returncode == 0, trained.stderr
    asked = [{"id": 1, "text": "has the parcel left already?"}, {"id": 2}, {"id": 3, "text": ""}]
    out = tmp_path / "out"
    done = throughline(
        "intents", "predict", write(tmp_path / "in", asked), "--name", "m", "--output", str(out),
        **home,
    )  # fmt: skip
    assert done.returncode == 3, done.stderr
    first, second, third = (json.loads(line) for line in out.read_text().splitlines())
    assert first["label"] == "parcel"
    assert first["labels"] == ["parcel"]
    assert 0.5 < first["probability"] <= 1
    assert "error" in second
    assert (third["abstained"], third["reason"]) == (True, "no_text")


def test_a_version_goes_live_where_the_folder_takes_no_copy(called: Run, tmp_path: Path) -> None:
    home = {"THROUGHLINE_TAXONOMY_DIR": str(tmp_path / "taxonomies")}
    lines = [{"text": t, "label": label} for label, texts in EXAMPLES.items() for t in texts]
    called("intents", "train", write(tmp_path / "e", lines), "--name", "m", **home)
    assert called("intents", "list", **home).returncode == 0
    full = {"THROUGHLINE_TAXONOMY_DIR": write(tmp_path / "no-folder", [])}
    done = called("intents", "live", "m", **full)
    assert done.returncode == 0, done.stderr
    assert "took no copy" in done.stdout
    assert "m 1" in done.stdout


def test_a_text_may_have_several_labels(throughline: Run, tmp_path: Path) -> None:
    home = {"THROUGHLINE_TAXONOMY_DIR": str(tmp_path / "taxonomies")}
    lines = [{"text": t, "label": label} for label, texts in EXAMPLES.items() for t in texts]
    both = ["parcel", "refund"]
    lines += [{"text": "no parcel came so give me my money back", "labels": both}]
    lines += [{"text": "the box is lost, please refund me", "labels": both}]
    trained = throughline("intents", "train", write(tmp_path / "e", lines), "--name", "m", **home)
    assert trained.returncode == 0, trained.stderr
    asked = '{"id": "a", "text": "where is my box? refund me the money"}\n'
    done = throughline("intents", "predict", "-", "--name", "m", given=asked, **home)
    assert set(json.loads(done.stdout)["labels"]) <= set(both)
    wrong = write(tmp_path / "w", [*lines, {"text": "x", "labels": "parcel"}])
    failed = throughline("intents", "train", wrong, "--name", "m", **home)
    assert failed.returncode == 2
    assert "labels: not a list" in failed.stderr


def test_a_top_is_tuned_for_a_taxonomy(throughline: Run, tmp_path: Path) -> None:
    home = {"THROUGHLINE_TAXONOMY_DIR": str(tmp_path / "taxonomies")}
    lines = [{"text": t, "label": label} for label, texts in EXAMPLES.items() for t in texts]
    given = write(tmp_path / "e", lines)
    done = throughline("intents", "train", given, "--name", "m", "--tune", **home)
    assert done.returncode == 0, done.stderr
    (adapter,) = (tmp_path / "taxonomies").glob("m/*/adapter.safetensors")
    assert adapter.stat().st_size < 2_000_000
    asked = '{"id": "a", "text": "has the parcel left already?"}\n'
    done = throughline("intents", "predict", "-", "--name", "m", given=asked, **home)
    assert json.loads(done.stdout)["label"] == "parcel"


def test_a_taxonomy_is_made_from_descriptions_alone(throughline: Run, tmp_path: Path) -> None:
    home = {"THROUGHLINE_TAXONOMY_DIR": str(tmp_path / "taxonomies")}
    lines: list[dict[str, object]] = [
        {"label": "parcel", "description": "asks where an order or parcel is"},
        {"label": "refund", "description": "wants money back"},
    ]
    trained = throughline("intents", "train", write(tmp_path / "d", lines), "--name", "z", **home)
    assert trained.returncode == 0, trained.stderr
    asked = '{"id": "a", "text": "give me my money back please"}\n'
    done = throughline("intents", "predict", "-", "--name", "z", given=asked, **home)
    assert json.loads(done.stdout)["label"] == "refund"


def test_a_wrong_example_is_named_and_nothing_is_fitted(throughline: Run, tmp_path: Path) -> None:
    home = {"THROUGHLINE_TAXONOMY_DIR": str(tmp_path / "taxonomies")}
    lines: list[dict[str, object]] = [{"text": "x", "label": "a"}, {"text": "y"}]
    failed = throughline("intents", "train", write(tmp_path / "e", lines), "--name", "m", **home)
    assert failed.returncode == 2
    assert "line 2: label" in failed.stderr
    missing = throughline("intents", "predict", "-", "--name", "m", given="", **home)
    assert "intents train" in missing.stderr
