"""Making a taxonomy better: what a version would change, what to label, gaps, words, refit."""

from typing import Annotated

from fastapi import Body, Depends
from fastapi.responses import Response

from api.auth import Principal, Scope, require
from api.problems import declared
from api.routing import resource
from api.schemas.taxonomy import CORRECTIONS_EXAMPLE, CorrectionBatch
from api.schemas.taxonomy_job import (
    DIFF_EXAMPLE,
    GAPS_EXAMPLE,
    QUEUE_EXAMPLE,
    DiffRequest,
    GapsRequest,
    QueueRequest,
    TaxonomyJobView,
    VersionRequest,
)
from api.schemas.taxonomy_view import CorrectionsKept, RefusedCorrection
from api.taxonomy_asking import Post, Reader, Writer, ask
from api.taxonomy_path import Held, Name, hash_of, told
from storage.taxonomy_jobs import Given, Task
from workers import taxonomy_registry, taxonomy_words
from workers.taxonomy_words import Word

router = resource("Taxonomies")
_ERRORS = declared(404, 409, 413, 415, 422, 503)


@router.post(
    "/taxonomies/{name}/diffs",
    operation_id="post_diff",
    summary="Have told what a version would change about stored conversations",
    status_code=202,
    response_model=TaxonomyJobView,
    responses=_ERRORS,
)
def post_diff(
    name: Name,
    body: Annotated[DiffRequest, Body(openapi_examples={"usual": {"value": DIFF_EXAMPLE}})],
    caller: Reader,
    post: Post,
    state: Held,
) -> Response:
    """Read the latest conversations under two versions and tell what moves. Nothing is written."""
    hashes = {"version": hash_of(state, name, body.version)}
    hashes["against"] = hash_of(state, name, body.against)
    return ask(post, name, Task.DIFF, {**hashes, "most": body.most}, caller)


@router.post(
    "/taxonomies/{name}/queues",
    operation_id="post_queue",
    summary="Have found which conversations to label next",
    status_code=202,
    response_model=TaxonomyJobView,
    responses=_ERRORS,
)
def post_queue(
    name: Name,
    body: Annotated[QueueRequest, Body(openapi_examples={"usual": {"value": QUEUE_EXAMPLE}})],
    caller: Reader,
    post: Post,
    state: Held,
) -> Response:
    """Order conversations by how unsure the version is, times how many look alike.

    No two that are nearly the same stand in one list; what people have labelled is left out.
    """
    given: Given = {
        "version": hash_of(state, name, body.version),
        "count": body.count,
        "most": body.most,
    }
    return ask(post, name, Task.QUEUE, given, caller)


@router.post(
    "/taxonomies/{name}/gaps",
    operation_id="post_gaps",
    summary="Have found which labels may be missing",
    status_code=202,
    response_model=TaxonomyJobView,
    responses=_ERRORS,
)
def post_gaps(
    name: Name,
    body: Annotated[GapsRequest, Body(openapi_examples={"usual": {"value": GAPS_EXAMPLE}})],
    caller: Reader,
    post: Post,
    state: Held,
) -> Response:
    """Group the conversations that no label of the version fits, and suggest one for each group.

    Those that lie between two of its labels lack none: they are left out and counted. What is in
    a language that the heads do not know is left out too. To fill a gap, correct its conversations
    to the new label, or add examples of it, and train another version.
    """
    given: Given = {
        "version": hash_of(state, name, body.version),
        "least": body.least,
        "most": body.most,
    }
    return ask(post, name, Task.GAPS, given, caller)


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
    summary="Have a version trained with all corrections in it, and the gain measured",
    status_code=202,
    response_model=TaxonomyJobView,
    responses=_ERRORS,
)
def refit_taxonomy(
    name: Name,
    body: Annotated[VersionRequest, Body(openapi_examples={"live or newest": {"value": {}}})],
    caller: Writer,
    post: Post,
    state: Held,
) -> Response:
    """Fit on a version's examples and all corrections. The new version is not live by that.

    The gain is measured on texts that were left out of the fit, and stands in the job's result.
    """
    given: Given = {"version": hash_of(state, name, body.version)}
    return ask(post, name, Task.REFIT, given, caller)
