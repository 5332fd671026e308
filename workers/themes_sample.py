"""What a refit looks at: distinct statements, chosen evenly, under a memory budget."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
from sqlalchemy.orm import Session

from domain.theme import Teller
from storage import (
    theme_assignments,
    theme_decisions,
    theme_statements,
    theme_tellers,
    themes,
)
from themes.assign import DEPTH
from themes.space import Floats
from workers.themes_live import vectors_of

FEWEST_CONVERSATIONS = 50
"""With fewer there is no telling a theme from chance; from 100 on there is a first picture."""


class TooFewError(Exception):
    """There is too little to find themes in; the message says how much, in plain words."""


@dataclass(frozen=True)
class Sample:
    """Statements of distinct words.

    Attributes
    ----------
    ids, texts : tuple of str
        N of each; the texts are redacted.
    vectors : float32 array of shape (N, D)
    themes : tuple of str or None
        What the live model and people say of them.
    tellers : tuple of Teller
        Who told them.
    """

    ids: tuple[str, ...]
    texts: tuple[str, ...]
    vectors: Floats
    themes: tuple[str | None, ...]
    tellers: tuple[Teller, ...]


def space_of(session: Session) -> str:
    """Give the embedding space that most statements are in.

    Raises
    ------
    TooFewError
        If there are too few conversations in it.
    """
    spaces = theme_statements.spaces(session)
    space = max(spaces, key=lambda name: (spaces[name], name), default="")
    _, talks = theme_statements.count(session, space)
    if talks < FEWEST_CONVERSATIONS:
        raise TooFewError(
            f"{talks} conversations hold a reason for contact; themes need "
            f"{FEWEST_CONVERSATIONS} at least, and 100 give a first picture"
        )
    return space


def digest(session: Session, space: str, settings: Sequence[object]) -> str:
    """Name the work of a refit: the same words, decisions and settings are the same work."""
    parts = [theme_statements.digest(session, space), repr(tuple(settings))]
    parts += [f"{d.kind}:{d.subject}:{d.theme_id}" for d in theme_decisions.of_themes(session)]
    parts += [f"{h}:{t}" for h, t in sorted(theme_decisions.all_moves(session).items())]
    parts += [
        f"{t.id}:{t.label if t.named else ''}:{t.confirmed}:{t.parent_id if t.placed else ''}"
        for t in themes.live(session)
        if t.pinned
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:24]


def take(session: Session, space: str, limit: int) -> Sample:
    """Choose what is fitted: all distinct statements, or a stratified part of them.

    Strata are the live themes and what has none, each by its share and with a few texts at
    least, so that a small theme is not lost in a large collection.
    """
    if theme_statements.distinct_count(session, space) <= limit:
        ids = theme_statements.distinct(session, space, limit)
    else:
        ids = _stratified(session, space, limit)
    return read(session, ids)


def read(session: Session, ids: Sequence[str]) -> Sample:
    """Load statements; those whose turn may not be shown are left out."""
    quotes = theme_statements.quotes(session, ids)
    rows = theme_statements.get_many(session, ids)
    said = theme_assignments.of_statements(session, ids)
    told = theme_tellers.tellers(session, ids)
    kept = [id_ for id_ in ids if id_ in quotes and quotes[id_].text.strip()]
    return Sample(
        tuple(kept),
        tuple(quotes[id_].text for id_ in kept),
        vectors_of([rows[id_] for id_ in kept]) if kept else np.zeros((0, 0), np.float32),
        tuple(said[id_].theme_id if id_ in said else None for id_ in kept),
        tuple(told[id_] for id_ in kept),
    )


def _stratified(session: Session, space: str, limit: int) -> list[str]:
    counts = theme_assignments.counts(session)
    sizes: dict[str | None, int] = {t: c.statements + c.near for t, c in counts.items()}
    if not sizes:
        return theme_statements.distinct(session, space, limit)
    total, _ = theme_statements.count(session, space)
    sizes[None] = max(total - sum(sizes.values()), 0)
    chosen: list[str] = []
    for theme_id, size in sorted(sizes.items(), key=lambda item: item[0] or ""):
        most = max(2 * DEPTH, ceil(limit * size / total))
        chosen += theme_statements.distinct_of_theme(session, space, theme_id, most)
    return sorted(chosen)
