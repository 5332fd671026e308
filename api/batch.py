"""One record or a list of them: the good ones go in, the bad ones are listed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import ValidationError

from api.problems import Problem, pointer
from api.schemas.job import RejectedRecord
from api.schemas.problem import FieldError
from api.strict import faults
from domain.base import Record

MAX_BATCH = 1_000
R = TypeVar("R", bound=Record)


@dataclass(frozen=True)
class Batch(Generic[R]):
    """What one body holds."""

    records: Sequence[R]
    indexes: Sequence[int]
    """Where each record stood in the body."""
    rejected: Sequence[RejectedRecord]


def parse(body: object, model: type[R]) -> Batch[R]:
    """Read one record or a list of records.

    Parameters
    ----------
    body : object
        A JSON object, or a list of at most 1,000 of them.
    model : type of Record
        What each of them should be.

    Raises
    ------
    Problem
        422, if the list is empty or too long, or no record in it is good.
    """
    values = body if isinstance(body, list) else [body]
    if not 1 <= len(values) <= MAX_BATCH:
        raise Problem(422, f"Send 1 to {MAX_BATCH} records at a time.", slug="invalid-request")
    read = [_read(index, value, model) for index, value in enumerate(values)]
    rejected = [item for item in read if isinstance(item, RejectedRecord)]
    good = [
        (index, item) for index, item in enumerate(read) if not isinstance(item, RejectedRecord)
    ]
    if not good:
        raise _nothing_good(rejected, listed=isinstance(body, list))
    return Batch([item for _, item in good], [index for index, _ in good], rejected)


def _read(index: int, value: object, model: type[R]) -> R | RejectedRecord:
    fault = next(faults(value), None)
    if fault is not None:
        return RejectedRecord(index=index, field=fault.pointer or "#", reason=fault.detail)
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        return RejectedRecord(
            index=index, field="#" + pointer(first["loc"]), reason=first["msg"].rstrip(".")
        )


def _nothing_good(rejected: Sequence[RejectedRecord], *, listed: bool) -> Problem:
    errors = [
        FieldError(
            detail=record.reason,
            pointer=f"#/{record.index}{record.field[1:]}" if listed else record.field,
        )
        for record in rejected[:50]
    ]
    detail = "No record has the form that this operation takes. Nothing was stored."
    return Problem(422, detail, slug="invalid-request", errors=errors)
