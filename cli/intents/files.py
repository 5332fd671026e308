"""Training files: ``{"text", "label"}``, ``{"text", "labels"}`` or ``{"label", "description"}``."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

import orjson

from cli.console import fail, problems, reading
from nlp.own.labels import Labelled, Labels, field_of, labels_of, one_or_several, read_labels

_SHOWN = 20


@dataclass(frozen=True)
class BadLine:
    """A line that is not used: its number from 1, the field and the reason."""

    number: int
    field: str
    reason: str

    def __str__(self) -> str:
        """Say it in one line."""
        return f"line {self.number}: {self.field}: {self.reason}"


@dataclass
class TrainingFile:
    """What a training file holds."""

    examples: list[tuple[int, str, Labels]] = field(default_factory=list)
    """Line, text and label or labels."""
    descriptions: dict[str, str] = field(default_factory=dict)
    bad: list[BadLine] = field(default_factory=list)

    @property
    def pairs(self) -> list[Labelled]:
        """Texts with their labels."""
        return [(text, labels) for _, text, labels in self.examples]

    @property
    def firsts(self) -> list[tuple[int, str, str]]:
        """Line, text and label; of several labels the first."""
        return [(number, text, labels_of(labels)[0]) for number, text, labels in self.examples]


def read_training(path: str) -> TrainingFile:
    """Read a training file; lines that cannot be used are listed, the others are used."""
    result = TrainingFile()
    with reading(path) as file:
        for number, line in read_objects(file):
            if line is None:
                result.bad.append(BadLine(number, "line", "not a JSON object in UTF-8"))
            else:
                _take(result, number, line)
    return result


def read_objects(file: BinaryIO) -> Iterator[tuple[int, dict[str, object] | None]]:
    """Read JSON lines with their numbers; None for one that holds no object."""
    for number, raw in enumerate(file, start=1):
        if not raw.strip():
            continue
        try:
            line = orjson.loads(raw)
        except orjson.JSONDecodeError:
            line = None
        yield number, line if isinstance(line, dict) else None


def _take(result: TrainingFile, number: int, line: dict[str, object]) -> None:
    text, about = line.get("text"), line.get("description")
    labels = read_labels(line)
    if isinstance(labels, str):
        result.bad.append(BadLine(number, field_of(line), labels))
    elif isinstance(text, str) and text.strip():
        result.examples.append((number, text, one_or_several(labels)))
    elif isinstance(about, str) and labels:
        result.descriptions[labels[0]] = about
    else:
        reason = "missing or empty (or give a description instead)"
        result.bad.append(BadLine(number, "text", reason))


def complete(path: str) -> TrainingFile:
    """Read a training file that is to be fitted on: a wrong line stops, as it spoils the fit."""
    found = read_training(path)
    if found.bad:
        more = f" (and {len(found.bad) - 1} more lines)" if len(found.bad) > 1 else ""
        fail(f"{found.bad[0]}{more}; `throughline intents lint {path}` lists all that is wrong")
    return found


def tell_bad(bad: list[BadLine]) -> None:
    """Say on standard error which lines are not used."""
    for line in bad[:_SHOWN]:
        problems.print(f"{line}; the line is not used", markup=False, soft_wrap=True)
    if len(bad) > _SHOWN:
        problems.print(f"... and {len(bad) - _SHOWN} more lines that are not used")
