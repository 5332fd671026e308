"""What is wrong with training examples, on which lines, and what to do about it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from nlp.own.lint_finding import Example, Fault, Finding
from nlp.own.lint_labels import overlapping, too_few
from nlp.own.lint_mislabelled import mislabelled
from nlp.own.lint_shares import Shares, shares_of
from nlp.own.lint_texts import conflicting, repeated, unlike_lengths
from nlp.own.model import OOS, read_texts
from nlp.vectors import Vectors

__all__ = ["Example", "Fault", "Finding", "Linted", "lint"]


@dataclass(frozen=True)
class Linted:
    """What a look at a training set gave.

    Attributes
    ----------
    findings : tuple of Finding
        The worst kind first.
    examples : int
        How many could be looked at.
    labels : int
        Without ``oos``.
    agreement : float or None
        Share of examples that a quick head, fitted without them, gives their own label;
        None where there are too few to say.
    """

    findings: tuple[Finding, ...]
    examples: int
    labels: int
    agreement: float | None


def lint(vectors: Vectors, examples: Sequence[Example]) -> Linted:
    """Look for faults in training examples.

    Parameters
    ----------
    vectors : Vectors
        The shared encoder.
    examples : sequence of Example
        In the order of the file; texts of identifiers are hidden here.
    """
    read = read_texts(vectors, [example.text for example in examples])
    full = [(e, r.whole) for e, r in zip(examples, read, strict=True) if r.whole is not None]
    empty = [e for e, r in zip(examples, read, strict=True) if r.whole is None]
    kept = [example for example, _ in full]
    findings = [_empty(example) for example in empty]
    findings += [*conflicting(full), *repeated(kept), *too_few(kept), *unlike_lengths(kept)]
    shares = shares_of(np.stack([row for _, row in full]), kept) if full else None
    if shares is not None:
        findings += _by_shares(shares, findings)
    order = {fault: place for place, fault in enumerate(Fault)}
    findings.sort(key=lambda finding: (order[finding.fault], -finding.weight, finding.lines))
    return Linted(
        tuple(findings),
        len(kept),
        len({example.label for example in kept} - {OOS}),
        None if shares is None else shares.agreement,
    )


def _by_shares(shares: Shares, known: Sequence[Finding]) -> Iterator[Finding]:
    told = {line for f in known if f.fault is Fault.CONFLICT for line in f.lines}
    yield from (f for f in mislabelled(shares) if not told.intersection(f.lines))
    yield from overlapping(shares)


def _empty(example: Example) -> Finding:
    return Finding(
        Fault.EMPTY,
        (example.line,),
        (example.label,),
        "holds no word",
        "write the text, or delete the line: training stops at it",
    )
