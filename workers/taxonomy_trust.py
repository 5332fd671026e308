"""A sample of stored conversations to label, and what the labels say of a version."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.conversation import MAX_TEXT
from nlp.own.labels import MAX_LABEL, answer_on, field_of
from nlp.own.model import OOS, OwnTaxonomy
from nlp.own.reading import OwnReading
from nlp.own.trust import Judged, TrustReport
from nlp.own.trust_sample import draw
from storage import conversations
from storage.database import Database
from storage.taxonomies import TaxonomyVersion
from workers.taxonomy_readings import MOST, Tell, readings, silent
from workers.taxonomy_registry import OwnTagger

_BATCH = 32


@dataclass(frozen=True)
class SheetLine:
    """One line of a labelling sheet. What the machine says is not on it: it would sway people."""

    conversation_id: str
    version: str
    channel: str
    text: str
    weight: float
    label: str = ""
    """To be filled in: a label, ``oos`` for none of them, empty for not done. Where several
    hold, ``labels`` stands in its place."""


@dataclass(frozen=True)
class LabelledLine:
    """A line that a person has filled in."""

    conversation_id: str
    channel: str
    weight: float
    labels: tuple[str, ...]
    """All that hold; ``oos`` alone where none does."""


@dataclass(frozen=True)
class BadLine:
    """A line that is left out: its number from 1, the field and the reason."""

    number: int
    field: str
    reason: str


def sample(
    database: Database,
    tagger: OwnTagger,
    version: TaxonomyVersion,
    taxonomy: OwnTaxonomy,
    count: int,
    most: int = MOST,
    tell: Tell = silent,
) -> list[SheetLine]:
    """Draw conversations to label; see ``nlp.own.trust_sample``."""
    (found,) = readings(database, tagger, (taxonomy,), most, tell)
    return [
        SheetLine(
            d.reading.conversation_id,
            version.version,
            d.reading.channel,
            d.reading.text[:MAX_TEXT],
            round(d.weight, 4),
        )
        for d in draw(found, count)
    ]


def read_sheet(
    rows: Sequence[Mapping[str, object] | None], version: str, labels: Sequence[str]
) -> tuple[list[LabelledLine], list[BadLine], int]:
    """Read a filled sheet.

    Parameters
    ----------
    rows : sequence of mapping or None
        One for each line; None where it was no JSON object.

    Returns
    -------
    tuple
        Labelled lines, bad ones, and how many are not labelled yet.
    """
    good: list[LabelledLine] = []
    bad: list[BadLine] = []
    empty = 0
    for number, row in enumerate(rows, start=1):
        said = None if row is None else answer_on(row)
        wrong = _wrong(row, version, labels, said)
        if row is None or wrong is not None:
            bad.append(BadLine(number, *(wrong or ("line", "not a JSON object"))))
        elif isinstance(said, tuple):
            good.append(_line(row, said))
        else:
            empty += 1
    return good, bad, empty


def _wrong(
    row: Mapping[str, object] | None,
    version: str,
    labels: Sequence[str],
    said: tuple[str, ...] | str | None,
) -> tuple[str, str] | None:
    if row is None:
        return None
    weight = row.get("weight")
    if not isinstance(row.get("conversation_id"), str):
        return "conversation_id", "missing, or not a string"
    if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 < weight < 1e9:
        return "weight", "missing, or not a number above 0: keep it as it was drawn"
    if row.get("version") != version:
        return "version", f"the line was drawn under another version than {version}"
    if isinstance(said, str):
        return field_of(row), said
    if not {*labels, OOS}.issuperset(said or ()):
        return field_of(row), "not a label of the taxonomy; write oos for none of them"
    return None


def _line(row: Mapping[str, object], said: tuple[str, ...]) -> LabelledLine:
    return LabelledLine(
        str(row["conversation_id"]),
        str(row.get("channel") or "unknown")[:MAX_LABEL],
        float(str(row["weight"])),
        said,
    )


def judge(
    database: Database,
    tagger: OwnTagger,
    taxonomy: OwnTaxonomy,
    lines: Sequence[LabelledLine],
    tell: Tell = silent,
) -> list[Judged]:
    """Set people's labels beside what the version says; what was erased since is left out."""
    judged: list[Judged] = []
    for first in range(0, len(lines), _BATCH):
        tell(first, len(lines))
        judged += _judged(database, tagger, taxonomy, lines[first : first + _BATCH])
    tell(len(lines), len(lines))
    return judged


def _judged(
    database: Database, tagger: OwnTagger, taxonomy: OwnTaxonomy, lines: Sequence[LabelledLine]
) -> list[Judged]:
    with database.reading() as session:
        known = conversations.get_many(session, dict.fromkeys(x.conversation_id for x in lines))
    said = {
        reading.conversation_id: reading
        for reading in tagger.read_own(list(known.values()), taxonomy)
    }
    return [
        Judged(
            probability=said[line.conversation_id].probability,
            right=_right(said[line.conversation_id], line.labels),
            abstained=said[line.conversation_id].abstained,
            channel=line.channel,
            weight=line.weight,
        )
        for line in lines
        if line.conversation_id in said
    ]


def _right(reading: OwnReading, labels: tuple[str, ...]) -> bool:
    return reading.abstained if labels == (OOS,) else reading.label in labels


def verdict(found: TrustReport) -> str:
    """Say in a sentence whether a machine may decide alone, and from where on."""
    safe = found.safe
    allowed = 1 / found.error_cost
    if safe is not None:
        return (
            f"Above a probability of {safe.threshold:g} a machine may decide alone: that is "
            f"{safe.automated:.0%} of the conversations, and at least {safe.right.low:.1%} of them "
            "come out right."
        )
    if any(t.safe is False for t in found.thresholds):
        return (
            f"No threshold is shown to keep errors under {allowed:.1%}: let a person confirm, "
            "label more, or correct and refit first."
        )
    return (
        f"These labels are too few to tell: to show errors under {allowed:.1%} takes "
        f"{found.needed} above a threshold without a single error. Draw a larger sample."
    )
