"""Identifiers, and the person, household, account or session behind them."""

import re
from enum import StrEnum
from typing import Self

import phonenumbers
from pydantic import Field, field_validator, model_validator

from domain.base import Probability, Record, UtcDatetime, stable_id


class IdentifierKind(StrEnum):
    """What sort of handle an identifier is."""

    EMAIL = "email"
    PHONE = "phone"
    ACCOUNT = "account"
    USER = "user"
    """An id that one source gives to one person, as ``zendesk/4711``."""
    DEVICE = "device"
    ANONYMOUS = "anonymous"
    SOCIAL = "social"


class IdentityLevel(StrEnum):
    """How much an identity stands for, from the surest to the least sure."""

    PERSON = "person"
    HOUSEHOLD = "household"
    ACCOUNT = "account"
    SESSION = "session"


class Identifier(Record):
    """One handle of somebody, normalised so that equal handles compare equal."""

    kind: IdentifierKind
    value: str = Field(min_length=1, max_length=320)

    @model_validator(mode="before")
    @classmethod
    def _split(cls, data: object) -> object:
        """Accept the short form ``kind:value``."""
        if isinstance(data, str):
            kind, colon, value = data.partition(":")
            if not colon:
                raise ValueError("an identifier is written kind:value, such as email:a@b.example")
            return {"kind": kind.strip().lower(), "value": value}
        return data

    @field_validator("value")
    @classmethod
    def _strip(cls, value: str) -> str:
        value = "".join(c for c in value if c.isprintable()).strip()
        if not value:
            raise ValueError("an identifier has no value")
        return value

    @model_validator(mode="after")
    def _normalise(self) -> Self:
        value = normalise(self.kind, self.value)
        if value != self.value:
            object.__setattr__(self, "value", value)
        return self

    def __str__(self) -> str:
        return f"{self.kind}:{self.value}"


def normalise(kind: IdentifierKind, value: str) -> str:
    """Write an identifier the one way it is compared in.

    E-mail is folded to lower case, a phone number becomes E.164 where its country
    can be told (RFC 5322 makes the local part case-sensitive, but no large provider
    does); other kinds stay as their source wrote them.

    Raises
    ------
    ValueError
        If an e-mail address has no ``@`` or a phone number no digits.
    """
    if kind is IdentifierKind.EMAIL:
        value = value.removeprefix("mailto:").strip().lower()
        if not re.fullmatch(r"[^@\s]+@[^@\s]+", value):
            raise ValueError("an e-mail address is written name@host")
        return value
    if kind is IdentifierKind.PHONE:
        return _normalise_phone(value)
    return value


def _normalise_phone(value: str) -> str:
    value = value.removeprefix("tel:").strip()
    digits = re.sub(r"\D", "", value)
    if not digits:
        raise ValueError("a phone number has no digits")
    international = "+" + digits.removeprefix("00") if value.startswith(("+", "00")) else value
    try:
        parsed = phonenumbers.parse(international, None)
    except phonenumbers.NumberParseException:
        return digits
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


class IdentityLink(Record):
    """Evidence that two identifiers belong together. It can be withdrawn."""

    left: Identifier
    right: Identifier
    level: IdentityLevel
    confidence: Probability
    rule: str
    """The rule of the identity policy that made the link."""
    seen_in: str
    """The id of the conversation or event that shows both identifiers."""
    at: UtcDatetime
    withdrawn_at: UtcDatetime | None = None
    withdrawn_by: str | None = None

    @property
    def id(self) -> str:
        """Key of the link: both ends in order, and where it was seen."""
        ends = sorted((str(self.left), str(self.right)))
        return stable_id("lnk", *ends, self.seen_in)


class Identity(Record):
    """Those identifiers that are held to be one person, household, account or session."""

    id: str
    level: IdentityLevel
    confidence: Probability
    """The weakest link that holds the identity together; 1 for a single identifier."""
    identifiers: tuple[Identifier, ...]
    relatives: tuple[str, ...] = ()
    """Ids of other identities that share a household, account or device."""
