"""Amounts of money, written as currency and amount: ``EUR 18.40``."""

import re
from collections.abc import Sequence
from typing import Any

from nlp.entities.found import Entity
from nlp.entities.rules import Span
from nlp.entities.words import NUMBER_WORDS, cardinal

LABEL = "money"

_NAMES = {
    "EUR": "€ eur euro euros",
    "GBP": "£ gbp pound pounds quid",
    "USD": "$ usd us$ dollar dollars buck bucks",
    "CHF": "chf franken",
    "JPY": "¥ jpy yen",
    "INR": "₹ inr rupees",
    "SEK": "sek",
    "PLN": "pln zł",
}
_CODES = {name: code for code, names in _NAMES.items() for name in names.split()}
_FIGURE = r"^\d{1,3}(?:[,.'\u2019]\d{3})+(?:[.,]\d{1,2})?$|^\d+(?:[.,]\d{1,2})?$"

_CURRENCY = {"LOWER": {"IN": sorted(_CODES)}}
_AMOUNT = {"TEXT": {"REGEX": _FIGURE}}
_WORD = {"LOWER": {"IN": [*NUMBER_WORDS, "and", "-"]}}
_STRICT_WORD = {"LOWER": {"IN": list(NUMBER_WORDS)}}

PATTERNS: tuple[list[dict[str, Any]], ...] = (
    [_CURRENCY, _AMOUNT],
    [_AMOUNT, _CURRENCY],
    [{"TEXT": {"REGEX": r"^(?:€|£|\$)\d+(?:[.,]\d{1,2})?$"}}],
    [_STRICT_WORD, {**_WORD, "OP": "*"}, _CURRENCY],
    [_STRICT_WORD, {**_WORD, "OP": "*"}, _CURRENCY, _STRICT_WORD, {**_WORD, "OP": "*"}],
)

TRIGGERS = tuple(_CODES)
"""Where a text holds none of these and no digit, no pattern fits."""


def read_money(span: Span) -> Entity:
    """Give the normal form of an amount."""
    words = [token.lower_ for token in span]
    glued = re.fullmatch(r"(€|£|\$)(.+)", words[0])
    if len(words) == 1 and glued:
        words = [glued.group(1), glued.group(2)]
    place = next(i for i, word in enumerate(words) if word in _CODES)
    currency = _CODES[words[place]]
    amount = _amount(words[:place], words[place + 1 :])
    value = None if amount is None else f"{currency} {amount:.2f}"
    details = () if amount is None else (("amount", amount), ("currency", currency))
    return Entity(span.start_char, span.end_char, LABEL, value, details)


def _amount(before: Sequence[str], after: Sequence[str]) -> float | None:
    """Read the figures on either side of the currency; words behind it are cents."""
    for words in (before, after):
        if len(words) == 1 and words[0][0].isdigit():
            return _figure(words[0])
    whole, minor = cardinal(before), cardinal(after) if after else 0
    return None if whole is None or minor is None else whole + minor / 100


def _figure(text: str) -> float:
    """Read 1,299.00 and 1.299,00 and 18,40 alike: the last mark before two digits is decimal."""
    match = re.fullmatch(r"(.*?)(?:[.,](\d{1,2}))?", text)
    assert match is not None
    return float(re.sub(r"\D", "", match.group(1)) + "." + (match.group(2) or "0"))
