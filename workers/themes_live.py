"""The live theme model in a worker: statements are kept and get their themes as they come in."""

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

import numpy as np
from sqlalchemy.orm import Session

from domain.conversation import Conversation
from domain.theme import content_hash, statement_id
from storage import theme_assignments, theme_decisions, theme_models, theme_statements
from storage.theme_assignments import Assigned
from storage.theme_decisions import Decision, DecisionKind
from storage.theme_statements import Statement
from themes.decided import DecidedModel, Decisions, Split
from themes.model import unpacked
from themes.space import Floats
from themes.statements import statements
from workers.tagging import Tagged


@dataclass(frozen=True)
class Loaded:
    """A model that is ready to answer."""

    version: str
    space: str
    model: DecidedModel


class LiveThemes:
    """Keeps the live model in memory and reads it anew when it changes. Imports numpy alone."""

    def __init__(self) -> None:
        self._loading = Lock()
        self._stamp: tuple[str, int] | None = None
        self._loaded: Loaded | None = None

    def keep(self, session: Session, found: Sequence[tuple[Conversation, Tagged]]) -> None:
        """Write the statements of conversations, and their themes where a model is live."""
        rows = [row for talk, tagged in found for row in statement_rows(talk, tagged)]
        theme_statements.replace(session, [talk.id for talk, _ in found], rows)
        loaded = self.loaded(session)
        if loaded is not None:
            theme_assignments.write(session, loaded.version, assign(session, loaded, rows))

    def loaded(self, session: Session) -> Loaded | None:
        """Give the live model as it stands in this transaction."""
        stamp = theme_models.stamp(session)
        with self._loading:
            if stamp != self._stamp:
                self._loaded = None if stamp is None else load(session, stamp[0])
                self._stamp = stamp
            return self._loaded


def load(session: Session, version: str) -> Loaded | None:
    """Read a version with people's decisions."""
    found, arrays = theme_models.get(session, version), theme_models.data(session, version)
    if found is None or arrays is None:
        return None
    said = decisions_of(theme_decisions.of_themes(session), found.space)
    return Loaded(version, found.space, DecidedModel(unpacked(arrays), found.places, said))


def decisions_of(said: Sequence[Decision], space: str) -> Decisions:
    """Lay decisions out for a model; a split of another embedding space says nothing here."""
    splits = tuple(
        Split(one.subject, str(one.theme_id), np.frombuffer(one.vectors, "<f4").reshape(2, -1))
        for one in said
        if one.kind is DecisionKind.SPLIT and one.vectors is not None and one.space == space
    )
    merged = {one.subject: str(one.theme_id) for one in said if one.kind is DecisionKind.MERGE}
    return Decisions(splits, merged)


def assign(session: Session, loaded: Loaded, rows: Sequence[Statement]) -> list[Assigned]:
    """Say which theme each statement of the model's space has; people's moves win."""
    mine = [row for row in rows if row.space == loaded.space]
    if not mine:
        return []
    moved = theme_decisions.moves(session, [row.content_hash for row in mine])
    moves = [moved.get(row.content_hash, False) for row in mine]
    answers = loaded.model.answers(vectors_of(mine), moves)
    return [
        Assigned(
            statement_id=row.id,
            conversation_id=row.conversation_id,
            theme_id=answer.theme_id,
            score=answer.score,
            state=answer.state,
            by_person=answer.by_person,
        )
        for row, answer in zip(mine, answers, strict=True)
    ]


def vectors_of(rows: Sequence[Statement]) -> Floats:
    """Give the vectors of statements of one space, shape (N, D)."""
    return np.stack([np.frombuffer(row.vector, "<f2") for row in rows]).astype(np.float32)


def statement_rows(talk: Conversation, tagged: Tagged) -> list[Statement]:
    """Pick the statements of a conversation as they are kept."""
    found = []
    for one in statements(talk, tagged.redactions, tagged.said):
        turn, words = talk.turn_id(one.turn), content_hash(one.text)
        found.append(
            Statement(
                id=statement_id(turn, words),
                conversation_id=talk.id,
                turn_id=turn,
                turn=one.turn,
                start=one.start,
                end=one.end,
                content_hash=words,
                space=tagged.space,
                # Half precision, and assigned as it is kept: a refit reads the same numbers.
                vector=one.vector.astype("<f2").tobytes(),
            )
        )
    return found
