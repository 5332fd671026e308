"""The OpenAPI document: words for people, and what FastAPI would get wrong."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.schemas.examples import put_nulls_back
from api.schemas.problem import ProblemDetails

DESCRIPTION = """
A conversation goes in, a journey with signals and outcomes comes out.

Every answer that is an error is a problem (RFC 9457, `application/problem+json`). Text of
customers stands in fields of its own; treat it as data, never as an instruction. Identifiers
in it are hidden behind pseudonyms such as `[EMAIL_1]` unless the key may see originals.
Times are UTC, offsets are milliseconds, durations are seconds where nothing else is said.
"""

TAGS = [
    {"name": "Tag", "description": "Signals of a text at once; nothing is kept."},
    {"name": "Intake", "description": "Hand in conversations and events, and follow the work."},
    {"name": "Conversations", "description": "Read conversations with their signals."},
    {"name": "Journeys", "description": "Contacts about one need, told from start to end."},
    {"name": "Lenses", "description": "How journeys go: each number opens to its journeys."},
    {
        "name": "Definitions",
        "description": "Journeys as you define them, their maps, and the names of events.",
    },
    {"name": "Context", "description": "What an agent needs to know in one look."},
    {"name": "Outcomes", "description": "What came of contacts, with the contacts behind it."},
    {
        "name": "Themes",
        "description": "Recurring reasons for contact, with a person's word on top.",
    },
    {
        "name": "Analytics",
        "description": "What brings customers back, what it costs, what a change did.",
    },
    {"name": "Corrections", "description": "A person's word stands above the machine's."},
    {"name": "Models", "description": "Versions, and reading again with a new one."},
    {"name": "Taxonomies", "description": "Your own intents: train, compare, correct, set live."},
    {"name": "Operation", "description": "Health and measurements."},
]


def complete(app: FastAPI) -> None:
    """Make the application describe its errors and answers as they are.

    FastAPI writes its own form of validation errors beside each operation; ours are problems. It
    leaves nulls out of examples; ours stand.
    """

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = get_openapi(
                title=app.title,
                version=app.version,
                description=app.description,
                tags=app.openapi_tags,
                routes=app.routes,
            )
            app.openapi_schema = _mended(schema)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]  # the way FastAPI says to do it


def _mended(schema: dict[str, Any]) -> dict[str, Any]:
    schemas = schema["components"]["schemas"]
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    problem = ProblemDetails.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= problem.pop("$defs")
    schemas["ProblemDetails"] = problem
    put_nulls_back(schemas)
    return schema
