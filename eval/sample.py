"""How well issues, repeat contacts and people are found on the sample.

``python -m eval.sample`` reads the exports of both splits, tags them, builds journeys as
of the moment the exports were taken, and writes the figures to ``docs/results.md``. The
tuning split may be looked into; of the frozen split nothing but counts leaves this file.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from pathlib import Path
from typing import Any

from rich.console import Console

from domain.conversation import Conversation, conversation_id
from domain.event import Event
from domain.journey import Built, Contact
from domain.outcome import Outcome, OutcomeKind, OutcomeState
from eval.results import table, write_section
from ingest.outcome import Item
from ingest.read import read_paths
from journey.build import build
from journey.policy import JourneyPolicy
from nlp.models import build as build_model
from nlp.parts import top
from nlp.tagger import Tagger, TaggerConfig
from settings import Settings

SAMPLES = Path("samples")
TITLE = "Sample: issues and repeat contacts"
MEASURED = (
    "Exports read, tagged and built as of the moment they were taken. "
    "Same issue: over pairs of contacts. Repeat contact: over contacts, whether the customer "
    "came back about the same issue within 168 h after it was settled or fell silent. Same "
    "person: over pairs of identifiers that only one person has. Rules and weights were set on "
    "the tuning split; the frozen split was written before them and only measured."
)
SPLITS = ("tuning", "frozen")
WINDOW_HOURS = 168.0

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Score:
    """Precision and recall with the counts behind them. Greater is better."""

    right: int
    found: int
    """What was said."""
    true: int
    """What should have been said."""

    @property
    def precision(self) -> float:
        """Share of what was said that is right; 1 where nothing was said."""
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """Share of what is true that was said; 1 where there is nothing to say."""
        return self.right / self.true if self.true else 1.0

    @classmethod
    def of(cls, found: set[frozenset[str]], true: set[frozenset[str]]) -> "Score":
        """Compare two sets."""
        return cls(len(found & true), len(found), len(true))


@dataclass(frozen=True)
class Figures:
    """What is measured on one split."""

    contacts: int
    same_issue: Score
    """Over pairs of contacts."""
    repeat_contact: Score
    """Over contacts, at 168 h: whether the customer came back."""
    same_person: Score
    """Over pairs of identifiers that one person has alone."""


def load_tagger(settings: Settings) -> Tagger:
    """Load the tagger that the settings name; build its encoder where it is missing."""
    build_model(settings.model_dir, settings.encoder, adapter=top(settings.weights))
    config = TaggerConfig(
        settings.model_dir,
        settings.encoder,
        settings.languages,
        settings.threads,
        weights=settings.weights,
    )
    return Tagger.load(config)


def load_split(split: str, tagger: Tagger) -> tuple[list[Contact], list[Event]]:
    """Read and tag the exports of a split."""
    outcomes = read_paths([SAMPLES / "exports" / split])
    records = [outcome.record for outcome in outcomes if isinstance(outcome, Item)]
    conversations = [record for record in records if isinstance(record, Conversation)]
    contacts = [
        Contact(
            conversation=conversation,
            signals=tagged.signals,
            need=None if tagged.need is None else tuple(map(float, tagged.need)),
            space=tagged.space,
        )
        for conversation, tagged in zip(conversations, tagger.tag(conversations), strict=True)
    ]
    return contacts, [record for record in records if isinstance(record, Event)]


def load_truth(split: str) -> Json:
    """Read what is known of a split."""
    path = SAMPLES / "truth" / f"{split}.json"
    truth: Json = json.loads(path.read_text(encoding="utf-8"))
    return truth


def measure(
    contacts: Sequence[Contact], events: Sequence[Event], truth: Json, policy: JourneyPolicy
) -> Figures:
    """Build journeys as of the export and compare them with the truth."""
    built = build(contacts, events, (), policy, datetime.fromisoformat(truth["taken_at"]))
    known = {conversation_id(c["source"], c["source_id"]): c for c in truth["contacts"]}
    return Figures(
        contacts=len(known),
        same_issue=_same_issue(built, known),
        repeat_contact=_repeat_contact(built, known),
        same_person=_same_person(built, truth),
    )


def _same_issue(built: Built, known: Mapping[str, Json]) -> Score:
    true: dict[str, list[str]] = {}
    for id_, contact in known.items():
        true.setdefault(contact["issue"], []).append(id_)
    found = ([i for i in issue.conversation_ids if i in known] for issue in built.issues)
    return Score.of(_pairs(found), _pairs(true.values()))


def _repeat_contact(built: Built, known: Mapping[str, Json]) -> Score:
    hours = f"{WINDOW_HOURS:g}"
    true = {i for i, c in known.items() if c["repeated_within_hours"][hours] == "yes"}
    found = {i for i in known if any(map(_repeated, built.contact_outcomes.get(i, ())))}
    return Score(len(found & true), len(found), len(true))


def _repeated(outcome: Outcome) -> bool:
    repeat = outcome.kind is OutcomeKind.REPEAT_CONTACT and outcome.window_hours == WINDOW_HOURS
    return repeat and outcome.state is OutcomeState.YES


def _same_person(built: Built, truth: Json) -> Score:
    """Compare identities, by the identifiers that some record of the split shows."""
    shown = {str(i) for identity in built.identities for i in identity.identifiers}
    counted = {
        identifier
        for person in truth["persons"]
        for identifier in person["identifiers"]
        if identifier in shown and identifier not in truth["shared"]
    }
    true = ([i for i in person["identifiers"] if i in counted] for person in truth["persons"])
    found = (
        [str(i) for i in identity.identifiers if str(i) in counted] for identity in built.identities
    )
    return Score.of(_pairs(found), _pairs(true))


def _pairs(groups: Iterable[Sequence[str]]) -> set[frozenset[str]]:
    return {frozenset(pair) for group in groups for pair in combinations(group, 2)}


def table_of(figures: Mapping[str, Figures]) -> str:
    """Write the figures as a Markdown table."""
    head = ("split", "contacts", "what", "precision", "recall", "right", "found", "true")
    return table(head, [row for split, found in figures.items() for row in _rows(split, found)])


def _rows(split: str, figures: Figures) -> Iterator[tuple[str, ...]]:
    scores = {
        "same issue": figures.same_issue,
        "repeat contact": figures.repeat_contact,
        "same person": figures.same_person,
    }
    for name, score in scores.items():
        shares = f"{score.precision:.3f}", f"{score.recall:.3f}"
        counts = str(score.right), str(score.found), str(score.true)
        yield split, str(figures.contacts), name, *shares, *counts


def main() -> None:
    """Measure both splits and write the figures down."""
    settings = Settings()
    tagger = load_tagger(settings)
    figures = {}
    for split in SPLITS:
        contacts, events = load_split(split, tagger)
        figures[split] = measure(contacts, events, load_truth(split), JourneyPolicy())
    section = write_section(TITLE, "python -m eval.sample", MEASURED, table_of(figures))
    Console().print(section, markup=False, highlight=False)


if __name__ == "__main__":
    main()
