"""What a person says about signals."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from domain.conversation import Role
from domain.signal import SignalKind

Label = Annotated[
    str,
    Field(
        max_length=128,
        pattern=r"^[a-z0-9][a-z0-9_.-]*$",
        description="Of the signal's kind: an intent of the taxonomy, `negative`, `waited`, `en` …",
    ),
]
Value = Annotated[
    float | None,
    Field(
        ge=-1,
        le=5,
        description="Of a sentiment (-1 to 1) or a satisfaction (1 to 5) only; without it the "
        "label's own: negative -1, neutral 0, positive 1; dissatisfied 1, neutral 3, satisfied 5.",
    ),
]
REPLACE_EXAMPLE: dict[str, Any] = {"label": "refund_request"}
ADD_EXAMPLE: dict[str, Any] = {"kind": "intent", "label": "cancel_order", "turn": 0}


class SignalReplacement(BaseModel):
    """The right label in a signal's place."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [REPLACE_EXAMPLE]})

    label: Label
    value: Value = None


class SignalAddition(BaseModel):
    """A label that the machine did not see."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [ADD_EXAMPLE]})

    kind: SignalKind
    label: Label
    value: Value = None
    turn: int | None = Field(
        default=None, ge=0, description="Position of the turn; null for the whole conversation."
    )
    role: Role | None = Field(
        default=None, description="Of a conversation's signal: whose turns it covers."
    )
