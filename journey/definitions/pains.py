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
    counts = [c for n in range(len(ran.definition.stages)) for c in _counts(ran, n)]
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


def _counts(ran: Ran, number: int) -> list[_Count]:
    mine = [j.parts[number] for j in ran.journeys if number in j.parts]
    others = [part for j in ran.journeys for n, part in j.parts.items() if n != number]
    found = []
    stage = ran.definition.stages[number]
    for sign in (sign for sign in SIGNS if sign not in _implied(stage)):
        here = [sign in part.signs for part in mine if sign in part.known]
        there = [sign in part.signs for part in others if sign in part.known]
        table = [[sum(here), len(here) - sum(here)], [sum(there), len(there) - sum(there)]]
        told = bool(here) and bool(there)
        # One side: only what is higher here is a pain point of this stage.
        p = float(fisher_exact(table, alternative="greater").pvalue) if told else None
        found.append(_Count(stage.id, sign, sum(here), len(here), sum(there), len(there), p))
    return found


def _implied(stage: Stage) -> set[str]:
    """Give the signs that a stage has by its own rule: they tell nothing there."""
    rule = stage.enter or ()
    found = {"handed_on", "escalated"} if any(c.kind == "handover" for c in rule) else set()
    outcomes = {name for c in rule if c.kind == "outcome" for name in c.outcome or ()}
    again = any((c.contact_number_from or 0) >= 2 for c in rule)
    return found | (outcomes & SIGNS.keys()) | ({"asked_again"} if again else set())
