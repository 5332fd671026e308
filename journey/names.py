"""Whether two names can be of one person."""

import re
import unicodedata
from collections.abc import Iterable
from difflib import SequenceMatcher

from domain.identity import Identifier, IdentifierKind

_TITLES = """
mr mrs ms miss mx dr prof sir madam herr frau senor senora sr sra monsieur madame mme
"""
_NOBODY = "anonymous caller client customer guest unknown speaker user visitor kunde gast"
_SHARED_MAILBOXES = """
accounting accounts admin billing contact customer family hello help home info invoice invoices
mail marketing office orders purchasing sales service support team the
"""
_ALIKE = 0.84
"""Similarity of two spellings, from 0 to 1, from which they may be one name mistyped."""

_NOT_NAMES = frozenset(_TITLES.split())
_NOBODIES = frozenset(_NOBODY.split())
_ROLES = frozenset(_SHARED_MAILBOXES.split())

Name = tuple[str, ...]


def name_tokens(text: str | None) -> Name:
    """Split a name into folded words; empty where it names nobody.

    Parameters
    ----------
    text : str or None
        As a source gives it, such as ``Frau Dr. Jürgens-Kwiatkowski``.
    """
    words = tuple(w for w in re.findall(r"[^\W\d_]+", _plain(text or "")) if w not in _NOT_NAMES)
    return () if any(word in _NOBODIES for word in words) else words


def _plain(text: str) -> str:
    if not text.isascii():
        parts = unicodedata.normalize("NFKD", text)
        text = "".join(c for c in parts if not unicodedata.combining(c))
    return text.casefold()


def mailbox_name(identifier: Identifier) -> Name:
    """Read a name from an e-mail address: ``greta.halloran@…``; empty where it has none."""
    if identifier.kind is not IdentifierKind.EMAIL:
        return ()
    words = name_tokens(identifier.value.partition("@")[0])
    spoken = len(words) >= 2 and max(map(len, words)) >= 3
    return words if spoken and not _ROLES & set(words) else ()


def alike(one: Name, other: Name) -> bool:
    """Tell whether every word of the shorter name has its like in the longer one.

    ``G. Halloran`` and ``Greta Halloran`` are alike; ``Ines Farrow`` and ``Duncan
    Farrow`` are not. Two names without words are alike.
    """
    short, long = sorted((one, other), key=lambda name: (len(name), name))
    joined = "".join(long)
    return all(_has_like(word, long, joined) for word in short)


def disagree(names: Iterable[Name]) -> bool:
    """Tell whether two of the names cannot be of one person."""
    known = sorted({name for name in names if name})
    return any(not alike(a, b) for i, a in enumerate(known) for b in known[:i])


def _has_like(word: str, words: Name, joined: str) -> bool:
    if len(word) >= 5 and word in joined:
        return True
    return any(_same_word(word, other) for other in words)


def _same_word(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=lambda word: (len(word), word))
    if short == long or (
        len(short) != 2 and long.startswith(short)
    ):  # an initial, or Tom for Tomasz
        return True
    return len(short) >= 5 and SequenceMatcher(None, short, long).ratio() >= _ALIKE
