"""The parts of ``promises.yaml``, compiled."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from nlp.cues.needs import needed
from nlp.cues.rules import compiled, filled, named_parts, spaced

_FILE = Path(__file__).with_name("promises.yaml")


@dataclass(frozen=True, eq=False)
class Form:
    """A way to bind oneself.

    Attributes
    ----------
    who : str
        agent, team, colleague, thing or you.
    dated : bool
        Whether it binds by a day alone.
    action : str
        What is promised, where the form itself tells; empty where what follows does.
    needs : frozenset of str or None
        Words of which a text must hold one.
    """

    who: str
    dated: bool
    action: str
    pattern: re.Pattern[str]
    needs: frozenset[str] | None


class Grammar:
    """Forms that bind, verbs behind them, and what unmakes a promise."""

    def __init__(self, table: dict[str, Any]) -> None:
        self._named = named_parts(table["named"])
        self._forms = [
            *(self._form(who, p, who=who) for who, p in table["binding"].items()),
            *(self._form(a, p, action=a, dated=True) for a, p in table["dated"].items()),
            *(self._form(a, p, action=a) for a, row in table["foreign"].items() for p in row),
        ]
        self.head = self._choice(table["head"])
        self.object = self._choice(table["object"])
        self.condition = self._words(table["condition"])
        self.hedge = self._words(table["hedge"], end=r"\b[^,;:]{0,25}$")
        self.proviso = self._words(table["proviso"])
        self.cut = compiled(rf"\s*(?:{filled(table['cut'], self._named)})")
        self.coming = self._words(table["coming"])
        self.momentary = self._words(table["momentary"])
        self.tag = compiled(rf",?\s*(?:{filled(table['tag'], self._named)})\s*\?$")

    def asked(self, said: Iterable[str]) -> list[Form]:
        """Give the forms that a text of these words may hold."""
        present = set(said)
        return [f for f in self._forms if f.needs is None or not f.needs.isdisjoint(present)]

    def _form(
        self, name: str, pattern: str, *, who: str = "agent", action: str = "", dated: bool = False
    ) -> Form:
        full = filled(pattern, self._named)
        found = compiled(rf"(?<!\w)(?:{full})(?!\w)" if action else rf"(?<!\w)(?:{full})")
        return Form(_WHO.get(who, who), dated, action, found, needed(spaced(full)))

    def _choice(self, rows: dict[str, str]) -> re.Pattern[str]:
        parts = (f"(?P<{name}>{filled(row, self._named)})" for name, row in rows.items())
        return compiled(rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)")

    def _words(self, row: str, end: str = r"\b") -> re.Pattern[str]:
        return compiled(rf"\b(?:{filled(row, self._named)}){end}")


_WHO = {"said": "agent"}


@cache
def grammar() -> Grammar:
    """Load the grammar once."""
    return Grammar(yaml.safe_load(_FILE.read_text(encoding="utf-8")))
