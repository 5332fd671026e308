from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    DistilBertConfig,
    DistilBertModel,
    RobertaConfig,
    RobertaForSequenceClassification,
)

WORDS = ["good", "bad", "where", "is", "my", "parcel", "refund", "i", "am", "so", "angry", "the"]
SIZES = {
    "vocab_size": 40,
    "hidden_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 32,
}


def save_tokenizer(folder: Path, marks: Sequence[str]) -> None:
    """Words of our own; ``marks`` are begin, pad, end and unknown, in order of their ids."""
    vocabulary = {word: place for place, word in enumerate([*marks, *WORDS])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token=marks[3]))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.add_special_tokens(list(marks))
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{marks[0]} $A {marks[2]}", special_tokens=[(marks[0], 0), (marks[2], 2)]
    )
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))


def scaled(model: torch.nn.Module) -> torch.nn.Module:
    """Make random weights large enough that texts differ."""
    with torch.no_grad():
        for weight in model.parameters():
            if weight.dim() == 2:
                weight *= 10
    return model.eval()


@pytest.fixture
def classifier(tmp_path: Path) -> Callable[..., Path]:
    """Save a tiny classifier with random weights."""

    def make(labels: Sequence[str], family: str = "bert", **more: Any) -> Path:  # noqa: ANN401
        folder = tmp_path / f"{family}-{len(labels)}-{'-'.join(labels)[:20]}"
        torch.manual_seed(0)
        named = {"id2label": dict(enumerate(labels)), "num_labels": len(labels)}
        if family == "bert":
            config: Any = BertConfig(
                **SIZES, **named, max_position_embeddings=32, pad_token_id=1, **more
            )
            model: Any = BertForSequenceClassification(config)
            save_tokenizer(folder, ["[CLS]", "[PAD]", "[SEP]", "[UNK]"])
        else:
            # Positions of RoBERTa begin behind the pad's id: 34 of them hold 32 tokens.
            config = RobertaConfig(
                **SIZES, **named, max_position_embeddings=34, pad_token_id=1, **more
            )
            model = RobertaForSequenceClassification(config)
            save_tokenizer(folder, ["<s>", "<pad>", "</s>", "<unk>"])
        scaled(model).save_pretrained(folder)  # type: ignore[operator]
        return folder

    return make


@pytest.fixture
def distilbert(tmp_path: Path) -> Path:
    """Save a tiny encoder of another family than BERT."""
    folder = tmp_path / "distil"
    torch.manual_seed(0)
    config = DistilBertConfig(
        vocab_size=40, dim=16, n_layers=1, n_heads=2, hidden_dim=32, max_position_embeddings=32
    )
    save_tokenizer(folder, ["[CLS]", "[PAD]", "[SEP]", "[UNK]"])
    scaled(DistilBertModel(config)).save_pretrained(folder)  # type: ignore[operator]
    return folder
