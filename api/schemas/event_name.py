"""What people say of event names."""

from pydantic import BaseModel, ConfigDict, Field

EXAMPLE = {"alias": "reset_pwd", "name": "password_reset", "same": True}


class AliasRequest(BaseModel):
    """Two names that mean the same, or do not."""

    model_config = ConfigDict(extra="forbid")

    alias: str = Field(min_length=1, max_length=128, pattern=r"^[^\x00]+$")
    name: str = Field(
        min_length=1, max_length=128, pattern=r"^[^\x00]+$", description="The canonical one."
    )
    same: bool = Field(
        default=True, description="False: they differ; the pair is suggested no more."
    )
