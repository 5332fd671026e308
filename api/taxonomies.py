"""Own taxonomies: versions, what they would change, what to label next, and going live."""

from typing import Annotated

from fastapi import Body, Depends

from api.auth import Principal, Scope, require
from api.problems import Problem, declared
from api.routing import resource
from api.schemas.taxonomy import (
    DESCRIPTIONS_EXAMPLE,
    LIVE_EXAMPLE,
    NEW_EXAMPLE,
    THRESHOLD_EXAMPLE,
    TRAINING_EXAMPLE,
    ExamplesToLint,
    GoLive,
    NewTaxonomy,
    NewThreshold,
    Training,
)
from api.schemas.taxonomy_view import LintView, TaxonomyList, TaxonomyView, VersionView
from api.state import State
from api.taxonomy_model import SharedOwnTagger
from api.taxonomy_path import Held, Name, told
from nlp.own.library import is_name
from nlp.own.lint import Example, lint
from storage import taxonomies
from workers import taxonomy_refit, taxonomy_registry
from workers.taxonomy_registry import MissingTaxonomyError
from workers.vectors import keeping_nothing

router = resource("Taxonomies")


@router.get(
    "/taxonomies",
    operation_id="list_taxonomies",
    summary="List own taxonomies",
    dependencies=[Depends(require(Scope.READ))],
    responses=declared(503),
)
def list_taxonomies(state: Held) -> TaxonomyList:
    """Give of each taxonomy the live version, or else the newest."""
    with state.database.reading() as session:
        found = taxonomies.newest(session)
    return TaxonomyList(items=[VersionView.of(version) for version in found])


@router.post(
    "/taxonomies",
    operation_id="create_taxonomy",
    summary="Train the first version of a taxonomy",
    status_code=201,
    dependencies=[Depends(require(Scope.WRITE))],
    responses=declared(409, 413, 415, 422, 503),
)
def create_taxonomy(
    body: Annotated[NewTaxonomy, Body(openapi_examples={"shop": {"value": NEW_EXAMPLE}})],
    state: Held,
) -> VersionView:
    """Fit a version on examples, or on what labels mean. It is not live by that.

    Up to two thousand examples, in the time of the call; `POST /v1/taxonomies/{name}/trainings`
    takes more, and tunes.
    """
    if not is_name(body.name):
        raise Problem(422, "A taxonomy cannot have this name.", slug="invalid-name")
    with state.database.reading() as session:
        if taxonomies.versions(session, body.name):
            detail = f"There is a taxonomy {body.name}. Post to its versions."
            raise Problem(409, detail, slug="taxonomy-exists")
    return _train(state, body.name, body)


@router.post(
    "/taxonomies/lint",
    operation_id="lint_examples",
    summary="Look for faults in training examples",
    dependencies=[Depends(require(Scope.TAG, Scope.WRITE))],
    responses=declared(409, 413, 415, 422, 503),
)
def lint_examples(
    body: Annotated[ExamplesToLint, Body(openapi_examples={"shop": {"value": TRAINING_EXAMPLE}})],
    state: Held,
) -> LintView:
    """Name duplicates, overlapping and thin labels and likely mislabelled examples.

    Each with its positions and what to do. Nothing is kept.
    """
    examples = [Example(n, e.text, e.said[0]) for n, e in enumerate(body.examples)]
    with keeping_nothing():
        return LintView.of(lint(SharedOwnTagger(state.model).vectors, examples))


@router.get(
    "/taxonomies/{name}",
    operation_id="get_taxonomy",
    summary="All versions of a taxonomy, and what went live when",
    dependencies=[Depends(require(Scope.READ))],
    responses=declared(404, 422, 503),
)
def get_taxonomy(name: Name, state: Held) -> TaxonomyView:
    """Give versions, the newest first."""
    with told(), state.database.reading() as session:
        known = taxonomies.versions(session, name)
        changes = taxonomies.changes(session, name)
        if not known:
            raise MissingTaxonomyError(
                f"There is no taxonomy {name}: GET /v1/taxonomies lists them."
            )
    return TaxonomyView.of(known, changes)


@router.post(
    "/taxonomies/{name}/versions",
    operation_id="create_version",
    summary="Train another version",
    status_code=201,
    dependencies=[Depends(require(Scope.WRITE))],
    responses=declared(404, 409, 413, 415, 422, 503),
)
def create_version(
    name: Name,
    body: Annotated[
        Training,
        Body(
            openapi_examples={
                "examples": {"value": TRAINING_EXAMPLE},
                "descriptions": {"value": DESCRIPTIONS_EXAMPLE},
            }
        ),
    ],
    state: Held,
) -> VersionView:
    """Fit another version. What is live stays so; the same examples give the same version."""
    with told():
        taxonomy_registry.find(state.database, name)
    return _train(state, name, body)


@router.post(
    "/taxonomies/{name}/threshold",
    operation_id="set_threshold",
    summary="Have a version say labels from another probability on",
    status_code=201,
    dependencies=[Depends(require(Scope.WRITE))],
    responses=declared(404, 413, 415, 422, 503),
)
def set_threshold(
    name: Name,
    body: Annotated[NewThreshold, Body(openapi_examples={"safe": {"value": THRESHOLD_EXAMPLE}})],
    state: Held,
) -> VersionView:
    """Make a version that differs in its threshold alone; nothing is trained.

    It is not live yet: look at the diff, then set it live. `safe_from` of a trust report is
    made use of so.
    """
    with told():
        base = taxonomy_registry.find(state.database, name, body.version)
        made, _ = taxonomy_registry.with_threshold(state.database, base, body.threshold)
    return VersionView.of(made)


@router.post(
    "/taxonomies/{name}/live",
    operation_id="set_live",
    summary="Let a version tag, or take the taxonomy out",
    responses=declared(404, 409, 413, 415, 422, 503),
)
def set_live(
    name: Name,
    body: Annotated[GoLive, Body(openapi_examples={"number": {"value": LIVE_EXAMPLE}})],
    caller: Annotated[Principal, Depends(require(Scope.ADMIN))],
    state: Held,
) -> TaxonomyView:
    """Have a version's labels stand beside the general ones on what comes in from now on.

    What is tagged already stays as it is until it is tagged again.
    """
    with told():
        if body.version is None:
            taxonomy_registry.retire(state.database, name, caller.name)
        else:
            chosen = taxonomy_registry.find(state.database, name, body.version or None)
            space = SharedOwnTagger(state.model).vectors.space
            taxonomy_registry.go_live(state.database, chosen, space, caller.name)
    return get_taxonomy(name, state)


@router.post(
    "/taxonomies/{name}/rollback",
    operation_id="rollback_taxonomy",
    summary="Go back to the version that was live before",
    responses=declared(404, 422, 503),
)
def rollback_taxonomy(
    name: Name, caller: Annotated[Principal, Depends(require(Scope.ADMIN))], state: Held
) -> TaxonomyView:
    """Set the version live that was so before the present one."""
    with told():
        taxonomy_registry.rollback(state.database, name, caller.name)
    return get_taxonomy(name, state)


def _train(state: State, name: str, training: Training) -> VersionView:
    vectors = SharedOwnTagger(state.model).vectors
    with told(), keeping_nothing():
        bundle = taxonomy_refit.fit_bundle(
            vectors, name, training.pairs, training.descriptions, wrong_costs=training.wrong_costs
        )
    return VersionView.of(taxonomy_registry.register(state.database, bundle))
