"""``/healthz`` and ``/readyz``: is the process alive, and is its work getting done."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from api.problems import RETRY_AFTER_SECONDS, Problem, declared
from api.schemas.problem import FieldError
from api.state import State, state_of
from domain.base import now
from storage import progress
from storage.backlog import backlog
from storage.queues import PROMPT
from workers.heart import TAG

router = APIRouter(tags=["Operation"])


class Health(BaseModel):
    """A sign of life."""

    status: str = Field(examples=["ok"])


@router.get("/healthz", operation_id="healthz", summary="Is the process alive")
async def healthz() -> Health:
    """Answer as soon as the process serves requests, whatever the database and model do."""
    # No thread is asked for: a silent database may hold them all.
    return Health(status="ok")


@router.get(
    "/readyz",
    operation_id="readyz",
    summary="Can it serve, and is work getting done",
    responses=declared(503),
)
def readyz(state: Annotated[State, Depends(state_of)]) -> Health:
    """Check that the database answers, the model is loaded and work does not pile up.

    The 503 lists what is missing. Work is held to be stuck when something that is due has waited
    for a minute and no worker was heard of meanwhile, or has waited for five minutes
    (`THROUGHLINE_STUCK_SECONDS`) in which no worker finished anything. A long queue that
    moves is ready.
    """
    missing = [FieldError(detail=reason) for reason in _missing(state)]
    if missing:
        headers = {"Retry-After": str(RETRY_AFTER_SECONDS)}
        detail = "Not ready; see errors."
        raise Problem(503, detail, slug="not-ready", errors=missing, headers=headers)
    return Health(status="ready")


def _missing(state: State) -> Iterator[str]:
    if not state.model.ready:
        yield "The model is not loaded."
    try:
        with state.database.reading() as session:
            yield from _stuck(session, state.settings.stuck_seconds)
    except SQLAlchemyError:
        yield "The database does not answer or was not upgraded."


def _stuck(session: Session, limit_s: float) -> Iterator[str]:
    moment = now()
    oldest = max(q.oldest_seconds for q in backlog(session, moment) if q.kind in PROMPT)
    if oldest > progress.HEARD_S and not progress.heard(session, TAG, moment):
        yield (
            f"Work has waited for {oldest:.0f} s, and no worker was heard of for "
            f"{progress.HEARD_S:.0f} s. Is a worker running?"
        )
    elif oldest > limit_s and not progress.moved(session, TAG, moment - timedelta(seconds=limit_s)):
        yield (
            f"Work has waited for {oldest:.0f} s, and nothing was finished in the last "
            f"{limit_s:.0f} s. The workers' logs and /metrics tell why."
        )
