"""A person's word about themes: it counts at once and is laid over every later model."""

from collections.abc import Collection, Sequence
from datetime import datetime

import numpy as np
from sqlalchemy.orm import Session

from domain.base import stable_id
from domain.theme import Change, LedgerEntry, Theme, ThemeState
from storage import (
    theme_assignments,
    theme_decisions,
    theme_ledger,
    theme_models,
    theme_statements,
    themes,
)
from storage.theme_decisions import Decision, DecisionKind
from themes.space import Floats
from workers.themes_live import assign, load, vectors_of

BATCH = 1_000
EXAMPLES = 5
LONGEST_NAME = 200
"""Characters of a name."""


class DecisionError(Exception):
    """A decision cannot be carried out; the message says why, without customer text."""


def rename(session: Session, theme: Theme, label: str, by: str, now: datetime) -> Theme:
    """Give a theme a person's name, which no refit changes."""
    renamed = theme.model_copy(update={"label": label, "named": True, "changed_at": now})
    details = {"from": theme.label, "to": label}
    return _keep(
        session,
        renamed,
        LedgerEntry(at=now, change=Change.RENAMED, theme_id=theme.id, by=by, details=details),
    )


def confirm(session: Session, theme: Theme, by: str, now: datetime, *, yes: bool) -> Theme:
    """Say that a theme is one, or take that back."""
    confirmed = theme.model_copy(update={"confirmed": yes, "changed_at": now})
    return _keep(
        session,
        confirmed,
        LedgerEntry(
            at=now, change=Change.CONFIRMED, theme_id=theme.id, by=by, details={"confirmed": yes}
        ),
    )


def place(session: Session, theme: Theme, parent_id: str | None, by: str, now: datetime) -> Theme:
    """Put a theme under another one, or under none.

    Raises
    ------
    DecisionError
        If the parent is not live, or stands under the theme itself.
    """
    above, seen = parent_id, {theme.id}
    while above is not None:
        if above in seen:
            raise DecisionError("A theme cannot stand under itself or under one of its own.")
        seen.add(above)
        found = themes.get_many(session, [above]).get(above)
        if found is None or found.state is not ThemeState.LIVE:
            raise DecisionError("There is no live theme with the id of the parent.")
        above = found.parent_id
    placed = theme.model_copy(update={"parent_id": parent_id, "placed": True, "changed_at": now})
    others = () if parent_id is None else (parent_id,)
    return _keep(
        session,
        placed,
        LedgerEntry(at=now, change=Change.PLACED, theme_id=theme.id, others=others, by=by),
    )


def merge(session: Session, into: Theme, others: Sequence[Theme], by: str, now: datetime) -> Theme:
    """Let a theme take up others; their ids lead to it from then on."""
    ids = [other.id for other in others if other.id != into.id]
    if not ids:
        raise DecisionError("A theme cannot be merged with itself alone.")
    for other in others:
        gone = {"state": ThemeState.MERGED, "merged_into": into.id, "changed_at": now}
        themes.save(session, [other.model_copy(update=gone)], {})
        for child in themes.children(session, other.id):
            above = None if child.id == into.id else into.id
            themes.save(session, [child.model_copy(update={"parent_id": above})], {})
    theme_decisions.save(session, [_merge(id_, into.id, by, now) for id_ in ids])
    theme_assignments.hand_over(session, ids, into.id)
    entries = [
        LedgerEntry(at=now, change=Change.MERGED, theme_id=id_, others=(into.id,), share=1, by=by)
        for id_ in ids
    ]
    theme_models.touch(session)
    parent = None if into.parent_id in ids else into.parent_id
    return _keep(
        session, into.model_copy(update={"changed_at": now, "parent_id": parent}), *entries
    )


def split(
    session: Session,
    theme: Theme,
    label: str,
    statement_ids: Collection[str],
    by: str,
    now: datetime,
) -> Theme:
    """Cut a part out of a theme: what is more like some of its statements than like the rest.

    Parameters
    ----------
    statement_ids : collection of str
        Statements that show the part; all of the theme.

    Returns
    -------
    Theme
        The new one.

    Raises
    ------
    DecisionError
        If the statements are not of the theme, or are all it has.
    """
    mine = theme_assignments.of_statements(session, statement_ids)
    wrong = [id_ for id_ in statement_ids if id_ not in mine or mine[id_].theme_id != theme.id]
    if wrong or not statement_ids:
        raise DecisionError("Name statements that are assigned to this theme now.")
    chosen = {
        one.content_hash for one in theme_statements.get_many(session, statement_ids).values()
    }
    every = _all_of(session, theme.id)
    rest = [one for one in every if one.content_hash not in chosen]
    part = [one for one in every if one.content_hash in chosen]
    if not rest or len({one.space for one in every}) != 1:
        raise DecisionError("Nothing would be left of the theme.")
    id_ = stable_id("thm", theme.id, *sorted(chosen), now.isoformat())
    middles = np.stack([_middle(vectors_of(rest)), _middle(vectors_of(part))]).astype("<f4")
    said = {"at": now, "by": by}
    cut = Decision(
        kind=DecisionKind.SPLIT,
        subject=id_,
        theme_id=theme.id,
        space=every[0].space,
        vectors=middles.tobytes(),
        **said,
    )
    # What the person named belongs to the part, however alike it is to the rest.
    named = [
        Decision(kind=DecisionKind.MOVE, subject=words, theme_id=id_, **said)
        for words in sorted(chosen)
    ]
    theme_decisions.save(session, [cut])
    theme_decisions.save(session, named)
    fresh = Theme(
        id=id_,
        label=label,
        named=True,
        confirmed=True,
        parent_id=theme.parent_id or theme.id,
        example_ids=tuple(sorted(statement_ids)[:EXAMPLES]),
        first_at=now,
        changed_at=now,
    )
    themes.save(session, [fresh], {id_: label})
    theme_models.touch(session)
    moved = reassign(session, [one.id for one in every])
    share = moved.count(id_) / len(every)
    others = (theme.id, id_)
    theme_ledger.add(
        session,
        [
            LedgerEntry(change=Change.SPLIT, theme_id=theme.id, others=others, share=share, **said),
            LedgerEntry(change=Change.NEW, theme_id=id_, others=(theme.id,), **said),
        ],
    )
    return fresh


def move(
    session: Session, theme: Theme | None, statement_ids: Collection[str], by: str, now: datetime
) -> int:
    """Say that statements belong to a theme, or to none; all with the same words go along.

    Returns
    -------
    int
        How many statements were moved.

    Raises
    ------
    DecisionError
        If a statement is not there.
    """
    if len(theme_statements.get_many(session, statement_ids)) < len(set(statement_ids)):
        raise DecisionError("A statement is not there; it may have been erased or edited.")
    same = theme_statements.same_words(session, statement_ids)
    target = None if theme is None else theme.id
    hashes = sorted({one.content_hash for one in same})
    theme_decisions.save(
        session,
        [
            Decision(kind=DecisionKind.MOVE, subject=words, theme_id=target, at=now, by=by)
            for words in hashes
        ],
    )
    before = theme_assignments.of_statements(session, [one.id for one in same])
    theme_models.touch(session)
    reassign(session, [one.id for one in same])
    left = {one.theme_id for one in before.values()} - {None, target}
    entries = [
        LedgerEntry(
            at=now,
            change=Change.MOVED,
            theme_id=target or str(source),
            by=by,
            others=(str(source),),
            details={"statements": len(same), "to": target},
        )
        for source in sorted(left, key=str) or ([target] if target else [])
    ]
    theme_ledger.add(session, entries)
    return len(same)


def reassign(session: Session, statement_ids: Sequence[str]) -> list[str | None]:
    """Assign statements anew by the live model with people's decisions; give their themes."""
    stamp = theme_models.stamp(session)
    loaded = None if stamp is None else load(session, stamp[0])
    given: list[str | None] = []
    for first in range(0, len(statement_ids) if loaded else 0, BATCH):
        ids = statement_ids[first : first + BATCH]
        rows = list(theme_statements.get_many(session, ids).values())
        assert loaded is not None
        said = assign(session, loaded, rows)
        theme_assignments.write(session, loaded.version, said)
        given += [one.theme_id for one in said]
    return given


def _all_of(session: Session, theme_id: str) -> list[theme_statements.Statement]:
    found: list[theme_statements.Statement] = []
    after = ""
    while ids := theme_assignments.of_theme(session, theme_id, BATCH, after):
        found += theme_statements.get_many(session, ids).values()
        after = ids[-1]
    return found


def _middle(vectors: Floats) -> Floats:
    mean = vectors.mean(axis=0, dtype=np.float64)
    unit: Floats = (mean / max(float(np.linalg.norm(mean)), 1e-12)).astype(np.float32)
    return unit


def _merge(subject: str, into: str, by: str, now: datetime) -> Decision:
    return Decision(kind=DecisionKind.MERGE, subject=subject, theme_id=into, at=now, by=by)


def _keep(session: Session, theme: Theme, *entries: LedgerEntry) -> Theme:
    themes.save(session, [theme], {})
    theme_ledger.add(session, entries)
    return theme
