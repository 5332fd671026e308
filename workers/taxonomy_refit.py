"""Fitting versions: from examples, and anew with all that people corrected."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial

from nlp.calibration import WRONG_COSTS
from nlp.own.bundle import Bundle, without_identifiers
from nlp.own.fit import fit_descriptions, fit_examples
from nlp.own.gain import Gain, measure_gain, with_corrections
from nlp.own.labels import Labelled
from nlp.own.model import TaxonomyError
from nlp.tops import Adapter
from nlp.vectors import Vectors
from storage.database import Database
from storage.taxonomies import TaxonomyVersion
from workers import taxonomy_words
from workers.taxonomy_registry import described, keep, load
from workers.taxonomy_telling import Tell, ToldVectors, silent


@dataclass(frozen=True)
class Refitted:
    """A version with corrections in it.

    Attributes
    ----------
    version : TaxonomyVersion
    bundle : Bundle
    gain : Gain or None
        None where there are too few examples to measure.
    """

    version: TaxonomyVersion
    bundle: Bundle
    gain: Gain | None


def fit_bundle(
    vectors: Vectors,
    name: str,
    examples: Sequence[Labelled],
    descriptions: Mapping[str, str] | None = None,
    corrections: Sequence[Labelled] = (),
    wrong_costs: float = WRONG_COSTS,
    adapter: Adapter | None = None,
) -> Bundle:
    """Fit a version.

    Parameters
    ----------
    descriptions : mapping of str to str, optional
        What labels mean; it is fitted on them alone where there is no example.
    corrections : sequence of (text, label) or (text, labels)
        Fitted on beside the examples; they stay in the database, so that what is erased there
        lies nowhere else.
    wrong_costs : float
        What a wrong label costs where abstaining costs 1.
    adapter : Adapter, optional
        Of a top that was tuned on the examples.

    Raises
    ------
    TaxonomyError
        If it cannot be fitted.
    """
    kept = without_identifiers(examples)
    if not kept and not corrections:
        known = descriptions or {}
        return Bundle(fit_descriptions(vectors, name, known, wrong_costs=wrong_costs), (), known)
    union = with_corrections(kept, corrections)
    taxonomy = fit_examples(
        vectors,
        name,
        union,
        descriptions=descriptions or None,
        wrong_costs=wrong_costs,
        adapter=adapter,
    )
    return Bundle(taxonomy, kept, descriptions or {})


def training_data(database: Database, version: TaxonomyVersion) -> list[Labelled]:
    """Give what a version can be measured on: its examples and all corrections of its name."""
    bundle = load(database, version)
    corrections = taxonomy_words.examples(database, version.name)
    return with_corrections(bundle.examples, corrections)


def refit(
    database: Database, vectors: Vectors, base: TaxonomyVersion, tell: Tell = silent
) -> Refitted:
    """Fit a new version as ``fit_anew`` does, and keep it; it is not live by that."""
    made = fit_anew(database, vectors, base, tell)
    return replace(made, version=keep(database, made.version, made.bundle))


def fit_anew(
    database: Database, vectors: Vectors, base: TaxonomyVersion, tell: Tell = silent
) -> Refitted:
    """Fit a new version on a version's examples and all corrections, and measure the gain.

    A tuned top stays as it is: only the head learns. Nothing is kept yet, so that the version
    has no number.

    Raises
    ------
    TaxonomyError
        If nobody has corrected anything.
    """
    corrections = taxonomy_words.examples(database, base.name)
    if not corrections:
        raise TaxonomyError(
            f"nobody has corrected {base.name!r} yet: see `throughline intents queue {base.name}`"
        )
    before = load(database, base)
    bundle = fit_bundle(
        ToldVectors(vectors, tell),
        base.name,
        before.examples,
        before.descriptions or None,
        corrections,
        before.taxonomy.wrong_costs,
        before.taxonomy.adapter,
    )
    kept = with_corrections(before.examples, corrections)[: -len(corrections)]
    gain = None
    if kept:
        measured = partial(_measured, tell)
        gain = measure_gain(vectors, kept, corrections, measured, before.taxonomy.adapter)
    more = {"parent": base.version, "gain": asdict(gain) if gain else None}
    return Refitted(described(bundle, corrections, more), bundle, gain)


def _measured(tell: Tell, share: float) -> None:
    tell("measuring the gain", round(100 * share), 100)
