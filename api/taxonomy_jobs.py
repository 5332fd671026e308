"""Long work on own taxonomies: asked for by a call, done by a worker, followed by its id."""

from typing import Annotated

from fastapi import Body, Depends, Path, Query
from fastapi.responses import Response
from sqlalchemy.orm import Session

from api.auth import Scope, require
from api.problems import Problem, declared, not_found
from api.routing import resource
from api.schemas.taxonomy_job import (
    LONG_EXAMPLE,
    SAMPLE_EXAMPLE,
    TRUST_EXAMPLE,
    TUNED_EXAMPLE,
    LongTraining,
    SampleRequest,
    TaxonomyJobResult,
    TaxonomyJobView,
    TrustRequest,
    VersionRequest,
)
from api.taxonomy_asking import Post, Reader, Writer, ask
from api.taxonomy_path import Held, Name, hash_of
from domain.base import now
from nlp.own.library import is_name
from storage import taxonomy_jobs
from storage.taxonomy_jobs import Given, JobState, Task
from workers.taxonomy_jobs import written

router = resource("Taxonomies")
JobId = Annotated[str, Path(max_length=64, examples=["txj_5b1f0c9d2e3a4b5c6d7e8f90"])]
_FOLLOWER = Depends(require(Scope.READ, Scope.WRITE))
_ERRORS = declared(404, 409, 413, 415, 422, 503)


@router.post(
    "/taxonomies/{name}/trainings",
    operation_id="post_training",
    summary="Have a worker train a version",
    status_code=202,
    response_model=TaxonomyJobView,
    responses=declared(409, 413, 415, 422, 503),
)
def post_training(
    name: Name,
    body: Annotated[
        LongTraining,
        Body(
            openapi_examples={
                "many": {"summary": "As many examples as you like", "value": LONG_EXAMPLE},
                "tuned": {"summary": "Tuned, and careful", "value": TUNED_EXAMPLE},
            }
        ),
    ],
    caller: Writer,
    post: Post,
) -> Response:
    """Take up to 50,000 examples and give a job to wait for; the version is not live by that.

    Whoever sends the same while it is open gets the job that is there. A killed worker's
    training is done again by another one; the same examples give the same version.
    """
    if not is_name(name):
        raise Problem(422, "A taxonomy cannot have this name.", slug="invalid-name")
    given: Given = {
        "examples": written(body.pairs),
        "descriptions": dict(body.descriptions),
        "wrong_costs": body.wrong_costs,
        "tune": body.tune,
    }
    return ask(post, name, Task.TRAIN, given, caller)


@router.post(
    "/taxonomies/{name}/reports",
    operation_id="post_label_report",
    summary="Have a version measured label by label",
    status_code=202,
    response_model=TaxonomyJobView,
    responses=_ERRORS,
)
def post_label_report(
    name: Name,
    body: Annotated[VersionRequest, Body(openapi_examples={"live or newest": {"value": {}}})],
    caller: Reader,
    post: Post,
    state: Held,
) -> Response:
    """Ask about each example a version fitted without it: what is confused, and the texts."""
    version = hash_of(state, name, body.version)
    return ask(post, name, Task.REPORT, {"version": version}, caller)


@router.post(
    "/taxonomies/{name}/trust/samples",
    operation_id="post_trust_sample",
    summary="Have conversations drawn to label",
    status_code=202,
    response_model=TaxonomyJobView,
    responses=_ERRORS,
)
def post_trust_sample(
    name: Name,
    body: Annotated[SampleRequest, Body(openapi_examples={"usual": {"value": SAMPLE_EXAMPLE}})],
    caller: Reader,
    post: Post,
    state: Held,
) -> Response:
    """Draw stored conversations, as many of each degree of sureness."""
    version = hash_of(state, name, body.version)
    given: Given = {"version": version, "count": body.count, "most": body.most}
    return ask(post, name, Task.TRUST_SAMPLE, given, caller)


@router.post(
    "/taxonomies/{name}/trust/reports",
    operation_id="post_trust_report",
    summary="Have a version judged by a labelled sample",
    status_code=202,
    response_model=TaxonomyJobView,
    responses=_ERRORS,
)
def post_trust_report(
    name: Name,
    body: Annotated[TrustRequest, Body(openapi_examples={"usual": {"value": TRUST_EXAMPLE}})],
    caller: Reader,
    post: Post,
    state: Held,
) -> Response:
    """Tell accuracy, calibration, abstaining, errors by channel, and where automation is safe."""
    version = hash_of(state, name, body.version)
    given: Given = {
        "version": version,
        "error_cost": body.error_cost,
        "labels": [label.model_dump(exclude_none=True) for label in body.labels],
    }
    return ask(post, name, Task.TRUST_REPORT, given, caller)


@router.get(
    "/taxonomy-jobs",
    operation_id="list_taxonomy_jobs",
    summary="The last long work on own taxonomies",
    dependencies=[_FOLLOWER],
    responses=declared(422, 503),
)
def list_taxonomy_jobs(
    state: Held, name: Annotated[str | None, Query(max_length=64)] = None
) -> list[TaxonomyJobView]:
    """Give at most twenty, the last asked for first. A job is forgotten after 90 days."""
    with state.database.reading() as session:
        return [TaxonomyJobView.of(job) for job in taxonomy_jobs.latest(session, name)]


@router.get(
    "/taxonomy-jobs/{job_id}",
    operation_id="get_taxonomy_job",
    summary="How far long work is",
    dependencies=[_FOLLOWER],
    responses=declared(404, 422, 503),
)
def get_taxonomy_job(job_id: JobId, state: Held) -> TaxonomyJobView:
    """Give step and progress; a training that is done names its version."""
    with state.database.reading() as session:
        return _found(session, job_id)


@router.get(
    "/taxonomy-jobs/{job_id}/result",
    operation_id="get_taxonomy_job_result",
    summary="What came of long work",
    dependencies=[Depends(require(Scope.READ))],
    responses=declared(404, 409, 422, 503),
)
def get_taxonomy_job_result(job_id: JobId, state: Held) -> TaxonomyJobResult:
    """Give the version of a training, or the report or sample that was asked for."""
    with state.database.reading() as session:
        job, kept = _found(session, job_id), taxonomy_jobs.result(session, job_id)
    if job.state is not JobState.DONE:
        raise Problem(409, f"The job is {job.state}: there is no result.", slug="no-result")
    return TaxonomyJobResult.model_validate(kept or {"version": job.version})


@router.post(
    "/taxonomy-jobs/{job_id}/cancel",
    operation_id="cancel_taxonomy_job",
    summary="Give long work up",
    dependencies=[Depends(require(Scope.WRITE))],
    responses=declared(404, 409, 413, 415, 422, 503),
)
def cancel_taxonomy_job(job_id: JobId, state: Held) -> TaxonomyJobView:
    """Stop an open job; nothing comes of it. One that is over is answered with 409."""

    def work(session: Session) -> TaxonomyJobView:
        job = _found(session, job_id)
        if not taxonomy_jobs.cancel(session, job_id, now()):
            raise Problem(409, f"The job is {job.state} already.", slug="job-over")
        return _found(session, job_id)

    return state.database.run(work)


def _found(session: Session, id_: str) -> TaxonomyJobView:
    job = taxonomy_jobs.get(session, id_)
    if job is None:
        raise not_found("job")
    return TaxonomyJobView.of(job)
