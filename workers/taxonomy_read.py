"""What stored conversations tell of a version of an own taxonomy; nothing is written."""

import numpy as np

from nlp.own.compare import Diff, compare
from nlp.own.gaps import Gap, find_gaps
from nlp.own.model import OwnTaxonomy
from nlp.own.queue import Queued, queue
from nlp.own.reading import OwnReading
from storage import taxonomies
from storage.database import Database
from workers.taxonomy_readings import MOST, Tell, readings, silent
from workers.taxonomy_registry import OwnTagger


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
) -> tuple[list[Gap], list[OwnReading]]:
    """Group the latest conversations that the version is unsure of; also give these.

    Those in a language that the heads do not know are no gap of the taxonomy.
    """
    (found,) = readings(database, tagger, (taxonomy,), most, tell)
    asked = [r for r in found if r.label is not None and r.understood]
    unsure = [(r, r.vector) for r in asked if r.abstained and r.vector is not None]
    if not unsure:
        return [], []
    texts = [reading.text for reading, _ in unsure]
    rows = np.stack([vector for _, vector in unsure])
    return find_gaps(texts, rows, least, taxonomy.head.labels), [r for r, _ in unsure]
