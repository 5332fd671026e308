"""Versions of own taxonomies: taken in, found by number or hash, set live, taken back."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from pydantic import JsonValue

from domain.base import now
from domain.conversation import Conversation
from nlp.own.bundle import Bundle, bundle_of
from nlp.own.labels import Labelled, labels_of
from nlp.own.library import Library
from nlp.own.model import OwnTaxonomy, TaxonomyError
from nlp.own.reading import OwnReading
from nlp.tops import base_space
from nlp.vectors import Vectors
from storage import taxonomies
from storage.database import Database
from storage.taxonomies import TaxonomyVersion

LIVE, NEWEST = "live", "newest"
MOST_THRESHOLD = 0.999
_ITS_OWN = ("gain", "job", "threshold", "wrong_costs")
"""What is told of a version that does not hold of one with another threshold."""


class MissingTaxonomyError(TaxonomyError):
    """There is no such taxonomy or version."""


class OwnTagger(Protocol):
    """A tagger that own taxonomies live on. Used by one thread at a time."""

    @property
    def vectors(self) -> Vectors:
        """What reads texts."""

    def read_own(
        self, conversations: Sequence[Conversation], taxonomy: OwnTaxonomy
    ) -> list[OwnReading]:
        """Read conversations under a version, live or not."""


def register(
    database: Database,
    bundle: Bundle,
    corrections: Sequence[Labelled] = (),
    more: Mapping[str, JsonValue] | None = None,
) -> TaxonomyVersion:
    """Keep a version in the database; it is not live by that. See ``described``."""
    return keep(database, described(bundle, corrections, more), bundle)


def keep(database: Database, version: TaxonomyVersion, bundle: Bundle) -> TaxonomyVersion:
    """Keep a version that was described; the one that is given has its number."""
    artefact = bundle.to_bytes()
    return database.run(lambda session: taxonomies.add(session, version, artefact))


def described(
    bundle: Bundle,
    corrections: Sequence[Labelled] = (),
    more: Mapping[str, JsonValue] | None = None,
) -> TaxonomyVersion:
    """Tell of a version what the database keeps beside it; it gets its number there.

    Parameters
    ----------
    corrections : sequence of (text, label)
        That it was fitted on beside its examples; only their number is kept here.
    more : mapping, optional
        Further things to tell of it.
    """
    labels = dict.fromkeys(bundle.taxonomy.head.labels, 0)
    said = (labels_of(one) for _, one in [*bundle.examples, *corrections])
    counts = labels | Counter(label for one in said for label in one)
    description: dict[str, JsonValue] = {
        "labels": dict(counts),
        "examples": len(bundle.examples),
        "corrections": len(corrections),
        "descriptions": len(bundle.descriptions),
        "space": bundle.taxonomy.head.space,
        "threshold": round(bundle.taxonomy.threshold, 4),
        "wrong_costs": round(bundle.taxonomy.wrong_costs, 4),
        **(more or {}),
    }
    return TaxonomyVersion(
        name=bundle.taxonomy.name,
        version=bundle.taxonomy.version,
        number=0,
        live=False,
        description=description,
        made_at=now(),
    )


def with_threshold(
    database: Database, base: TaxonomyVersion, threshold: float
) -> tuple[TaxonomyVersion, Bundle]:
    """Make a version that says a label from another probability on; nothing is fitted.

    It is not live by that. Where there is such a version already it is given.

    Parameters
    ----------
    threshold : float
        0 to ``MOST_THRESHOLD``.
    """
    bundle = load(database, base)
    # The threshold is kept as the cost that it is the best one for.
    taxonomy = replace(bundle.taxonomy, wrong_costs=1.0 / (1.0 - threshold))
    made = replace(bundle, taxonomy=taxonomy)
    same = {key: told for key, told in base.description.items() if key not in _ITS_OWN}
    more = {**same, "parent": base.version, "threshold_only": True}
    return register(database, made, more=more), made


def take_in(database: Database, library: Library) -> None:
    """Register what was fitted in the folder since, the oldest first."""
    for name in library.names():
        with database.reading() as session:
            known = {version.version for version in taxonomies.versions(session, name)}
        for version in library.versions(name):
            if version not in known:
                register(database, library.load(name, version))


def find(database: Database, name: str, which: str | None = None) -> TaxonomyVersion:
    """Find a version.

    Parameters
    ----------
    which : str or None
        Its number, its hash or the beginning of it, ``live`` or ``newest``. None takes the live
        one, or else the newest.

    Raises
    ------
    MissingTaxonomyError
        If there is none; says which there are.
    """
    with database.reading() as session:
        known = taxonomies.versions(session, name)
        names = [version.name for version in taxonomies.newest(session)]
    if not known:
        there = ", ".join(names) or "none yet"
        raise MissingTaxonomyError(f"there is no taxonomy {name!r} (there: {there})")
    wanted = which or (LIVE if any(v.live for v in known) else NEWEST)
    if wanted == NEWEST:
        return known[0]
    found = [v for v in known if _is(v, wanted)]
    if len(found) != 1:
        there = ", ".join(f"{v.number} ({v.version})" for v in reversed(known))
        raise MissingTaxonomyError(f"{name!r} has no version {wanted!r} (there: {there})")
    return found[0]


def _is(version: TaxonomyVersion, wanted: str) -> bool:
    if wanted == LIVE:
        return version.live
    if wanted == str(version.number):
        return True
    return len(wanted) >= 4 and version.version.startswith(wanted)


def load(database: Database, version: TaxonomyVersion) -> Bundle:
    """Load what was fitted."""
    with database.reading() as session:
        data = taxonomies.artefact(session, version.name, version.version)
    if data is None:
        raise MissingTaxonomyError(f"{version.name!r} has no version {version.version} any more")
    return bundle_of(data)


def go_live(database: Database, version: TaxonomyVersion, space: str | None, by: str) -> None:
    """Have a version take part in tagging from now on. What is tagged already stays as it is.

    Parameters
    ----------
    space : str or None
        The encoder's own embedding space, where it is known.

    Raises
    ------
    TaxonomyError
        If it was fitted on another space.
    """
    fitted = base_space(str(version.description.get("space")))
    if space is not None and fitted != space:
        raise TaxonomyError(
            f"{version.name!r} {version.number} was fitted on {fitted}, the encoder is {space}: "
            "train it again"
        )
    name, hash_ = version.name, version.version
    database.run(lambda session: taxonomies.go_live(session, name, hash_, by, now()))


def retire(database: Database, name: str, by: str) -> None:
    """Take a taxonomy out of tagging; its versions stay."""
    find(database, name)
    database.run(lambda session: taxonomies.go_live(session, name, None, by, now()))


def rollback(database: Database, name: str, by: str) -> TaxonomyVersion:
    """Set the version live that was so before.

    Raises
    ------
    MissingTaxonomyError
        If none was.
    """
    find(database, name)
    with database.reading() as session:
        before = taxonomies.live_before(session, name)
    if before is None:
        raise MissingTaxonomyError(f"no version of {name!r} was live before: nothing to go back to")
    database.run(lambda session: taxonomies.go_live(session, name, before, by, now()))
    return find(database, name, before)
