"""The fine-tuning of the encoder: seeded, resumable, small files, the product's own pooling."""

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import openvino
import pytest
import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import AutoModel, BertConfig, BertModel

from nlp.convert import convert, convert_tops
from nlp.train.trunk.adapter import load_adapter, merge
from nlp.train.trunk.batches import Tokens, load_tokenizer, plan
from nlp.train.trunk.fit import OtherRecipeError, Recipe, fit
from nlp.train.trunk.measure import embed
from nlp.train.trunk.network import Trunk
from nlp.train.trunk.task import Split, Task
from nlp.vectors import pooled

WORDS = ("my", "card", "is", "lost", "broken", "where", "parcel", "refund", "love", "hate", "it")
RECIPE = Recipe(rank=4, shared=1, epochs=3, batch=4, measure_every=3, patience=99, bf16=False)


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """A tiny model gains nothing from more, and loses where cores are busy."""
    usual = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(usual)


def silent(line: str) -> None:
    assert line


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Hugging Face folder with a model of a few thousand weights."""
    folder = tmp_path_factory.mktemp("base")
    vocabulary = {word: place for place, word in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]"])}
    vocabulary |= {word: len(vocabulary) + place for place, word in enumerate(WORDS)}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    torch.manual_seed(1)
    shape = {"hidden_size": 16, "intermediate_size": 32, "num_attention_heads": 2}
    config = BertConfig(vocab_size=len(vocabulary), num_hidden_layers=2, **shape)
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    return folder


def texts(count: int, seed: int) -> tuple[list[tuple[str, ...]], np.ndarray]:
    """Texts of one or two sentences whose label is whether a word stands in them."""
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(count):
        sizes = rng.integers(2, 7, size=rng.integers(1, 3))
        made.append(tuple(" ".join(rng.choice(WORDS, size)) for size in sizes))
    held = np.array(["lost" in " ".join(pieces) for pieces in made])
    return made, np.stack([held, ~held], axis=1).astype(np.float32)


@pytest.fixture(scope="module")
def tasks(base: Path) -> list[Task]:
    splits = [Split(*texts(40, seed)) for seed in range(4)]
    unit = np.random.default_rng(0).normal(size=(40, 16)).astype(np.float32)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    near = Split(splits[0].texts, unit)
    return [
        Task("a", "cosine", splits[0], splits[1], 20),
        Task("b", "linear", splits[2], splits[3], 40),
        Task("near", "anchor", near, near, 12, 0.5),
    ]


def adapter_of(folder: Path) -> dict[str, np.ndarray]:
    kept = torch.load(folder / "checkpoint.pt", weights_only=True)
    return {name: value.numpy() for name, value in kept["weights"].items()}


def same(left: dict[str, np.ndarray], right: dict[str, np.ndarray]) -> bool:
    return left.keys() == right.keys() and all(np.array_equal(left[k], right[k]) for k in left)


def test_one_seed_gives_one_result(base: Path, tasks: list[Task], tmp_path: Path) -> None:
    for name in ("one", "two"):
        fit(base, tasks, RECIPE, tmp_path / name, silent)
    fit(base, tasks, replace(RECIPE, seed=2), tmp_path / "other", silent)
    assert same(adapter_of(tmp_path / "one"), adapter_of(tmp_path / "two"))
    assert not same(adapter_of(tmp_path / "one"), adapter_of(tmp_path / "other"))


@pytest.mark.parametrize("stop", [1, 7, 20])
def test_a_run_that_was_stopped_ends_where_an_unbroken_one_does(
    base: Path, tasks: list[Task], tmp_path: Path, stop: int
) -> None:
    whole = fit(base, tasks, RECIPE, tmp_path / "whole", silent)
    fit(base, tasks, RECIPE, tmp_path / "torn", silent, stop_after=stop)
    torn = fit(base, tasks, RECIPE, tmp_path / "torn", silent)
    assert same(adapter_of(tmp_path / "whole"), adapter_of(tmp_path / "torn"))
    assert whole == torn


def test_a_checkpoint_of_another_recipe_is_refused(
    base: Path, tasks: list[Task], tmp_path: Path
) -> None:
    fit(base, tasks, RECIPE, tmp_path, silent, stop_after=1)
    with pytest.raises(OtherRecipeError, match=r"another recipe \(rate 0.0007, not 1e-05\)"):
        fit(base, tasks, replace(RECIPE, rate=1e-5), tmp_path, silent)


def test_training_moves_the_scores_up_and_stops_without_gain(
    base: Path, tasks: list[Task], tmp_path: Path
) -> None:
    lines: list[str] = []
    pace = {"rate": 1e-2, "head_rate": 1e-2, "measure_every": 20, "patience": 3}
    recipe = replace(RECIPE, shared=0, epochs=300, **pace)
    best = fit(base, tasks, recipe, tmp_path, lines.append)
    assert best["b"] > 0.8
    ahead = next(line for line in reversed(lines) if line.startswith("step"))
    assert int(ahead.split()[1].split("/")[0]) < 300 * 18


@pytest.fixture(scope="module")
def trained(base: Path, tasks: list[Task], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    fit(base, tasks, replace(RECIPE, rate=1e-2), folder, silent)
    return folder


def merged_vectors(folder: Path, read: list[tuple[str, ...]]) -> np.ndarray:
    """Encode as the product does: each sentence by itself, then pooled by length."""
    model = AutoModel.from_pretrained(folder, add_pooling_layer=False).eval()
    tokenizer = load_tokenizer(folder, 64)

    def one(piece: str) -> np.ndarray:
        ids = torch.tensor([tokenizer.encode(piece).ids])
        vector = model(input_ids=ids).last_hidden_state[0].mean(dim=0).detach().numpy()
        return vector / np.linalg.norm(vector)

    return np.stack(
        [
            pooled(
                np.stack([one(piece) for piece in pieces]),
                np.array([len(piece) for piece in pieces], np.float32),
            )
            for pieces in read
        ]
    )


def test_the_merged_folder_encodes_as_the_trained_network_by_the_products_pooling(
    base: Path, tasks: list[Task], trained: Path, tmp_path: Path
) -> None:
    merge(base, trained / "best", tmp_path)
    trunk = Trunk(base, tasks, RECIPE.rank, RECIPE.shared)
    about = load_adapter(trained / "best")
    for name, value in trunk.named_parameters():
        if "lora_" in name:
            key = name.removeprefix("encoder.base_model.model.").removesuffix(".default.weight")
            value.data.copy_(torch.from_numpy(about[key]))
    read = texts(20, 9)[0]
    inside = embed(trunk, Tokens.of(read, load_tokenizer(base, 64))).numpy()
    np.testing.assert_allclose(merged_vectors(tmp_path, read), inside, atol=1e-5)


def test_strength_goes_from_the_base_to_the_tuned_model(
    base: Path, trained: Path, tmp_path: Path
) -> None:
    read = texts(10, 9)[0]
    frozen = merged_vectors(base, read)
    near = []
    for strength in (0.0, 0.5, 1.0):
        merge(base, trained / "best", tmp_path / str(strength), strength)
        near.append(float((merged_vectors(tmp_path / str(strength), read) * frozen).sum(1).mean()))
    assert near[0] == pytest.approx(1.0, abs=1e-6)
    assert near[0] > near[1] > near[2]


def test_what_git_carries_is_small(trained: Path, base: Path) -> None:
    files = {path.name for path in (trained / "best").iterdir()}
    assert files == {"adapter.safetensors", "adapter.json"}
    adapted = sum(a.size for a in load_adapter(trained / "best").values())
    assert (trained / "best" / "adapter.safetensors").stat().st_size < 2 * adapted + 8_000


def test_the_default_adapter_of_the_default_encoder_fits_in_five_megabytes() -> None:
    matrices = (6 - Recipe().shared) * (4 * (384 + 384) + 2 * (384 + 1536)) * Recipe().rank
    assert 2 * matrices < 5_000_000


def test_an_epoch_has_each_text_once_and_no_more_than_asked(base: Path, tasks: list[Task]) -> None:
    tokenizer = load_tokenizer(base, 64)
    tokens = [Tokens.of(task.train.texts, tokenizer) for task in tasks]
    drawn = plan(tasks, tokens, 4, seed=3, epoch=0)
    for place, task in enumerate(tasks):
        rows = [row for index, part in drawn if index == place for row in part]
        assert len(rows) == len(set(rows)) == task.per_epoch
    assert drawn == plan(tasks, tokens, 4, seed=3, epoch=0)
    assert drawn != plan(tasks, tokens, 4, seed=3, epoch=1)


def test_no_text_of_the_trunk_is_a_measured_one(monkeypatch: pytest.MonkeyPatch) -> None:
    trunk = pytest.importorskip("eval.trunk")
    monkeypatch.setattr(trunk, "held_out", lambda: frozenset({"wheresmyparcel"}))
    given = [("Where's my parcel?!", ("a",)), ("new", ("a",)), ("NEW!", ("a",)), ("...", ("b",))]
    assert trunk.trainable(given) == [("new", ("a",))]
    assert trunk.plain("a\\u002c b\\u0027s") == "a, b's"


@pytest.mark.data
def test_every_data_set_is_cleared_of_measured_texts() -> None:
    if not os.environ.get("THROUGHLINE_DATA"):
        pytest.skip("THROUGHLINE_DATA is not set")
    trunk = pytest.importorskip("eval.trunk")
    from eval.datasets import canonical

    readers: list[Callable[[str], list[tuple[str, tuple[str, ...]]]]] = [
        read for read, *_ in trunk._SETS.values()
    ]
    for read in readers:
        kept = trunk.trainable(read("train"))
        assert kept
        assert not {canonical(text) for text, _ in kept} & trunk.held_out()


def run(folder: Path, name: str, *given: np.ndarray) -> np.ndarray:
    network = openvino.Core().compile_model(str(folder / f"{name}.xml"), "CPU")
    return network(list(given))[0]


def test_two_tops_on_one_stem_read_as_the_base_and_the_merged_model_do(
    base: Path, trained: Path, tmp_path: Path
) -> None:
    folders = {name: tmp_path / name for name in ("tops", "base", "tuned", "merged")}
    for folder in folders.values():
        folder.mkdir()
    merge(base, trained / "best", folders["merged"])
    convert_tops(base, trained / "best", folders["tops"])
    convert(base, folders["base"])
    convert(folders["merged"], folders["tuned"])

    ids = np.array([[2, 5, 6, 7, 3, 0], [2, 4, 8, 9, 10, 3]], np.int64)
    mask = (ids != 0).astype(np.int64)
    hidden = run(folders["tops"], "stem", ids, mask)
    seen = mask.astype(bool)
    for top, whole in (("space", "base"), ("signals", "tuned")):
        expected = run(folders[whole], "model", ids, mask)
        read = run(folders["tops"], top, hidden, mask)
        np.testing.assert_allclose(read[seen], expected[seen], atol=2e-2)
    assert not np.allclose(
        run(folders["tops"], "space", hidden, mask), run(folders["tops"], "signals", hidden, mask)
    )
