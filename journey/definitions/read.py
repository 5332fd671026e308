"""Reads definitions from YAML or JSON; every mistake is named by its field."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from journey.definitions.definition import Definition
from journey.definitions.rules import Rule, names_of

SHIPPED = Path(__file__).parent / "shipped"
MAX_CHARACTERS = 200_000


@dataclass(frozen=True)
class Mistake:
    """What is wrong, and where."""

    field: str
    """A path such as ``stages[2].enter[0].need``; empty for the whole."""
    reason: str

    def __str__(self) -> str:
        """Write it in one line."""
        return f"{self.field}: {self.reason}" if self.field else self.reason


class DefinitionError(ValueError):
    """A definition cannot be used."""

    def __init__(self, mistakes: Collection[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("; ".join(map(str, self.mistakes)))


def read(text: str) -> Definition:
    """Read a definition from YAML, of which JSON is a part.

    Raises
    ------
    DefinitionError
        With every mistake that was found.
    """
    if len(text) > MAX_CHARACTERS:
        raise DefinitionError([Mistake("", f"longer than {MAX_CHARACTERS:,} characters")])
    try:
        given = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise DefinitionError([Mistake(where, "this is not YAML")]) from None
    if not isinstance(given, dict):
        raise DefinitionError([Mistake("", "a definition is a mapping of fields to values")])
    return check(given)


def check(given: Mapping[str, Any]) -> Definition:
    """Make a definition of plain values.

    Raises
    ------
    DefinitionError
        With every mistake that was found.
    """
    try:
        return Definition.model_validate(given)
    except ValidationError as error:
        told = error.errors(include_input=False, include_url=False)
        found = [(one, _mistake(one)) for one in told]
        fields = [mistake.field for _, mistake in found]
        # A list without its faulty item is called too short as well: that is no second mistake.
        real = [m for one, m in found if one["type"] != "too_short" or not _within(fields, m.field)]
        raise DefinitionError(real) from None


def unknown_names(definition: Definition, known: Collection[str]) -> list[Mistake]:
    """Name the events that rules speak of and nobody knows: a typing error, most often.

    Parameters
    ----------
    known : collection of str
        Canonical names of the registry, and those that were seen.
    """
    return [
        Mistake(place, f"no event is called {name}, here or in the registry")
        for place, rule in rules_of(definition).items()
        for name in names_of(rule, "event")
        if name not in known
    ]


def rules_of(definition: Definition) -> dict[str, Rule]:
    """Give all rules of a definition by the field they stand in."""
    rules: dict[str, Rule] = {"start": definition.start, "end": definition.end}
    for number, stage in enumerate(definition.stages):
        if stage.enter is not None:
            rules[f"stages[{number}].enter"] = stage.enter
    return rules


@cache
def shipped() -> dict[str, Definition]:
    """Give the definitions that come with Throughline, by id."""
    found = [read(path.read_text("utf-8")) for path in sorted(SHIPPED.glob("*.yaml"))]
    return {definition.id: definition for definition in found}


def _mistake(error: Any) -> Mistake:  # noqa: ANN401
    reason = str(error["msg"]).removeprefix("Value error, ")
    place = _path(error["loc"])
    # What is found between fields says its place itself.
    inner, colon, rest = reason.partition(": ")
    if colon and " " not in inner:
        return Mistake(f"{place}.{inner}" if place else inner, rest)
    if error["type"] == "extra_forbidden":
        reason = "there is no such field"
    elif error["type"] == "missing":
        reason = "is missing"
    elif error["type"] == "too_short":
        reason = f"needs at least {error['ctx']['min_length']}"
    return Mistake(place, reason)


def _path(loc: Any) -> str:  # noqa: ANN401
    path = ""
    for part in loc:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else str(part)
    return path[:200]


def _within(fields: Collection[str], outer: str) -> bool:
    """Tell whether one of some fields lies inside another one."""
    return any(field.startswith((f"{outer}[", f"{outer}.")) for field in fields)
