"""The linter finds what was planted, names its lines, and leaves clean examples alone."""

import pytest

from nlp.own.lint import Example, Fault, Finding, Linted, lint
from nlp.vectors import Vectors

CLEAN = {
    "tyre": [
        "my bike has a flat tyre", "the tyre lost all its air", "puncture in the rear wheel",
        "there's a nail in my tyre", "front tyre is flat again", "the inner tube leaks air",
        "air keeps leaving the back tyre", "I rode over glass and the tyre burst",
    ],
    "brakes": [
        "the brakes squeal", "my brake does not grip", "the brake lever is loose",
        "brake pads are worn down", "it does not stop when I brake", "the disc brake rubs",
        "braking makes a grinding noise", "the rear brake cable snapped",
    ],
    "rental": [
        "I want to rent a bike for the weekend", "can I hire two bikes",
        "how much is a day's rental", "book me a tandem for Sunday", "extend my bike rental",
        "do you rent out e-bikes", "is a rental free on Saturday", "cancel my rental booking",
    ],
}  # fmt: skip


def numbered(pairs: list[tuple[str, str]]) -> list[Example]:
    return [Example(line, text, label) for line, (text, label) in enumerate(pairs, start=1)]


def clean() -> list[tuple[str, str]]:
    return [(text, label) for label, texts in CLEAN.items() for text in texts]


@pytest.fixture(scope="module")
def linted(vectors: Vectors) -> Linted:
    pairs = clean()
    pairs[0] = (pairs[0][0], "rental")  # line 1: moved
    pairs += [
        ("The brakes squeal!", "rental"),  # 25: as line 9, another label
        ("can I hire two bikes", "rental"),  # 26: as line 18
        ("...", "brakes"),  # 27
        ("how do I become a member", "club"),  # 28
        ("my brake is odd " + "and then it was odd again " * 20, "brakes"),  # 29
    ]
    return lint(vectors, numbered(pairs))


def of(linted: Linted, fault: Fault) -> list[Finding]:
    return [finding for finding in linted.findings if finding.fault is fault]


@pytest.mark.parametrize(
    ("fault", "lines", "labels"),
    [
        (Fault.CONFLICT, (9, 25), ("brakes", "rental")),
        (Fault.REPEATED, (18, 26), ("rental",)),
        (Fault.EMPTY, (27,), ("brakes",)),
        (Fault.FEW, (28,), ("club",)),
        (Fault.LENGTH, (29,), ("brakes",)),
        (Fault.MISLABELLED, (1,), ("rental", "tyre")),
    ],
)
def test_a_planted_fault_is_named_with_its_lines(
    linted: Linted, fault: Fault, lines: tuple[int, ...], labels: tuple[str, ...]
) -> None:
    assert (lines, labels) in [(f.lines, f.labels) for f in of(linted, fault)]
    assert all(finding.told and finding.todo for finding in linted.findings)


def test_no_finding_quotes_a_text(linted: Linted) -> None:
    assert not any("squeal" in f.told + f.todo for f in linted.findings)


def test_clean_examples_are_left_alone(vectors: Vectors) -> None:
    found = lint(vectors, numbered(clean()))
    assert not [f for f in found.findings if f.fault is not Fault.OVERLAP]
    assert found.agreement is not None
    assert found.agreement > 0.8
    assert (found.examples, found.labels) == (24, 3)


def test_two_names_for_one_intent_overlap(vectors: Vectors) -> None:
    pairs = clean()
    pairs += [(text, "puncture") for text in (
        "flat tyre on my bike", "the tyre has no air", "a nail went into the tyre",
        "rear wheel has a puncture", "my front tyre is flat", "the tube loses air",
        "back tyre goes flat every day", "glass cut my tyre",
    )]  # fmt: skip
    found = of(lint(vectors, numbered(pairs)), Fault.OVERLAP)
    assert ("puncture", "tyre") in [finding.labels for finding in found]


def test_nothing_is_no_fault(vectors: Vectors) -> None:
    assert lint(vectors, []) == Linted((), 0, 0, None)
