"""Stored conversations as versions of own taxonomies read them; nothing is written."""

from collections.abc import Callable, Sequence

from nlp.own.model import OwnTaxonomy
from nlp.own.reading import OwnReading
from storage import conversations, taxonomies
from storage.database import Database
from workers.taxonomy_registry import OwnTagger

MOST = 2_000
"""Conversations that are read where nobody says how many: the latest."""
_BATCH = 32
Tell = Callable[[int, int], None]
"""Told how many of how many conversations are read."""


def silent(_done: int, _total: int) -> None:
    """Tell nobody."""


def readings(
    database: Database,
    tagger: OwnTagger,
    taxonomies_: Sequence[OwnTaxonomy],
    most: int = MOST,
    tell: Tell = silent,
) -> list[list[OwnReading]]:
    """Read the latest conversations under some versions.

    Parameters
    ----------
    taxonomies_ : sequence of OwnTaxonomy
        Versions, live or not. Sentences that were tagged before are not encoded again as long
        as their vectors are cached.

    Returns
    -------
    list of list of OwnReading
        One list a version, in one order: the latest conversation first.
    """
    with database.reading() as session:
        ids = taxonomies.recent_conversations(session, most)
    result: list[list[OwnReading]] = [[] for _ in taxonomies_]
    for first in range(0, len(ids), _BATCH):
        chunk = ids[first : first + _BATCH]
        with database.reading() as session:
            known = conversations.get_many(session, chunk)
        found = [known[id_] for id_ in chunk if id_ in known]
        for place, taxonomy in enumerate(taxonomies_):
            result[place] += tagger.read_own(found, taxonomy)
        tell(len(result[0]) if result else 0, len(ids))
    return result
