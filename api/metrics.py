"""``/metrics``: what Prometheus reads."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy.exc import SQLAlchemyError

from api.state import State, state_of
from domain.base import now
from storage import progress
from storage.backlog import backlog

router = APIRouter(tags=["Operation"])


class PrometheusText(Response):
    """The text format of Prometheus."""

    media_type = CONTENT_TYPE_LATEST


@router.get(
    "/metrics",
    operation_id="metrics",
    summary="Measurements for Prometheus",
    response_class=PrometheusText,
)
def metrics(state: Annotated[State, Depends(state_of)]) -> Response:
    """Give counts and times by route, kind and state. No text, no id, no address in it."""
    state.telemetry.model_ready.set(state.model.ready)
    try:
        with state.database.reading() as session:
            queues, workers = backlog(session, now()), progress.workers(session)
    except SQLAlchemyError:
        state.telemetry.queues(None)
    else:
        state.telemetry.queues(queues)
        state.telemetry.workers(workers)
    return PrometheusText(state.telemetry.render())
