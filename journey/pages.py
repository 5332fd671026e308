"""How templates of pages are read: data is escaped, and a missing name is a fault."""

from collections.abc import Callable
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined


def environment(folder: Path, **filters: Callable[..., object]) -> Environment:
    """Give what reads the templates of a folder.

    Parameters
    ----------
    folder : Path
        Where they lie.
    **filters : callable
        What templates may apply to values, by name.
    """
    made = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(filters)
    return made
