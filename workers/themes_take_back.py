"""A person's word about themes, taken back: what it changed goes back to what the model says."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

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
from workers.themes_decide import BATCH, DecisionError, reassign


class Word(StrEnum):
    """What a person decided."""

    RENAME = "rename"
    CONFIRM = "confirm"
    PLACE = "place"
    MERGE = "merge"
    SPLIT = "split"


def take_back(session: Session, theme_id: str, word: Word, by: str, now: datetime) -> Theme:
    """Take back what was decided about a theme.

    Parameters
    ----------
    theme_id : str
        The theme itself; of a merger the one that was taken up, of a split the part cut out.
    word : Word

    Returns
    -------
    Theme
        The theme that is there now: of a split the one that the part went back to.

    Raises
    ------
    DecisionError
        If nothing of the kind was decided, or something later rests on it.
    """
    theme = themes.get_many(session, [theme_id]).get(theme_id)
    if theme is None:
        raise DecisionError("There is no theme of this id.")
    after, details = _UNDO[word](session, theme, now)
    entry = LedgerEntry(
        at=now,
        change=Change.TAKEN_BACK,
        theme_id=theme_id,
        by=by,
        details={"what": word, **details},
    )
    theme_ledger.add(session, [entry])
    return after


def move_back(session: Session, statement_ids: Collection[str], by: str, now: datetime) -> int:
    """Let the model say again where statements belong that people moved; give their number.

    Raises
    ------
    DecisionError
        If one is not there, or nobody moved it.
    """
    if len(theme_statements.get_many(session, statement_ids)) < len(set(statement_ids)):
        raise DecisionError("A statement is not there; it may have been erased or edited.")
    same = theme_statements.same_words(session, statement_ids)
    hashes = {one.content_hash for one in same}
    if set(theme_decisions.moves(session, hashes)) != hashes:
        raise DecisionError("Nobody moved one of these statements.")
    before = theme_assignments.of_statements(session, [one.id for one in same])
    theme_decisions.forget_moves(session, hashes)
    theme_models.touch(session)
    after = reassign(session, [one.id for one in same])
    touched = {one.theme_id for one in before.values()} | set(after)
    details = {"what": "move", "statements": len(same)}
    theme_ledger.add(
        session,
        [
            LedgerEntry(at=now, change=Change.TAKEN_BACK, theme_id=id_, by=by, details=details)
            for id_ in sorted(id_ for id_ in touched if id_ is not None)
        ],
    )
    return len(same)


_Undone = tuple[Theme, Mapping[str, str | bool]]


def _rename(session: Session, theme: Theme, now: datetime) -> _Undone:
    _decided(theme.named, "Nobody named this theme.")
    found = themes.found_label(session, theme.id)
    details = {"from": theme.label, "to": found}
    return _save(session, theme, now, label=found, named=False), details


def _confirm(session: Session, theme: Theme, now: datetime) -> _Undone:
    _decided(theme.confirmed, "Nobody confirmed this theme.")
    return _save(session, theme, now, confirmed=False), {}


def _place(session: Session, theme: Theme, now: datetime) -> _Undone:
    _decided(theme.placed, "Nobody put this theme where it stands.")
    return _save(session, theme, now, placed=False), {}


def _merge(session: Session, theme: Theme, now: datetime) -> _Undone:
    said = _said(session, DecisionKind.MERGE, theme, "Nobody merged this theme into another.")
    theme_decisions.forget(session, said)
    theme_models.touch(session)
    into = themes.get(session, theme.id)
    live = theme_models.live(session)
    assert into is not None
    if live is None or theme.id not in live.places:
        # A refit has put both into one place since; the next one is free to part them.
        return into, {"at_next_refit": True}
    after = _save(session, theme, now, state=ThemeState.LIVE, merged_into=None)
    reassign(session, _leaning(session, into.id))
    return after, {}


def _split(session: Session, theme: Theme, now: datetime) -> _Undone:
    said = _said(session, DecisionKind.SPLIT, theme, "Nobody cut this theme out of another.")
    resting = [one for one in theme_decisions.of_themes(session) if one.theme_id == theme.id]
    if resting:
        raise DecisionError(
            f"Take back the {resting[0].kind} of {resting[0].subject} first: it rests on this one."
        )
    statements = _leaning(session, theme.id)
    theme_decisions.forget(session, said)
    theme_decisions.forget_moves_to(session, theme.id)
    rest = themes.get(session, str(said.theme_id))
    if rest is None:
        raise DecisionError("What it was cut out of is not there any more.")
    _save(session, theme, now, state=ThemeState.MERGED, merged_into=rest.id)
    for child in themes.children(session, theme.id):
        _save(session, child, now, parent_id=None if child.id == rest.id else rest.id)
    theme_models.touch(session)
    reassign(session, statements)
    return rest, {}


_UNDO: Mapping[Word, Callable[[Session, Theme, datetime], _Undone]] = {
    Word.RENAME: _rename,
    Word.CONFIRM: _confirm,
    Word.PLACE: _place,
    Word.MERGE: _merge,
    Word.SPLIT: _split,
}


def _decided(is_so: bool, otherwise: str) -> None:
    if not is_so:
        raise DecisionError(otherwise)


def _said(session: Session, kind: DecisionKind, theme: Theme, otherwise: str) -> Decision:
    every = theme_decisions.of_themes(session)
    said = next((one for one in every if (one.kind, one.subject) == (kind, theme.id)), None)
    if said is None:
        raise DecisionError(otherwise)
    return said


def _save(session: Session, theme: Theme, now: datetime, **changed: object) -> Theme:
    after = theme.model_copy(update={"changed_at": now, **changed})
    themes.save(session, [after], {})
    return after


def _leaning(session: Session, theme_id: str) -> Sequence[str]:
    """List all statements of a theme, those that only lean to it included."""
    found: list[str] = []
    while ids := theme_assignments.with_theme(session, theme_id, BATCH, found[-1] if found else ""):
        found += ids
    return found
