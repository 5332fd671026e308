"""``GET /v1/jobs/{id}``: how far the work on what was handed in is."""

from typing import Annotated

from fastapi import Depends, Path

from api.auth import Scope, require
from api.problems import declared, not_found
from api.routing import resource
from api.schemas.job import JobView
from api.state import State, state_of
from storage import jobs

router = resource("Intake")


@router.get(
    "/jobs/{job_id}",
    operation_id="get_job",
    summary="How far a job is",
    dependencies=[Depends(require(Scope.READ, Scope.WRITE))],
    responses=declared(404, 422, 503),
)
def get_job(
    job_id: Annotated[str, Path(max_length=64, examples=["job_5b1f0c9d2e3a4b5c6d7e8f90"])],
    state: Annotated[State, Depends(state_of)],
) -> JobView:
    """Give what became of the records of one call or import, and what still waits."""
    with state.database.reading() as session:
        job = jobs.get(session, job_id)
    if job is None:
        raise not_found("job")
    return JobView.model_validate(job.model_dump())
