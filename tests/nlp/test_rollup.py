"""Roll-ups weigh the end more, keep to the quarters of the talk and tell which way it goes."""

from types import SimpleNamespace

import numpy as np
import pytest

from nlp.rollup import course, end_weights, quarters, strength, trend, weighted


def talk(*customer: int, turns: int) -> SimpleNamespace:
    """Make a read talk whose customer speaks at these places."""
    read = [SimpleNamespace(position=n) for n in range(turns)]
    return SimpleNamespace(turns=tuple(read), customer=tuple(read[n] for n in customer))


def test_the_last_turn_counts_three_times_the_first() -> None:
    assert end_weights(1).tolist() == [1.0]
    assert end_weights(3).tolist() == [1.0, 2.0, 3.0]


def test_the_end_weighs_more_than_the_beginning() -> None:
    assert weighted([0.0, 1.0]) == 0.75
    assert weighted([1.0, 0.0]) == 0.25
    assert weighted([0.4]) == 0.4


def test_what_else_counts_multiplies() -> None:
    assert weighted([0.0, 1.0], [3.0, 1.0]) == 0.5


@pytest.mark.parametrize(("counts", "value"), [([], 0.0), ([0], 0.0), ([1], 0.5), ([2], 0.75)])
def test_each_time_halves_what_is_left(counts: list[int], value: float) -> None:
    assert strength(counts) == value


def test_strength_grows_with_the_place_and_stays_below_one() -> None:
    assert strength([1, 0]) < strength([0, 1]) < strength([1, 1]) < 1.0
    assert isinstance(strength([1, 2]), float)


def test_quarters_hold_the_turns_of_their_part_and_tell_silence() -> None:
    assert quarters(talk(0, 1, 6, turns=8), [0.2, 0.4, 0.9]) == [  # type: ignore[arg-type]
        pytest.approx(0.3),
        None,
        None,
        0.9,
    ]


def test_a_lone_turn_is_the_first_quarter() -> None:
    assert quarters(talk(0, turns=1), [0.5]) == [0.5, None, None, None]  # type: ignore[arg-type]


def test_the_trend_is_the_last_known_minus_the_first() -> None:
    assert trend([0.25, None, 0.5, None]) == 0.25
    assert trend([None, 0.5, None, None]) is None
    assert np.isclose(trend([0.9, 0.5, 0.1, 0.3]) or 0.0, -0.6)


def test_the_course_of_a_label_has_quarters_and_which_way_it_goes() -> None:
    told = course(talk(0, 1, 6, turns=8), [0.2, 0.4, 0.9])  # type: ignore[arg-type]
    assert told == {"quarters": [0.3, None, None, 0.9], "trend": 0.6}
