import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from domain.theme import Change
from themes.lineage import Lineage, follow


def _follow(table: list[list[int]], pinned: tuple[str, ...] = ()) -> Lineage:
    counts = np.array(table)
    old = [f"old{number}" for number in range(counts.shape[0])]
    new = [f"new{number}" for number in range(counts.shape[1])]
    return follow(old, new, counts, np.zeros(counts.shape, np.float32), pinned)


def _changes(lineage: Lineage) -> dict[str, Change]:
    return {step.theme_id: step.change for step in lineage.steps}


def test_themes_that_go_on_keep_their_id_whatever_their_order() -> None:
    lineage = _follow([[2, 90], [80, 1]])
    assert lineage.ids == ("old1", "old0")
    assert set(_changes(lineage).values()) == {Change.KEPT}


def test_a_split_theme_lives_on_in_its_larger_part() -> None:
    lineage = _follow([[60, 40]])
    assert lineage.ids == ("old0", "new1")
    step = lineage.steps[0]
    assert step.change is Change.SPLIT
    assert step.others == ("old0", "new1")
    assert lineage.steps[1].others == ("old0",)


def test_of_merged_themes_the_larger_gives_the_id() -> None:
    lineage = _follow([[70], [30]])
    assert lineage.ids == ("old0",)
    assert lineage.steps[1].change is Change.MERGED
    assert lineage.steps[1].others == ("old0",)


def test_a_theme_from_nowhere_is_new_and_one_that_scatters_retires() -> None:
    lineage = _follow([[50, 0, 0, 0], [2, 1, 1, 0]])
    assert lineage.ids[0] == "old0"
    assert _changes(lineage)["new3"] is Change.NEW
    scattered = _follow([[10] * 12])
    assert scattered.steps[0].change is Change.RETIRED


def test_what_a_person_named_is_not_taken_by_a_larger_neighbour() -> None:
    table = [[70], [55]]
    assert _follow(table).ids == ("old0",)
    assert _follow(table, pinned=("old1",)).ids == ("old1",)


def test_without_common_texts_likeness_decides() -> None:
    likeness = np.array([[0.1, 0.9]], np.float32)
    lineage = follow(["old0"], ["a", "b"], np.zeros((1, 2), np.int64), likeness)
    assert lineage.ids == ("a", "old0")


def test_an_id_that_was_used_is_not_given_to_another_theme() -> None:
    lineage = follow(["x"], ["x", "y"], np.array([[0, 50]]), np.zeros((1, 2), np.float32))
    assert lineage.ids == ("x_2", "x")


def test_no_themes_before_or_after() -> None:
    none = np.zeros((0, 2), np.int64)
    assert follow([], ["a", "b"], none, none.astype(np.float32)).ids == ("a", "b")
    gone = follow(["a"], [], none.T[:1].reshape(1, 0), np.zeros((1, 0), np.float32))
    assert gone.ids == ()
    assert gone.steps[0].change is Change.RETIRED


@given(
    st.integers(1, 6).flatmap(
        lambda width: st.lists(
            st.lists(st.integers(0, 50), min_size=width, max_size=width), min_size=1, max_size=6
        )
    )
)
def test_ids_are_unique_and_every_theme_has_its_line(table: list[list[int]]) -> None:
    lineage = _follow(table, pinned=("old0",))
    assert len(set(lineage.ids)) == len(lineage.ids) == len(table[0])
    told = [step.theme_id for step in lineage.steps]
    assert set(told) == {f"old{row}" for row in range(len(table))} | set(lineage.ids)
    assert len(told) == len(set(told))
