"""What stored conversations tell of a version of an own taxonomy; nothing is written."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from nlp.own.compare import Diff, compare
from nlp.own.model import OwnTaxonomy
from nlp.own.queue import Queued, queue
from nlp.own.reading import OwnReading
from storage import taxonomies
from storage.database import Database
from workers.taxonomy_readings import MOST, Tell, readings, silent
from workers.taxonomy_registry import OwnTagger

if TYPE_CHECKING:
    from nlp.own.gaps import Gap


@dataclass(frozen=True)
class Gaps:
    """Groups of conversations that may lack a label.

    Attributes
    ----------
    groups : list of Gap
    without : list of OwnReading
        Conversations without a label that fits: those that were grouped, and ``groups`` counts.
    close_calls : int
        Conversations between two labels that are there, which were left out.
    """

    groups: "list[Gap]"
    without: list[OwnReading]
    close_calls: int

    @property
    def unsure(self) -> int:
        """How many conversations the version is unsure of."""
        return len(self.without) + self.close_calls

    @property
    def close_share(self) -> float:
        """Share of the unsure ones that were left out, 0 to 1."""
        return self.close_calls / self.unsure if self.unsure else 0.0


def diff(
    database: Database,
    tagger: OwnTagger,
    before: OwnTaxonomy,
    after: OwnTaxonomy,
    most: int = MOST,
    tell: Tell = silent,
) -> Diff:
    """Tell what a version would change about the latest conversations."""
    return compare(*readings(database, tagger, (before, after), most, tell))


def next_to_label(
    database: Database,
    tagger: OwnTagger,
    taxonomy: OwnTaxonomy,
    count: int = 50,
    most: int = MOST,
    tell: Tell = silent,
) -> list[Queued]:
    """Order the latest conversations that nobody has labelled by what an answer is worth."""
    (found,) = readings(database, tagger, (taxonomy,), most, tell)
    with database.reading() as session:
        done = {id_ for id_, _ in taxonomies.words(session, taxonomy.name)}
    return queue([r for r in found if r.conversation_id not in done], count)


def gaps(
    database: Database,
    tagger: OwnTagger,
    taxonomy: OwnTaxonomy,
    least: int = 3,
    most: int = MOST,
    tell: Tell = silent,
) -> Gaps:
    """Group the latest conversations that no label of the version fits.

    Those in a language that the heads do not know are no gap of the taxonomy, nor are close calls
    between two of its labels.
    """
    (found,) = readings(database, tagger, (taxonomy,), most, tell)
    asked = [r for r in found if r.label is not None and r.understood]
    unsure = [(r, r.vector) for r in asked if r.abstained and r.vector is not None]
    lacking = [(reading, vector) for reading, vector in unsure if not reading.close]
    groups: list[Gap] = []
    if lacking:
        texts = [reading.text for reading, _ in lacking]
        rows = np.stack([vector for _, vector in lacking])
        from nlp.own.gaps import find_gaps  # scikit-learn: not in who only tags

        groups = find_gaps(texts, rows, least, taxonomy.head.labels)
    return Gaps(groups, [reading for reading, _ in lacking], len(unsure) - len(lacking))
