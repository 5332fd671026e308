"""Two readings are compared statement by statement."""

import pytest

from domain.difference import Change, What, counted, difference, summed
from domain.signal import Evidence, Signal, SignalKind, SubjectKind


def signal(label: str, kind: SignalKind = SignalKind.INTENT, **fields: object) -> Signal:
    given = {
        "subject_kind": SubjectKind.CONVERSATION,
        "subject_id": "cnv_1",
        "kind": kind,
        "label": label,
        "model": "heads@1",
        "content_hash": "txt_1",
        **fields,
    }
    return Signal.model_validate(given)


def told(changes: tuple[Change, ...]) -> list[tuple[What, str | None, str | None]]:
    return [(change.what, change.before, change.after) for change in changes]


def at(start: int) -> tuple[Evidence, ...]:
    return (Evidence(turn=0, start=start, end=start + 3),)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (["a"], ["a"], [(What.SAME, "a", "a")]),
        (["a"], ["b"], [(What.REPLACED, "a", "b")]),
        (["a", "b"], ["b", "c"], [(What.SAME, "b", "b"), (What.REPLACED, "a", "c")]),
        ([], ["a"], [(What.ADDED, None, "a")]),
        (["a"], [], [(What.REMOVED, "a", None)]),
        (["a"], ["b", "c"], [(What.REPLACED, "a", "b"), (What.ADDED, None, "c")]),
        ([], [], []),
    ],
)
def test_labels(
    before: list[str], after: list[str], expected: list[tuple[What, str | None, str | None]]
) -> None:
    assert told(difference(map(signal, before), map(signal, after))) == expected


def test_doubt_and_values() -> None:
    unsure = signal("a", abstained=True)
    assert told(difference([unsure], [signal("a")])) == [(What.SURE, "a", "a")]
    assert told(difference([signal("a")], [unsure])) == [(What.UNSURE, "a", "a")]
    mood = [signal("negative", SignalKind.SENTIMENT, value=v) for v in (-0.5, -0.45, -0.9)]
    assert told(difference(mood[:1], mood[1:2])) == [(What.SAME, "negative", "negative")]
    assert told(difference(mood[:1], mood[2:])) == [(What.CHANGED, "negative", "negative")]


def test_entities_are_told_apart_by_place() -> None:
    kind = SignalKind.ENTITY
    old = [signal("date", kind, evidence=at(0)), signal("money", kind, evidence=at(9))]
    new = [signal("date", kind, evidence=at(0)), signal("date", kind, evidence=at(20))]
    assert told(difference(old, new)) == [
        (What.SAME, "date", "date"),
        (What.REMOVED, "money", None),
        (What.ADDED, None, "date"),
    ]
    moved = [signal("order", kind, evidence=at(9))]
    assert told(difference(old[1:], moved)) == [(What.REPLACED, "money", "order")]


def test_an_own_taxonomy_does_not_take_the_place_of_the_general_one() -> None:
    own = signal("lamp_broken", taxonomy="shop@1")
    assert told(difference([signal("a", taxonomy="general@1")], [own])) == [
        (What.REMOVED, "a", None),
        (What.ADDED, None, "lamp_broken"),
    ]


def test_tallies_add_up_with_the_first_examples() -> None:
    changes = difference([signal("a")], [signal("b")])
    [tally] = summed(t for n in range(9) for t in counted(f"cnv_{n}", changes))
    assert (tally.count, tally.examples) == (9, ("cnv_0", "cnv_1", "cnv_2", "cnv_3", "cnv_4"))
