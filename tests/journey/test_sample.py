"""On real exports, read and tagged: issues, repeat contacts and people are found again.

Floors lie a little below what was measured (docs/results.md). Of the frozen split only
counts are compared; its cases are nobody's business.
"""

import pytest

from eval.sample import Figures, Score, load_split, load_tagger, load_truth, measure
from journey.policy import JourneyPolicy
from nlp.tagger import Tagger
from settings import Settings

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return load_tagger(Settings())


@pytest.fixture(scope="module", params=["tuning", "frozen"])
def measured(request: pytest.FixtureRequest, tagger: Tagger) -> tuple[str, Figures]:
    split: str = request.param
    contacts, events = load_split(split, tagger)
    return split, measure(contacts, events, load_truth(split), JourneyPolicy())


FLOORS = {
    "tuning": {"issue": (0.90, 0.90), "repeat": (0.90, 0.90), "person": (0.98, 0.98)},
    "frozen": {"issue": (0.80, 0.65), "repeat": (0.90, 0.70), "person": (0.98, 0.95)},
}
"""Precision and recall."""


@pytest.mark.parametrize("what", ["issue", "repeat", "person"])
def test_precision_and_recall_hold(measured: tuple[str, Figures], what: str) -> None:
    split, figures = measured
    scores: dict[str, Score] = {
        "issue": figures.same_issue,
        "repeat": figures.repeat_contact,
        "person": figures.same_person,
    }
    precision, recall = FLOORS[split][what]
    assert scores[what].precision >= precision
    assert scores[what].recall >= recall
