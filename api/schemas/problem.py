"""The one shape of every error answer: RFC 9457 problem details."""

from pydantic import BaseModel, ConfigDict, Field


class FieldError(BaseModel):
    """One thing that is wrong with the request, by place. It never repeats the value."""

    detail: str
    pointer: str | None = None
    """JSON pointer (RFC 6901) into the request body, as a URI fragment."""
    parameter: str | None = None
    """Name of the query, path or header parameter."""


class ProblemDetails(BaseModel):
    """Why a request was refused, and what to do next."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "/problems/not-found",
                    "title": "Not found",
                    "status": 404,
                    "detail": "There is no conversation with this id.",
                    "instance": "urn:uuid:6f2a2f2e-8f0f-4f0e-9d0a-2b6c0f8f4a11",
                }
            ]
        }
    )

    type: str = Field(description="Which problem it is; stable, relative to the server.")
    title: str
    status: int = Field(ge=400, le=599)
    detail: str
    instance: str = Field(description="Names this one request in the server's log.")
    errors: list[FieldError] | None = None
