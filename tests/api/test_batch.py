"""Of a batch the good records go in, and each bad one is named with the reason."""

import pytest

from api.batch import MAX_BATCH, parse
from api.problems import Problem
from domain.event import Event

GOOD = {"source": "shop", "source_id": "1", "name": "order_placed", "at": "2026-01-01T00:00:00Z"}


def test_bad_records_are_listed_and_good_ones_kept() -> None:
    batch = parse([GOOD, GOOD | {"at": "2026-01-01T00:00:00"}, 7, GOOD | {"name": "a\0"}], Event)
    assert [event.source_id for event in batch.records] == ["1"]
    assert [(r.index, r.field) for r in batch.rejected] == [(1, "#/at"), (2, "#"), (3, "#/name")]


def test_no_value_of_a_record_is_repeated() -> None:
    with pytest.raises(Problem) as caught:
        parse([{"Ada": "secret"}], Event)
    assert "secret" not in str(caught.value.errors)


@pytest.mark.parametrize("body", [[], [GOOD] * (MAX_BATCH + 1), {}, "text", None])
def test_nothing_good_is_a_refusal(body: object) -> None:
    with pytest.raises(Problem) as caught:
        parse(body, Event)
    assert caught.value.status == 422


def test_deep_properties_are_refused() -> None:
    deep: object = 1
    for _ in range(500):
        deep = {"a": deep}
    batch = parse([GOOD, GOOD | {"properties": {"a": deep}}], Event)
    assert [r.index for r in batch.rejected] == [1]
