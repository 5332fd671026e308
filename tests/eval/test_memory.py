"""A tagging worker does not grow with what it has read."""

import random

import pytest

from eval.memory import LIMIT_MB, Point, growth, invented, run

TEXTS = 3_000


@pytest.mark.slow
def test_memory_stays_flat_over_texts_that_are_all_unlike() -> None:
    points, _ = run(TEXTS, every=500, longest=12, threads=1)
    assert points[-1].texts >= TEXTS
    late = [point.mb for point in points if point.texts >= TEXTS / 2]
    # Caches fill at first; afterwards the strings of 1,500 texts would show.
    assert late[-1] - late[0] < 20
    assert late[-1] - points[0].mb < LIMIT_MB


def test_growth_is_that_of_the_second_half() -> None:
    points = [Point(0, 100.0), Point(5_000, 400.0), Point(10_000, 401.0), Point(15_000, 402.0)]
    assert growth(points) == pytest.approx(2.0)


def test_invented_texts_are_unlike_and_of_all_lengths() -> None:
    chance = random.Random(1)
    texts = [invented(chance) for _ in range(500)]
    assert len(set(texts)) == 500
    words = sorted(len(text.split()) for text in texts)
    assert words[0] == 3
    assert 12 <= words[250] <= 26
    assert words[-1] > 100
