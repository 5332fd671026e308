"""How good a taxonomy is label by label: what is taken for what, and the texts behind it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import orjson
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pydantic import JsonValue

from domain.interval import wilson
from domain.redaction import redacted
from nlp.own.folds import Answer
from nlp.own.model import OOS
from nlp.redact.redact import redact_text

_SHOWN = 5
UNSURE = "unsure"


@dataclass(frozen=True)
class Confusion:
    """Texts of one label that are taken for another, or of which the machine is unsure."""

    truth: str
    said: str
    answers: tuple[Answer, ...]
    """The surest first."""

    @property
    def shown(self) -> tuple[Answer, ...]:
        """The few to show."""
        return self.answers[:_SHOWN]


@dataclass(frozen=True)
class LabelRow:
    """One label.

    Attributes
    ----------
    examples : int
        That carry it.
    precision, recall : float or None
        Of the best label, 0 to 1; None where nothing speaks of it.
    low, high : float
        Of the recall, 95 % interval.
    unsure : int
        Examples on which the machine abstains.
    confusions : tuple of Confusion
        The most frequent first.
    """

    label: str
    examples: int
    precision: float | None
    recall: float | None
    low: float
    high: float
    unsure: int
    confusions: tuple[Confusion, ...]


@dataclass(frozen=True)
class LabelReport:
    """All labels, the worst first."""

    rows: tuple[LabelRow, ...]
    answers: int
    accuracy: float
    """Share of best labels that are right, of texts with an intent."""
    abstained: float
    """Share of texts with an intent on which it abstains."""
    kept_accuracy: float
    """Share right of those on which it does not."""
    outside: int
    """Texts of no intent."""
    outside_caught: float
    """Share of those on which it abstains."""

    @property
    def confusions(self) -> tuple[Confusion, ...]:
        """Of all labels, the most frequent first."""
        found = [confusion for row in self.rows for confusion in row.confusions]
        return tuple(sorted(found, key=lambda c: (-len(c.answers), c.truth, c.said)))


def label_report(answers: Sequence[Answer]) -> LabelReport:
    """Report on answers about texts that were not seen in the fit.

    Parameters
    ----------
    answers : sequence of Answer
        Cross-validated, or on a test file; one at least. Texts must be redacted.
    """
    inside = [a for a in answers if a.truth != OOS]
    outside = [a for a in answers if a.truth == OOS]
    kept = [a for a in inside if a.said != OOS]
    rows = [_row(label, answers) for label in sorted({a.truth for a in inside})]
    rows.sort(key=lambda row: (row.recall if row.recall is not None else 1.0, row.label))
    return LabelReport(
        tuple(rows),
        len(answers),
        _mean([a.right for a in inside]),
        1.0 - len(kept) / len(inside) if inside else 0.0,
        _mean([a.right for a in kept]),
        len(outside),
        _mean([a.right for a in outside]),
    )


def _row(label: str, answers: Sequence[Answer]) -> LabelRow:
    mine = [a for a in answers if a.truth == label]
    said = [a for a in answers if a.best == label and (a.truth != OOS or a.said == label)]
    right = sum(a.best == label for a in mine)
    low, high = wilson(right, len(mine)) or (0.0, 1.0)
    taken = Counter(a.best for a in mine if a.best != label)
    return LabelRow(
        label,
        len(mine),
        _mean([a.truth == label for a in said]) if said else None,
        right / len(mine) if mine else None,
        low,
        high,
        sum(a.said == OOS for a in mine),
        tuple(_confusion(label, other, mine) for other, _ in taken.most_common()),
    )


def _confusion(truth: str, said: str, mine: Sequence[Answer]) -> Confusion:
    found = [answer for answer in mine if answer.best == said]
    found.sort(key=lambda answer: (-answer.probability, answer.text))
    return Confusion(truth, said, tuple(found))


def _mean(values: Sequence[bool]) -> float:
    return sum(values) / len(values) if values else 0.0


def hidden(text: str) -> str:
    """Show a text in one line, identifiers behind pseudonyms."""
    return " ".join(redacted(text, redact_text(text).redactions).split())


def hiding(answer: Answer) -> Answer:
    """Give an answer that can be shown: its text with identifiers behind pseudonyms."""
    return replace(answer, text=hidden(answer.text))


def as_json(report: LabelReport) -> JsonValue:
    """Write a report for machines: of each confusion how many texts, and the few to show."""
    written = asdict(report)
    for row, told in zip(written["rows"], report.rows, strict=True):
        row["confusions"] = [
            {"said": one.said, "count": len(one.answers), "texts": [a.text for a in one.shown]}
            for one in told.confusions
        ]
    loaded: JsonValue = orjson.loads(orjson.dumps(written))
    return loaded


def page(template: str, **values: object) -> str:
    """Write one of the pages beside this module: no script, no font, no network."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template).render(**values)
