"""A tagger in which the live versions of own taxonomies take part."""

import logging
import threading
import time
from collections.abc import Sequence

from sqlalchemy.exc import SQLAlchemyError

from domain.conversation import Conversation
from nlp.own.model import OwnTaxonomy, TaxonomyError
from nlp.own.say import name_of
from nlp.tagger import Tagged, Tagger
from nlp.version import short_hash
from storage import taxonomies
from storage.database import Database
from workers.taxonomy_registry import load

LOOK_S = 2.0
"""A version that went live counts in every process so long after, and one batch."""
log = logging.getLogger(__name__)


class LiveTaxonomies:
    """Keeps the own taxonomies of a tagger those that are live.

    Parameters
    ----------
    tagger : Tagger
        Whose ``own`` is kept up to date.
    database : Database
        Where versions are. While it does not answer, what was known last stays in force.
    """

    def __init__(self, tagger: Tagger, database: Database) -> None:
        self._tagger = tagger
        self._database = database
        self._seen: tuple[str, ...] | None = None
        self._looking = threading.Lock()
        self._looked = float("-inf")

    def refresh(self) -> None:
        """Look again, unless that was done a moment ago.

        A thread of its own looks: who tags must not wait for a database that is away.
        """
        due = time.monotonic() - self._looked >= LOOK_S
        if due and self._looking.acquire(blocking=False):
            threading.Thread(target=self._look_and_release, daemon=True).start()

    def look(self) -> None:
        """Look at what is live."""
        try:
            with self._database.reading() as session:
                live = taxonomies.live(session)
            seen = tuple(f"{version.name}@{version.version}" for version in live)
            if seen != self._seen:
                found = [load(self._database, version).taxonomy for version in live]
                self._tagger.own = tuple(one for one in found if self._fits(one))
                self._seen = seen
                log.info("own taxonomies that are live: %s", ", ".join(seen) or "none")
        except (SQLAlchemyError, TaxonomyError) as error:
            log.warning("own taxonomies were not looked up: %s", type(error).__name__)
        self._looked = time.monotonic()

    def _look_and_release(self) -> None:
        try:
            self.look()
        finally:
            self._looking.release()

    def _fits(self, taxonomy: OwnTaxonomy) -> bool:
        fits = taxonomy.base_space == self._tagger.space
        if not fits:
            log.warning("%s was fitted on another encoder: train it again", name_of(taxonomy))
        return fits


class LiveTagger(Tagger):
    """A tagger that follows what is live in a database."""

    _live: LiveTaxonomies | None = None

    def follow(self, database: Database) -> None:
        """Follow a database from now on."""
        self._live = LiveTaxonomies(self, database)
        self._live.look()

    @property
    def version(self) -> str:
        """Changes also when a version of an own taxonomy goes live or is taken out."""
        self._refresh()
        base = super().version
        if not self.own:
            return base
        return short_hash(part.encode() for part in (base, *map(name_of, self.own)))

    def tag(self, conversations: Sequence[Conversation], *, needs: bool = True) -> list[Tagged]:
        """Tag conversations; see ``Tagger.tag``."""
        self._refresh()
        return super().tag(conversations, needs=needs)

    def _refresh(self) -> None:
        if self._live is not None:
            self._live.refresh()
