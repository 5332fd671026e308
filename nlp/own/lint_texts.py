"""Faults that texts show by themselves: said twice, said with two labels, far too long."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from statistics import median

import numpy as np

from nlp.heads import Floats
from nlp.own.lint_finding import Example, Fault, Finding

_SAME = 0.985
"""Cosine from which two texts say the same in almost the same words."""
_LONG_TIMES, _LONG_WORDS = 5, 40
_LABEL_TIMES = 4
_LEAST = 5
"""Examples from which a label has a usual length."""
_CHUNK = 1024


def conflicting(full: Sequence[tuple[Example, Floats]]) -> Iterator[Finding]:
    """Find texts that stand with unlike labels, word for word or almost."""
    groups: dict[str, list[Example]] = defaultdict(list)
    for example, _ in full:
        groups[_normal(example.text)].append(example)
    for group in groups.values():
        labels = tuple(dict.fromkeys(example.label for example in group))
        if len(labels) > 1:
            lines = tuple(example.line for example in group)
            told = f"the same text is labelled {_list(labels)}"
            yield Finding(Fault.CONFLICT, lines, labels, told, _DECIDE, 1.0)
    yield from _almost(full)


_DECIDE = "decide on one label and delete the other lines; if both fit, the labels overlap"


def _almost(full: Sequence[tuple[Example, Floats]]) -> Iterator[Finding]:
    if not full:
        return
    rows = np.stack([row for _, row in full])
    examples = [example for example, _ in full]
    for first in range(0, len(rows), _CHUNK):
        near = np.argwhere(rows[first : first + _CHUNK] @ rows.T >= _SAME)
        for place, there in near.tolist():
            here = first + place
            one, other = examples[here], examples[there]
            if here >= there or one.label == other.label:
                continue
            if _normal(one.text) != _normal(other.text):
                told = f"almost the same text is labelled {one.label} and {other.label}"
                labels = (one.label, other.label)
                yield Finding(Fault.CONFLICT, (one.line, other.line), labels, told, _DECIDE, 0.5)


def repeated(examples: Sequence[Example]) -> Iterator[Finding]:
    """Find texts that stand several times with one label."""
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    for example in examples:
        groups[_normal(example.text), example.label].append(example.line)
    for (_, label), lines in groups.items():
        if len(lines) > 1:
            told = f"the same text stands {len(lines)} times"
            yield Finding(
                Fault.REPEATED, tuple(lines), (label,), told, "keep one: copies teach nothing"
            )


def unlike_lengths(examples: Sequence[Example]) -> Iterator[Finding]:
    """Find single texts, and whole labels, of another length than the rest."""
    words: dict[str, list[tuple[int, Example]]] = defaultdict(list)
    for example in examples:
        words[example.label].append((len(example.text.split()), example))
    usual = {label: median(n for n, _ in found) for label, found in words.items()}
    for label, found in words.items():
        for count, example in found:
            if len(found) >= _LEAST and count > max(_LONG_TIMES * usual[label], _LONG_WORDS):
                told = f"{count} words, where examples of {label} have {usual[label]:g}"
                todo = "keep the sentence that shows the intent"
                yield Finding(Fault.LENGTH, (example.line,), (label,), told, todo, count)
    yield from _labels_of_other_length(words, usual)


def _labels_of_other_length(
    words: dict[str, list[tuple[int, Example]]], usual: dict[str, float]
) -> Iterator[Finding]:
    for label, found in words.items():
        others = [length for name, length in usual.items() if name != label]
        if len(found) < _LEAST or len(others) < 2:
            continue
        rest = median(others)
        times = max(usual[label], 1) / max(rest, 1)
        if times >= _LABEL_TIMES or times <= 1 / _LABEL_TIMES:
            told = f"its examples have {usual[label]:g} words, those of other labels {rest:g}"
            todo = "add examples of usual length, or the head learns length instead of meaning"
            lines = tuple(example.line for _, example in found)
            yield Finding(Fault.LENGTH, lines, (label,), told, todo, max(times, 1 / times))


def _normal(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def _list(labels: Sequence[str]) -> str:
    return " and ".join(labels)
