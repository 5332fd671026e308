"""The format in which the sample is written: one YAML file a line of business."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BeforeValidator, Field, JsonValue, ValidationError, model_validator

from domain.base import Record, UtcDatetime
from domain.conversation import Channel, Role, Status
from domain.identity import Identifier, IdentifierKind

TAKEN_AT = datetime(2026, 6, 30, tzinfo=UTC)
"""When the exports were taken: nothing in them is later."""

_OFFSET = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")


class SourceError(ValueError):
    """A source file breaks the format; the message names file, place and reason."""


def _offset(text: object) -> object:
    """Read ``[Nd][Nh][Nm][Ns]`` as a time difference."""
    if not isinstance(text, str):
        return text
    match = _OFFSET.fullmatch(text)
    if not text or match is None:
        raise ValueError("an offset is written [Nd][Nh][Nm][Ns], such as 1d2h or 12s")
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def _pair(data: object) -> object:
    """Read ``[offset, status]``."""
    if isinstance(data, list) and len(data) == 2:
        return {"at": data[0], "status": data[1]}
    return data


Offset = Annotated[timedelta, BeforeValidator(_offset)]


class SourceTurn(Record):
    """One message or utterance, as written."""

    who: str = Field(pattern=r"^(customer|bot|system|agent(:.+)?)$")
    at: Offset
    text: str = Field(min_length=1)
    internal: bool = False

    @property
    def role(self) -> Role:
        """Who speaks."""
        return Role(self.who.partition(":")[0])

    @property
    def name(self) -> str | None:
        """The agent's name."""
        return self.who.partition(":")[2] or None


class SourceStatus(Record):
    """A status and when it was taken."""

    at: Offset
    status: Status


class SourceHandover(Record):
    """A move to another group."""

    at: Offset
    to: str
    escalation: bool = False


class SourceRating(Record):
    """An answer to a survey."""

    at: Offset
    score: int = Field(ge=1, le=5)
    comment: str | None = None


class SourceContact(Record):
    """One contact, as written."""

    key: str
    issue: str
    needs: tuple[str, ...] = Field(min_length=1)
    sentiment: Literal["negative", "neutral", "positive"]
    format: Literal[
        "zendesk", "intercom", "contact_lens", "whisperx", "vtt", "srt", "canonical", "csv"
    ]
    channel: Channel
    at: UtcDatetime
    shows: tuple[Identifier, ...]
    subject: str | None = None
    status: tuple[Annotated[SourceStatus, BeforeValidator(_pair)], ...] = Field(min_length=1)
    handovers: tuple[SourceHandover, ...] = ()
    rating: SourceRating | None = None
    turns: tuple[SourceTurn, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _check(self) -> Self:
        offsets = [turn.at for turn in self.turns]
        if offsets != sorted(offsets):
            raise ValueError(f"{self.key}: turns are not in order of time")
        if self.at + max(offsets) > TAKEN_AT:
            raise ValueError(f"{self.key}: a turn lies after the export was taken")
        return self

    def shown(self, kind: IdentifierKind) -> str | None:
        """Give the first identifier of a kind that the record shows."""
        return next((i.value for i in self.shows if i.kind is kind), None)

    @property
    def last_status(self) -> Status:
        """The status when the export was taken."""
        return self.status[-1].status


class SourceEvent(Record):
    """Anything else that happened, as written."""

    at: UtcDatetime
    format: Literal["segment", "cloudevents", "csv"]
    name: str
    shows: tuple[Identifier, ...] = Field(min_length=1)
    properties: dict[str, JsonValue] = Field(default_factory=dict)

    def shown(self, kind: IdentifierKind) -> str | None:
        """Give the first identifier of a kind that the event shows."""
        return next((i.value for i in self.shows if i.kind is kind), None)


class SourceIssue(Record):
    """One need of one customer, and what came of it."""

    key: str
    need: str
    about: str
    resolved: bool
    reopened: bool
    escalated: bool
    abandoned: bool
    satisfied: bool | None


class Customer(Record):
    """A customer with all that is known of them."""

    key: str
    name: str
    household: str | None = None
    identifiers: tuple[Identifier, ...] = Field(min_length=1)
    issues: tuple[SourceIssue, ...] = Field(min_length=1)
    contacts: tuple[SourceContact, ...] = Field(min_length=1)
    events: tuple[SourceEvent, ...] = ()

    @model_validator(mode="after")
    def _check(self) -> Self:
        issues = {issue.key for issue in self.issues}
        told = {contact.issue for contact in self.contacts}
        if issues != told:
            raise ValueError(f"{self.key}: issues without contacts or unknown: {issues ^ told}")
        return self


class Business(Record):
    """One line of business."""

    business: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    customers: tuple[Customer, ...]


def load_file(path: Path) -> Business:
    """Read one source file.

    Raises
    ------
    SourceError
        If the file is not YAML or breaks the format.
    """
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        return Business.model_validate(data)
    except yaml.YAMLError as error:
        raise SourceError(f"{path}: not YAML: {error}") from error
    except ValidationError as error:
        raise SourceError("\n".join(_complaints(path, data, error))) from error


def load_split(folder: Path) -> tuple[Business, ...]:
    """Read all source files of a split, in order of their names.

    Raises
    ------
    SourceError
        If a file breaks the format or a key stands twice.
    """
    businesses = tuple(load_file(path) for path in sorted(folder.glob("*.yaml")))
    seen: set[str] = set()
    for business in businesses:
        for customer in business.customers:
            for key in (customer.key, *(c.key for c in customer.contacts)):
                if key in seen:
                    raise SourceError(f"{folder}/{business.business}.yaml: {key} stands twice")
                seen.add(key)
    return businesses


def _complaints(path: Path, data: Any, error: ValidationError) -> Iterator[str]:  # noqa: ANN401
    """Say each error with the innermost key that stands above it."""
    for detail in error.errors(include_input=False, include_url=False):
        node, key = data, "?"
        for step in detail["loc"]:
            try:
                node = node[step]
            except (KeyError, IndexError, TypeError):
                break
            key = node.get("key", key) if isinstance(node, dict) else key
        place = ".".join(str(step) for step in detail["loc"])
        yield f"{path}: {key}: {place}: {detail['msg']}"
