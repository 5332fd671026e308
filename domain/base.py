"""What every record has in common: frozen, strict about unknown fields, UTC in time."""

import hashlib
from datetime import MAXYEAR, MINYEAR, UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field


def to_utc(moment: datetime) -> datetime:
    """Give the same moment in UTC.

    Parameters
    ----------
    moment : datetime
        A moment with a time zone.

    Raises
    ------
    ValueError
        If the moment lies in the first or last year of the calendar, where adding a
        window to it would leave the calendar.
    """
    if not MINYEAR < moment.year < MAXYEAR:
        raise ValueError("the time is at the end of the calendar")
    return moment.astimezone(UTC)


def now() -> datetime:
    """Give the present moment in UTC."""
    return datetime.now(UTC)


UtcDatetime = Annotated[AwareDatetime, AfterValidator(to_utc)]
Probability = Annotated[float, Field(ge=0.0, le=1.0)]


class Record(BaseModel):
    """A frozen record. Unknown fields are refused, so that a typing error is seen."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="null")


def stable_id(prefix: str, *parts: str) -> str:
    """Derive an id from what makes a thing the same thing.

    The same parts give the same id on every machine, which is what lets a record be
    sent twice, or a task run twice, and still leave one row.

    Parameters
    ----------
    prefix : str
        Three letters that tell a reader what the id names, such as ``cnv``.
    *parts : str
        The parts of the key, in order. No part can run into its neighbour.

    Returns
    -------
    str
        ``prefix_`` and 24 hexadecimal digits (96 bits of SHA-256).
    """
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8, "big"))
        digest.update(data)
    return f"{prefix}_{digest.hexdigest()[:24]}"
