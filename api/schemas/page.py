"""Listings: opaque tokens, a size that is a maximum, and an empty token at the end."""

from typing import Generic, TypeVar

from pydantic import BaseModel, Field

Row = TypeVar("Row", bound=BaseModel)


class Page(BaseModel, Generic[Row]):
    """One page of a listing."""

    items: list[Row]
    next_page_token: str = Field(
        description="Hand it back as `page_token` with the same filters. Empty: this was the last."
    )
