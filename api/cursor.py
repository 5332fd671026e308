"""Opaque page tokens: where a listing goes on, bound to its filters."""

import base64
import binascii
import hashlib
import json
from collections.abc import Sequence

from pydantic import BaseModel

from api.problems import Problem
from api.schemas.problem import FieldError

_DIGEST_BYTES = 6


def encode(position: Sequence[str] | None, listing: str) -> str:
    """Write the position of the last row seen as a token.

    Parameters
    ----------
    position : sequence of str or None
        The sort key of the row, as the repository gives it; None on the last page.
    listing : str
        Names the listing and its filters; the token is good for no other.

    Returns
    -------
    str
        Empty where nothing follows.
    """
    if position is None:
        return ""
    body = json.dumps(list(position), separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(_digest(body, listing) + body).decode().rstrip("=")


def decode(token: str, listing: str) -> tuple[str, ...] | None:
    """Read a token back; None for the empty one, which stands for the first page.

    Raises
    ------
    Problem
        422, if the token was not made for this listing with these filters.
    """
    if not token:
        return None
    try:
        data = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        digest, body = data[:_DIGEST_BYTES], data[_DIGEST_BYTES:]
        position = json.loads(body) if digest == _digest(body, listing) else None
    except (ValueError, binascii.Error):
        position = None
    if not isinstance(position, list):
        raise invalid("The page token was not made by this listing with these filters.")
    return tuple(str(part) for part in position)


def invalid(why: str) -> Problem:
    """Give the problem that a listing cannot go on from a token."""
    wrong = FieldError(detail="Not a token of this listing.", parameter="page_token")
    return Problem(422, f"{why} Start again.", slug="invalid-page-token", errors=[wrong])


def name(listing: str, filters: BaseModel) -> str:
    """Name a listing with its filters."""
    return f"{listing}?{filters.model_dump_json()}"


def _digest(body: bytes, listing: str) -> bytes:
    return hashlib.sha256(listing.encode() + b"\0" + body).digest()[:_DIGEST_BYTES]
