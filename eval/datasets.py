"""The labelled data sets, one function a set. None of their text is in this tree."""

import gzip
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from settings import Settings

MAPPING = Path(__file__).parent / "mapping.yaml"
MULTIDOGO = ("airline", "fastfood", "finance", "insurance", "software")


class DataMissingError(Exception):
    """The data sets are not where the setting says."""


@dataclass(frozen=True)
class Example:
    """A text with its labels."""

    text: str
    labels: tuple[str, ...]
    source: str


def rows(name: str) -> Iterator[dict[str, Any]]:
    """Read ``<THROUGHLINE_DATA>/<name>.jsonl.gz``.

    Raises
    ------
    DataMissingError
        If it is not there.
    """
    path = Settings().data / f"{name}.jsonl.gz"
    if not path.exists():
        raise DataMissingError(
            f"{path} is missing: set THROUGHLINE_DATA to the folder with the labelled data sets"
        )
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def pairs(name: str) -> list[tuple[str, str]]:
    """Read text and label of a set with one label a text."""
    return [(row["text"], row["label"]) for row in rows(name)]


@cache
def mapping() -> dict[str, Any]:
    """Read ``mapping.yaml``."""
    loaded: dict[str, Any] = yaml.safe_load(MAPPING.read_text(encoding="utf-8"))
    return loaded


def general(split: str) -> list[Example]:
    """Give a split of Banking77, CLINC150 and MultiDoGO in the labels of the general taxonomy.

    Parameters
    ----------
    split : {"train", "dev", "test"}
        Banking77 has no development split of its own: every seventh text of its training
        split is taken for it.
    """
    return [*banking77(split), *clinc150(split), *multidogo(split)]


def banking77(split: str) -> list[Example]:
    """Banking77 (Casanueva et al. 2020)."""
    texts = pairs("intent/banking77/test" if split == "test" else "intent/banking77/train")
    if split != "test":
        texts = [pair for place, pair in enumerate(texts) if (place % 7 == 0) == (split == "dev")]
    table = mapping()["banking77"]
    return _mapped(texts, table, "banking77")


def clinc150(split: str) -> list[Example]:
    """CLINC150 (Larson et al. 2019)."""
    name = {"train": "train", "dev": "val", "test": "test"}[split]
    return _mapped(pairs(f"intent/clinc150/{name}"), mapping()["clinc150"], "clinc150")


def multidogo(split: str) -> list[Example]:
    """MultiDoGO (Peskov et al. 2019), all domains; a turn may have several labels."""
    table = mapping()["multidogo"]
    examples = []
    for domain in MULTIDOGO:
        for text, label in pairs(f"intent/multidogo/{domain}_{split}"):
            labels = [_look_up(table, domain, part) for part in label.split("<div>")]
            if "skip" not in labels and text.strip():
                examples.append(Example(text, tuple(dict.fromkeys(labels)), "multidogo"))
    return examples


def nlupp(folds: Sequence[int] = range(20)) -> list[Example]:
    """NLU++ banking (Casanueva et al. 2022), by the rules of the mapping."""
    examples = []
    for row in rows("intent/nlupp/banking"):
        said = set(row["labels"] or ())
        labels = [
            rule["to"]
            for rule in mapping()["nlupp"]
            if said.issuperset(rule["when"]) and said.isdisjoint(rule.get("not", ()))
        ]
        if labels and row["fold"] in folds:
            examples.append(Example(row["text"], tuple(dict.fromkeys(labels)), "nlupp"))
    return examples


def _mapped(texts: list[tuple[str, str]], table: dict[str, str], source: str) -> list[Example]:
    labelled = [(text, table.get(label) or table["*"]) for text, label in texts]
    return [Example(text, (label,), source) for text, label in labelled if label != "skip"]


def _look_up(table: dict[str, str], domain: str, label: str) -> str:
    for key in (f"{domain}/{label}", f"*/{label}", f"{domain}/*"):
        if key in table:
            return table[key]
    raise KeyError(f"{MAPPING.name} does not map multidogo {domain}/{label}")


def canonical(text: str) -> str:
    """Write a tweet so that two copies of it compare equal, however they were escaped."""
    plain = text.replace("\\u002c", ",").replace("\\u2019", "'").replace("\\", "")
    words = [w for w in plain.lower().split() if not w.startswith(("@", "http"))]
    return "".join(c for word in words for c in word if c.isalnum())
