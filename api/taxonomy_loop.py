"""Making a taxonomy better: what a version would change, what to label, gaps, words, refit."""

from typing import Annotated

from fastapi import Body, Depends, Query

from api.auth import Principal, Scope, require
from api.problems import declared
from api.routing import resource
from api.schemas.taxonomy import CORRECTIONS_EXAMPLE, CorrectionBatch
from api.schemas.taxonomy_view import (
    CorrectionsKept,
    DiffView,
    GapsView,
    QueuedView,
    QueueView,
    RefitView,
    RefusedCorrection,
    VersionView,
)
from api.state import State
from api.taxonomy_model import SharedOwnTagger
from api.taxonomy_path import Held, Name, told
from nlp.own.model import OwnTaxonomy
from storage.taxonomies import TaxonomyVersion
from workers import taxonomy_read, taxonomy_refit, taxonomy_registry, taxonomy_words
from workers.taxonomy_words import Word

router = resource("Taxonomies")
Which = Annotated[
    str,
    Query(
        max_length=16,
        description="Number, hash, `live` or `newest`; empty takes the live version or else the "
        "newest.",
    ),
]
Most = Annotated[int, Query(ge=1, le=2_000, description="Conversations to read, the latest first.")]


@router.get(
    "/taxonomies/{name}/diff",
    operation_id="diff_versions",
    summary="What a version would change about stored conversations",
    dependencies=[Depends(require(Scope.READ))],
    responses=declared(404, 409, 422, 503),
)
def diff_versions(
    name: Name, state: Held, version: Which = "newest", against: Which = "", most: Most = 200
) -> DiffView:
    """Read the latest conversations under two versions and tell what moves. Nothing is written."""
    with told():
        after, new = _version(state, name, version)
        before, old = _version(state, name, against)
        tagger = SharedOwnTagger(state.model)
        found = taxonomy_read.diff(state.database, tagger, old, new, most)
    return DiffView.of(before, after, found)


@router.get(
    "/taxonomies/{name}/queue",
    operation_id="get_queue",
    summary="Which conversations to label next",
    dependencies=[Depends(require(Scope.READ))],
    responses=declared(404, 409, 422, 503),
)
def get_queue(
    name: Name,
    state: Held,
    version: Which = "",
    count: Annotated[int, Query(ge=1, le=500)] = 50,
    most: Most = 500,
) -> QueueView:
    """Order conversations by how unsure the version is, times how many look alike.

    No two that are nearly the same stand in one list; what people have labelled is left out.
    """
    with told():
        chosen, taxonomy = _version(state, name, version)
        tagger = SharedOwnTagger(state.model)
        found = taxonomy_read.next_to_label(state.database, tagger, taxonomy, count, most)
    items = [QueuedView.of_queued(item) for item in found]
    return QueueView(version=VersionView.of(chosen), items=items)


@router.get(
    "/taxonomies/{name}/gaps",
    operation_id="get_gaps",
    summary="Which labels may be missing",
    dependencies=[Depends(require(Scope.READ))],
    responses=declared(404, 409, 422, 503),
)
def get_gaps(
    name: Name,
    state: Held,
    version: Which = "",
    least: Annotated[
        int, Query(ge=2, le=1_000, description="Conversations that a group has at least.")
    ] = 3,
    most: Most = 500,
) -> GapsView:
    """Group the conversations that no label of the version fits, and suggest one for each group.

    Those that lie between two of its labels lack none: they are left out and counted. What is in a language that the heads do not know is left out: it lacks no label. To fill a gap,
    correct its conversations to the new label, or add examples of it, and train another version.
    """
    with told():
        chosen, taxonomy = _version(state, name, version)
        tagger = SharedOwnTagger(state.model)
        found = taxonomy_read.gaps(state.database, tagger, taxonomy, least, most)
    return GapsView.of(chosen, found)


@router.post(
    "/taxonomies/{name}/corrections",
    operation_id="correct_labels",
    summary="Say what conversations should have been labelled",
    responses=declared(404, 413, 415, 422, 503),
)
def correct_labels(
    name: Name,
    body: Annotated[
        CorrectionBatch, Body(openapi_examples={"batch": {"value": CORRECTIONS_EXAMPLE}})
    ],
    caller: Annotated[Principal, Depends(require(Scope.CORRECT))],
    state: Held,
) -> CorrectionsKept:
    """Keep people's words: they stand above every version's labels, and train the next one.

    A word that cannot be kept is named; the others are kept. Sent again, nothing changes.
    """
    with told():
        taxonomy_registry.find(state.database, name)
        words = [Word.of(w.conversation_id, w.turn, w.said) for w in body.corrections]
        refused = taxonomy_words.say(state.database, name, words, caller.name)
    state.wake()
    return CorrectionsKept(
        kept=len(words) - len(refused), refused=[RefusedCorrection.of(r) for r in refused]
    )


@router.post(
    "/taxonomies/{name}/refit",
    operation_id="refit_taxonomy",
    summary="Train a version with all corrections in it, and measure the gain",
    status_code=201,
    dependencies=[Depends(require(Scope.WRITE))],
    responses=declared(404, 409, 422, 503),
)
def refit_taxonomy(name: Name, state: Held, version: Which = "") -> RefitView:
    """Fit on a version's examples and all corrections. The new version is not live yet.

    The gain is measured on texts that were left out of the fit.
    """
    with told():
        base = taxonomy_registry.find(state.database, name, version or None)
        fitted = taxonomy_refit.refit(state.database, SharedOwnTagger(state.model).vectors, base)
    return RefitView.of(fitted.version, fitted.gain)


def _version(state: State, name: str, version: str) -> tuple[TaxonomyVersion, OwnTaxonomy]:
    """Find and load a version; see ``Which`` for how it is named."""
    found = taxonomy_registry.find(state.database, name, version or None)
    return found, taxonomy_registry.load(state.database, found).taxonomy
