"""A tagging worker does not grow with what it has read."""

import json
import random
import subprocess
import sys

import pytest

from eval.memory import LIMIT_MB, Point, growth, invented

TEXTS = 6_000
FILLED = 3_000
"""Caches have filled after so many texts."""


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_memory_stays_flat_over_texts_that_are_all_unlike() -> None:
    points = curve()
    assert points[-1].texts >= TEXTS
    late = [point.mb for point in points if point.texts >= FILLED]
    # What a conversation and its signals weigh, kept for each of 3,000 texts, would show.
    assert late[-1] - late[0] < 30
    assert late[-1] < LIMIT_MB


def curve() -> list[Point]:
    """Measure in a process of its own: what other tests left behind must not count."""
    asked = ["--texts", str(TEXTS), "--every", "500", "--longest", "12", "--threads", "1"]
    done = subprocess.run(
        [sys.executable, "-m", "eval.memory", *asked, "--json"],
        capture_output=True,
        text=True,
        timeout=800,
        check=True,
    )
    said = next(line for line in done.stdout.splitlines() if line.startswith("{"))
    return [Point(**point) for point in json.loads(said)["points"]]


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
