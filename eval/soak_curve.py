"""What a soak noted, and whether it ends flat."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from scipy.stats import theilslopes

GROWTH = 0.03
"""Most growth of a process over the second half, as a share of its memory."""
AGEING_S = 5.0
"""Most growth of the oldest work's age over the second half."""


@dataclass(frozen=True)
class Point:
    """One moment of a soak."""

    minute: float
    sent: int
    waiting: int
    """Work that is due or in work."""
    parked: int
    age_s: float
    """Age of the oldest work that is due, in seconds."""
    mb: Mapping[str, float]
    """Resident memory in 10^6 bytes, by the process's name, its children included."""


@dataclass(frozen=True)
class Verdict:
    """Growth over the second half, by the median of all slopes (Theil 1950, Sen 1968).

    It is not moved by a few points that lie far out, such as one slow batch.
    """

    minutes: float
    """Length of the second half."""
    mb: Mapping[str, float] = field(default_factory=dict)
    """Growth of each process, in MB."""
    share: Mapping[str, float] = field(default_factory=dict)
    """The same as a share of its memory when the second half began."""
    age_s: float = 0.0
    oldest_s: float = 0.0
    """Greatest age seen in the second half."""
    left: int = 0
    """Work that was not done in the end, parked or waiting."""

    @property
    def flat(self) -> bool:
        """Whether nothing grows and nothing is left."""
        grown = any(share > GROWTH for share in self.share.values())
        return not grown and self.age_s <= AGEING_S and not self.left

    def __str__(self) -> str:
        memory = ", ".join(
            f"{name} {mb:+.1f} MB ({self.share[name]:+.1%})" for name, mb in self.mb.items()
        )
        return (
            f"Growth over the last {self.minutes:.1f} minutes: {memory}; age of the oldest work "
            f"{self.age_s:+.2f} s, at most {self.oldest_s:.1f} s: "
            f"{'flat' if self.flat else 'not flat'}."
        )


def judge(points: Sequence[Point]) -> Verdict:
    """Judge the second half of a curve; its last point is what was left after the load.

    Parameters
    ----------
    points : sequence of Point
        At least four, in time.
    """
    *under_load, end = points
    half = under_load[len(under_load) // 2 :]
    minutes = [point.minute for point in half]
    length = minutes[-1] - minutes[0]
    curves = {name: [point.mb[name] for point in half] for name in half[0].mb}
    grown = {name: _slope(minutes, curve) * length for name, curve in curves.items()}
    ages = [point.age_s for point in half]
    return Verdict(
        minutes=length,
        mb=grown,
        share={name: mb / curves[name][0] for name, mb in grown.items()},
        age_s=_slope(minutes, ages) * length,
        oldest_s=max(ages),
        left=end.waiting + end.parked,
    )


def _slope(x: Sequence[float], y: Sequence[float]) -> float:
    if not any(a != b for a, b in pairwise(y)):
        return 0.0
    return float(theilslopes(y, x).slope)
