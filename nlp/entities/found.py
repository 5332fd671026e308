"""An entity in a text."""

from dataclasses import dataclass

from pydantic import JsonValue


@dataclass(frozen=True)
class Entity:
    """Characters ``[start, end)`` with a type and a normal form.

    Attributes
    ----------
    label : str
        order_number, money, date, product …
    value : str or None
        Normal form: equal values are the same thing. None where it cannot be told.
    details : tuple of (str, JsonValue)
        What else is known, such as the currency.
    """

    start: int
    end: int
    label: str
    value: str | None
    details: tuple[tuple[str, JsonValue], ...] = ()
