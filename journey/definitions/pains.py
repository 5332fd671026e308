"""Pain points: signs that are more frequent in one stage than in the others."""

from dataclasses import dataclass

from scipy.stats import false_discovery_control, fisher_exact

from journey.definitions.definition import Stage
from journey.definitions.followed import SIGNS
from journey.definitions.form import Ask, Pain
from journey.definitions.measured import share_of
from journey.definitions.opening import Ran

LEVEL = 0.05
"""False discovery rate over all stages and signs."""


@dataclass(frozen=True)
class _Count:
    stage: str
    sign: str
    here: int
    known: int
    there: int
    there_known: int
    p: float | None


def pains(ran: Ran) -> list[Pain]:
    """Find what hurts in each stage, and whether it hurts more there than elsewhere.

    Each stage that a journey went through counts once for it. Shares are compared by Fisher's
    exact test, and the p-values corrected by Benjamini and Hochberg (1995) over all stages and
    signs. Stages of one journey are not independent, so a mark is a hint where to look.

    Returns
    -------
    list of Pain
        Those that were seen at least once.
    """
    parts = ran.told.parts
    sums = {name: parts[name].sum() for sign in SIGNS for name in (sign, f"{sign}_known")}
    rows = parts.group_by("stage").agg(**sums).order_by("stage").to_pyarrow().to_pylist()
    seen = {row["stage"]: row for row in rows}
    counts = [c for n, stage in enumerate(ran.definition.stages) for c in _counts(seen, n, stage)]
    tested = [c for c in counts if c.p is not None]
    adjusted = false_discovery_control([c.p for c in tested]) if tested else []
    marked = {(c.stage, c.sign) for c, q in zip(tested, adjusted, strict=True) if q <= LEVEL}
    return [
        Pain(
            stage=c.stage,
            sign=c.sign,
            words=SIGNS[c.sign],
            behind=ran.number(Ask(stage=c.stage, sign=c.sign)),
            share=share_of(c.here, c.known),
            elsewhere=c.there / c.there_known if c.there_known else None,
            excess=c.here - c.known * c.there / c.there_known if c.there_known else 0.0,
            p=c.p,
            stands_out=(c.stage, c.sign) in marked,
        )
        for c in counts
        if c.here
    ]


def _counts(seen: dict[int, dict[str, int]], number: int, stage: Stage) -> list[_Count]:
    def total(name: str, *, mine: bool) -> int:
        return int(sum(row[name] for n, row in seen.items() if (n == number) is mine))

    found = []
    for sign in (sign for sign in SIGNS if sign not in _implied(stage)):
        here, there = (total(sign, mine=mine) for mine in (True, False))
        known, there_known = (total(f"{sign}_known", mine=mine) for mine in (True, False))
        table = [[here, known - here], [there, there_known - there]]
        told = bool(known) and bool(there_known)
        # One side: only what is higher here is a pain point of this stage.
        p = float(fisher_exact(table, alternative="greater").pvalue) if told else None
        found.append(_Count(stage.id, sign, here, known, there, there_known, p))
    return found


def _implied(stage: Stage) -> set[str]:
    """Give the signs that a stage has by its own rule: they tell nothing there."""
    rule = stage.enter or ()
    found = {"handed_on", "escalated"} if any(c.kind == "handover" for c in rule) else set()
    outcomes = {name for c in rule if c.kind == "outcome" for name in c.outcome or ()}
    again = any((c.contact_number_from or 0) >= 2 for c in rule)
    return found | (outcomes & SIGNS.keys()) | ({"asked_again"} if again else set())
