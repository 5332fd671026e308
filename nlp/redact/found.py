"""What a recogniser found, and how overlaps are settled."""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class IdKind(StrEnum):
    """Types of what is hidden. The value is the label of the entity."""

    EMAIL = "email"
    PHONE = "phone"
    CARD = "card_number"
    IBAN = "iban"
    URL = "url"
    ORDER = "order_number"
    INVOICE = "invoice_number"
    TICKET = "ticket_number"
    ACCOUNT = "account_number"
    REFERENCE = "reference_number"
    ADDRESS = "address"
    PERSON = "person"

    @property
    def tag(self) -> str:
        """The word inside a pseudonym: ``ORDER`` of ``[ORDER_1]``."""
        return self.value.removesuffix("_number").upper()

    @property
    def plain(self) -> str:
        """What an encoder reads in its place: an everyday word, the same for everybody."""
        return _PLAIN.get(self, "number")


_PLAIN = {
    IdKind.EMAIL: "email address",
    IdKind.PHONE: "phone number",
    IdKind.CARD: "card number",
    IdKind.IBAN: "bank account",
    IdKind.URL: "link",
    IdKind.ADDRESS: "my address",
    IdKind.PERSON: "Alex",
}


@dataclass(frozen=True, order=True)
class Found:
    """Characters ``[start, end)`` that identify somebody or something.

    Attributes
    ----------
    kind : IdKind
        The type.
    value : str
        Normal form: equal values are the same thing.
    """

    start: int
    end: int
    kind: IdKind
    value: str


def settle(found: Iterable[Found]) -> tuple[Found, ...]:
    """Drop what overlaps something that was found earlier in the sequence.

    Parameters
    ----------
    found : iterable of Found
        The surest recognisers first.

    Returns
    -------
    tuple of Found
        In order of their place, without overlap.
    """
    kept: list[Found] = []
    for item in found:
        place = bisect_left(kept, item)
        clear = (place == 0 or kept[place - 1].end <= item.start) and (
            place == len(kept) or item.end <= kept[place].start
        )
        if clear and item.end > item.start:
            kept.insert(place, item)
    return tuple(kept)
