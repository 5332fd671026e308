"""Careful reading of foreign JSON: whatever lies there, an answer of the right type."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from domain.identity import Identifier, IdentifierKind
from ingest.outcome import Repair, Tally

MAX_METADATA = 1_000
"""Characters of one metadata value. It is a label, not a text."""

IDENTIFIER_KEYS: Mapping[str, IdentifierKind] = {
    **dict.fromkeys(("email", "e_mail", "email_address", "mail"), IdentifierKind.EMAIL),
    **dict.fromkeys(("phone", "phone_number", "mobile", "msisdn", "tel"), IdentifierKind.PHONE),
    **dict.fromkeys(
        ("account", "account_id", "account_number", "account_no", "customer_id",
         "customer_number", "customer_no", "external_id", "user_id", "userid"),
        IdentifierKind.ACCOUNT,
    ),
    "user": IdentifierKind.USER,
    **dict.fromkeys(("device", "device_id"), IdentifierKind.DEVICE),
    **dict.fromkeys(("anonymous", "anonymous_id", "anonymousid"), IdentifierKind.ANONYMOUS),
    **dict.fromkeys(("social", "social_handle", "twitter_handle"), IdentifierKind.SOCIAL),
}  # fmt: skip
"""Names under which exports keep an identifier of the customer, in snake_case."""


def mapping(value: object) -> dict[str, Any]:
    """Give the value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def objects(value: object) -> list[dict[str, Any]]:
    """Give the objects of a list; what is no object is left out."""
    return [v for v in value if isinstance(v, dict)] if isinstance(value, list) else []


def text(value: object) -> str | None:
    """Give a scalar as text, or None where there is nothing to say."""
    if value is None or isinstance(value, dict | list):
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip() or None


def short(value: object, limit: int) -> str | None:
    """Give a scalar as text of at most ``limit`` characters: for names, not for messages."""
    found = text(value)
    return found[:limit] if found else None


def snake(name: str) -> str:
    """Write a name in snake_case: ``Help Searched`` and ``helpSearched`` become one."""
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name[:256])
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


def flat(prefix: str, value: object) -> dict[str, str]:
    """Flatten JSON into metadata: dotted names, values as text, lists joined by commas."""
    if isinstance(value, dict):
        pairs = [flat(f"{prefix}.{k}" if prefix else str(k), v) for k, v in value.items()]
        return {k: v for pair in pairs for k, v in pair.items()}
    if isinstance(value, list):
        value = ",".join(t for t in (text(v) for v in value) if t)
    found = short(value, MAX_METADATA)
    return {prefix[:128]: found} if found else {}


def identifiers(
    pairs: Iterable[tuple[IdentifierKind, object]], tally: Tally
) -> tuple[Identifier, ...]:
    """Make identifiers, each once, in the order given.

    Parameters
    ----------
    pairs : iterable of (IdentifierKind, object)
        Kinds and values as found; empty values are passed over.
    tally : Counter
        Takes a count for each value that is no identifier of its kind.
    """
    made: dict[Identifier, None] = {}
    for kind, value in pairs:
        found = text(value)
        if found is None:
            continue
        try:
            made[Identifier(kind=kind, value=found)] = None
        except ValidationError:
            tally[Repair.IDENTIFIER] += 1
    return tuple(made)


def identifier_pairs(
    source: Mapping[str, Any], extra: Mapping[str, IdentifierKind]
) -> list[tuple[IdentifierKind, object]]:
    """Find identifiers in an object by the names of its fields.

    Parameters
    ----------
    source : mapping
        An object of the export, such as traits or custom attributes.
    extra : mapping of str to IdentifierKind
        Further field names, from the options of the import.
    """
    found = []
    for key, value in source.items():
        kind = extra.get(key) or IDENTIFIER_KEYS.get(snake(key))
        if kind is not None:
            found.append((kind, value))
    return found
