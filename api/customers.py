"""A customer's journeys."""

from typing import Annotated

from fastapi import Depends, Path
from pydantic import BaseModel, Field

from api.auth import Scope, require
from api.problems import declared, not_found
from api.routing import resource
from api.schemas.journey import JourneySummary
from api.state import State, state_of
from domain.identity import IdentityLevel
from storage import identities, journeys

router = resource("Journeys")


class CustomerJourneys(BaseModel):
    """Whom the journeys belong to, and the journeys, the last opened first."""

    customer_id: str
    level: IdentityLevel = Field(description="What the identity stands for.")
    confidence: float = Field(description="Of the weakest link that holds the identity together.")
    redirected_from: str | None = Field(
        description="The id you asked for, where it was merged into this one."
    )
    items: list[JourneySummary]


@router.get(
    "/customers/{customer_id}/journeys",
    operation_id="list_customer_journeys",
    summary="All journeys of a customer",
    dependencies=[Depends(require(Scope.READ))],
    responses=declared(404, 422, 503),
)
def list_customer_journeys(
    customer_id: Annotated[str, Path(max_length=64, examples=["idn_3f2a9c0d1e4b5a6978879605"])],
    state: Annotated[State, Depends(state_of)],
) -> CustomerJourneys:
    """Give the journeys of one identity. `GET /v1/context` finds its id by an address."""
    with state.database.reading() as session:
        identity = identities.get(session, customer_id)
        if identity is None:
            raise not_found("customer")
        found = journeys.of_identity(session, identity.id)
    return CustomerJourneys(
        customer_id=identity.id,
        level=identity.level,
        confidence=identity.confidence,
        redirected_from=customer_id if customer_id != identity.id else None,
        items=[JourneySummary.of(journey) for journey in found],
    )
