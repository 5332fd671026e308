"""What the routes of own taxonomies have in common."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import Depends, Path

from api.problems import Problem
from api.state import State, state_of
from nlp.own.model import TaxonomyError
from workers.taxonomy_registry import MissingTaxonomyError, find

Name = Annotated[
    str, Path(max_length=64, pattern=r"^[A-Za-z0-9_-]+$", examples=["shop"], min_length=1)
]
Held = Annotated[State, Depends(state_of)]


@contextmanager
def told() -> Iterator[None]:
    """Answer with a problem where a taxonomy is missing or cannot be fitted."""
    try:
        yield
    except MissingTaxonomyError as error:
        raise Problem(404, _sentence(error)) from error
    except TaxonomyError as error:
        raise Problem(422, _sentence(error), slug="taxonomy-error") from error


def hash_of(state: State, name: str, which: str | None) -> str:
    """Find a version, now: by the time that a job begins another may be live."""
    with told():
        return find(state.database, name, which).version


def _sentence(error: TaxonomyError) -> str:
    text = str(error)
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."
