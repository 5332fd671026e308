"""What a model says of texts, with a person's decisions laid over it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from themes.assign import Assigner, State, state
from themes.space import Floats


@dataclass(frozen=True)
class Split:
    """A part that a person cut out of a theme.

    Attributes
    ----------
    part, rest : str
        Ids of the theme cut out, and of what it was cut out of.
    middles : float32 array of shape (2, D)
        Unit vectors of the rest and of the part: the more alike one decides.
    """

    part: str
    rest: str
    middles: Floats


@dataclass(frozen=True)
class Decisions:
    """What people decided about themes, in the order of time.

    Attributes
    ----------
    splits : tuple of Split
    merged : mapping of str to str
        A theme that was taken up, to what took it up.
    """

    splits: tuple[Split, ...] = ()
    merged: Mapping[str, str] = field(default_factory=dict)

    def now(self, theme_id: str) -> str:
        """Give what a theme is by now."""
        seen = {theme_id}
        while (after := self.merged.get(theme_id)) is not None and after not in seen:
            theme_id = after
            seen.add(after)
        return theme_id


@dataclass(frozen=True)
class Answer:
    """The theme of one text.

    Attributes
    ----------
    theme_id : str or None
        None where the state is ``none``.
    score : float
        Probability that it belongs there; 1 where a person says so.
    """

    theme_id: str | None
    score: float
    state: State
    by_person: bool = False


@dataclass(frozen=True)
class DecidedModel:
    """An assigner whose places bear themes, and people's decisions.

    Attributes
    ----------
    assigner : Assigner
    places : tuple of str
        Id of the theme of each place; several places may be one theme.
    """

    assigner: Assigner
    places: tuple[str, ...]
    decisions: Decisions = field(default_factory=Decisions)

    def answers(self, vectors: Floats, moves: Sequence[str | bool | None]) -> list[Answer]:
        """Say which theme each text has.

        Parameters
        ----------
        vectors : float32 array of shape (N, D)
        moves : sequence of str, None or False
            For each text where a person moved it: a theme, None for no theme; False where
            nobody did.
        """
        found = self.assigner.assign(vectors)
        names = self._named(found.themes.tolist(), vectors)
        return [
            _answer(name, float(score)) if move is False else self._moved(move)
            for name, score, move in zip(names, found.scores, moves, strict=True)
        ]

    def _named(self, places: Sequence[int], vectors: Floats) -> Iterator[str | None]:
        for place, vector in zip(places, vectors, strict=True):
            if place < 0:
                yield None
                continue
            name = self.places[place]
            for split in self.decisions.splits:
                if name in (split.rest, split.part):
                    nearer = np.round(split.middles @ vector, 5)
                    name = split.part if nearer[1] > nearer[0] else split.rest
            yield self.decisions.now(name)

    def _moved(self, theme_id: str | bool | None) -> Answer:
        if not isinstance(theme_id, str):
            return Answer(None, 1.0, State.NONE, by_person=True)
        return Answer(self.decisions.now(theme_id), 1.0, State.ASSIGNED, by_person=True)


def _answer(theme_id: str | None, score: float) -> Answer:
    score = round(score, 4)
    standing = State.NONE if theme_id is None else state(score)
    return Answer(None if standing is State.NONE else theme_id, score, standing)
