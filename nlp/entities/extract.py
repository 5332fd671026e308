"""All entities of a text in one go."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from threading import Lock
from typing import Any, cast

import yaml

from nlp.entities import dates, money
from nlp.entities.found import Entity
from nlp.entities.rules import Doc, EntityRuler, Language, spacy
from nlp.redact.found import Found, IdKind

RULES = "entities-1"
"""Version; changes when a rule changes what is found."""

_PRODUCTS = Path(__file__).parents[1] / "taxonomies" / "products.yaml"
_IDENTIFIERS = frozenset(IdKind) - {IdKind.PERSON, IdKind.ADDRESS, IdKind.URL}
_MOST = 200
"""Entities of one text: a pasted log is not a conversation."""
_LONGEST = 100_000
"""Characters of one text that the token rules read; identifiers are found in all of it."""
_RUN = re.compile(r"\S{200,}")
"""No word is so long. The tokenizer strips such a run mark by mark, in the square of its length."""


class Extractor:
    """Finds entities with a blank spaCy pipeline and rules."""

    def __init__(self, language: Language, triggers: re.Pattern[str]) -> None:
        self._language = language
        self._triggers = triggers
        self._one = Lock()

    @classmethod
    def load(cls) -> "Extractor":
        """Build the pipeline."""
        language = spacy.blank("en")
        config = {"phrase_matcher_attr": "LOWER"}
        ruler = cast(EntityRuler, language.add_pipe("entity_ruler", config=config))
        ruler.add_patterns([*_token_patterns(), *_phrase_patterns()])
        return cls(language, _triggers())

    def extract(
        self, texts: Sequence[str], found: Sequence[Sequence[Found]], written: Sequence[date]
    ) -> list[tuple[Entity, ...]]:
        """Find the entities of texts.

        Parameters
        ----------
        texts : sequence of str
            Bodies of turns.
        found : sequence of sequence of Found
            What redaction found in each: identifiers are not looked for twice.
        written : sequence of date
            When each was written, which settles relative dates.
        """
        # Most of the time goes into cutting words, and many texts hold nothing that is sought.
        read = [text if self._triggers.search(text.lower()) else "" for text in texts]
        # Whatever spaCy interns for these texts is freed at the end; entities are copies. Two
        # threads in the zone would free each other's.
        with self._one, self._language.memory_zone():
            docs = self._language.pipe(_words(text[:_LONGEST]) for text in read)
            return [
                _merged(doc, hidden, day)
                for doc, hidden, day in zip(docs, found, written, strict=True)
            ]


def _words(text: str) -> str:
    """Blank what is too long to be a word, one to one, so that offsets stay."""
    return _RUN.sub(lambda run: " " * len(run.group()), text)


def _merged(doc: Doc, found: Sequence[Found], written: date) -> tuple[Entity, ...]:
    entities = [
        Entity(item.start, item.end, item.kind.value, item.value)
        for item in found
        if item.kind in _IDENTIFIERS
    ]
    ends = [item.end for item in found]
    for span in doc.ents:
        place = bisect_right(ends, span.start_char)
        if place < len(found) and found[place].start < span.end_char:
            continue  # it stands in an identifier
        if span.label_ == money.LABEL:
            entities.append(money.read_money(span))
        elif span.label_ == dates.LABEL:
            entities.append(dates.read_date(span, written))
        else:
            entities.append(Entity(span.start_char, span.end_char, "product", span.ent_id_))
    return tuple(sorted(entities, key=lambda entity: entity.start)[:_MOST])


def _token_patterns() -> list[dict[str, Any]]:
    return [
        {"label": module.LABEL, "pattern": pattern}
        for module in (money, dates)
        for pattern in module.PATTERNS
    ]


def _phrase_patterns() -> list[dict[str, Any]]:
    return [
        {"label": "product", "pattern": name, "id": product}
        for product, names in _products().items()
        for name in names
    ]


def _products() -> dict[str, list[str]]:
    """Give the names of each product."""
    read: dict[str, dict[str, list[str]]] = yaml.safe_load(_PRODUCTS.read_text(encoding="utf-8"))
    return read["products"]


def _triggers() -> re.Pattern[str]:
    """Find, in small letters, what every pattern needs some of: a digit or one of these words."""
    names = [re.split(r"\W", name.lower())[0] for all_ in _products().values() for name in all_]
    sought = sorted({*dates.TRIGGERS, *money.TRIGGERS, *names})
    plain = "|".join(re.escape(word) for word in sought if word.isalpha())
    signs = "|".join(re.escape(word) for word in sought if not word.isalpha())
    return re.compile(rf"\d|{signs}|(?<![^\W_])(?:{plain})(?![^\W_])")
