"""The application: its parts, its layers and its routes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from api import (
    analytics,
    context,
    conversations,
    customers,
    dead_letters,
    definitions,
    event_names,
    events,
    evidence,
    health,
    jobs,
    journey_types,
    journeys,
    lenses,
    metrics,
    models,
    next_steps,
    outcomes,
    problems,
    reference,
    retags,
    signals,
    tag,
    taxonomies,
    taxonomy_jobs,
    taxonomy_loop,
    theme_decisions,
    theme_reports,
    themes,
)
from api.access import Access
from api.auth import Authentication
from api.body_limit import BodyLimit
from api.document import DESCRIPTION, TAGS, complete
from api.lifecycle import LoadTagger, keyring, load_tagger, running, state_for
from settings import Settings

ROUTERS = (
    tag.router,
    conversations.batches,
    conversations.router,
    evidence.router,
    events.router,
    jobs.router,
    journeys.router,
    lenses.router,
    journey_types.router,
    next_steps.router,
    customers.router,
    definitions.router,
    event_names.router,
    outcomes.router,
    context.router,
    analytics.router,
    signals.router,
    taxonomies.router,
    taxonomy_loop.router,
    taxonomy_jobs.router,
    theme_reports.router,  # before themes: a report is no theme's id
    themes.router,
    theme_decisions.router,
    models.router,
    retags.router,
    dead_letters.router,
    health.router,
    metrics.router,
    reference.router,
)


def create_app(settings: Settings, load: LoadTagger = load_tagger) -> FastAPI:
    """Make the application. Nothing is opened before it starts.

    Parameters
    ----------
    settings : Settings
        What the operator set.
    load : callable
        Gives the tagger; called once, in a thread, when the application starts.
    """
    state = state_for(settings, load)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with running(state):
            yield

    app = FastAPI(
        title="Throughline",
        version="1",
        description=DESCRIPTION,
        openapi_tags=TAGS,
        lifespan=lifespan,
        redirect_slashes=False,
        docs_url=None,
        redoc_url=None,
        # FastAPI's own logs tell exception messages, which may hold customer text.
        telemetry={"logs": False, "tracing": False, "metrics": False, "auto_configure": False},
        responses=problems.declared(500),
    )
    app.state.throughline = state
    problems.install(app)
    # The last one added is the outermost.
    app.add_middleware(BodyLimit, limit=settings.max_body_bytes)
    app.add_middleware(Authentication, keyring=keyring(state))
    app.add_middleware(Access, telemetry=state.telemetry, tracing=state.tracing)
    for router in ROUTERS:
        app.include_router(router)
    complete(app)
    return app


def from_environment() -> FastAPI:
    """Make the application from ``THROUGHLINE_*``: ``uvicorn --factory api.app:from_environment``.

    Call uvicorn with ``--no-access-log``; its lines would hold query strings.
    """
    return create_app(Settings())
