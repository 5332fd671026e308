"""Journeys as paths of codes and as signals: what types are found in."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from journey.lenses.members import variants
from journey.lenses.walk import Looked
from journey.lenses.words import STEP
from journey.mining.markov import Floats

SIGNALS = ("contacts", "effort")
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Sample:
    """Journeys, in order of their opening."""

    ids: tuple[str, ...]
    paths: tuple[tuple[str, ...], ...]
    """Activities of each journey."""
    signals: Floats
    """Shape (n, 2): contacts and effort (0 to 100); 0 where effort is not told."""
    opened_s: Floats
    """Shape (n,): seconds since 1970."""

    def take(self, rows: Ints) -> "Sample":
        """Give some of the journeys."""
        return Sample(
            tuple(self.ids[row] for row in rows),
            tuple(self.paths[row] for row in rows),
            self.signals[rows],
            self.opened_s[rows],
        )


def read(seen: Looked) -> Sample:
    """Read the journeys of the mart."""
    about = seen.journeys.select("case_id", "contacts", "effort", "opened_at")
    rows = variants(seen).select("case_id", "key").join(about, "case_id").to_pyarrow().to_pylist()
    rows.sort(key=lambda row: (row["opened_at"], row["case_id"]))
    return Sample(
        ids=tuple(row["case_id"] for row in rows),
        paths=tuple(tuple(row["key"].split(STEP)) for row in rows),
        signals=np.array([[row["contacts"], row["effort"] or 0.0] for row in rows]).reshape(-1, 2),
        opened_s=np.array([np.datetime64(row["opened_at"], "s").astype(float) for row in rows]),
    )


def codes(paths: Sequence[Sequence[str]], names: Sequence[str]) -> list[list[int]]:
    """Write paths as codes; an activity that has none shares the last one, ``len(names)``."""
    place = {name: code for code, name in enumerate(names)}
    return [[place.get(step, len(names)) for step in path] for path in paths]


def common(paths: Sequence[Sequence[str]], most: int = 40) -> list[str]:
    """Give the activities that most journeys hold, in the order of their names."""
    seen: dict[str, int] = {}
    for path in paths:
        for step in set(path):
            seen[step] = seen.get(step, 0) + 1
    return sorted(sorted(seen, key=lambda name: (-seen[name], name))[:most])
