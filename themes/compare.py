"""Two theme models over the same texts: what lineage is followed on."""

from collections.abc import Collection
from dataclasses import replace

import numpy as np

from themes.assign import State
from themes.consensus import Earlier
from themes.lineage import Lineage, follow
from themes.model import ThemeModel
from themes.space import Floats, Ints


def succeed(
    old: ThemeModel, new: ThemeModel, vectors: Floats, pinned: Collection[str] = ()
) -> tuple[ThemeModel, Lineage]:
    """Let a refit take up the ids of the model before it, and the names that people gave.

    Parameters
    ----------
    old, new : ThemeModel
        Of one embedding space.
    vectors : float32 array of shape (N, D)
        Texts to follow: best those that the old model was fitted or used on.
    pinned : collection of str
        Ids of old themes whose label a person gave or confirmed.

    Returns
    -------
    ThemeModel
        The new one with stable ids; pinned themes keep their label.
    Lineage
    """
    lineage = follow(
        [theme.id for theme in old.themes],
        [theme.id for theme in new.themes],
        _table(old, new, vectors),
        _likeness(old, new),
        pinned,
    )
    labels = {theme.id: theme.label for theme in old.themes if theme.id in pinned}
    named = new.renamed(lineage.ids)
    themes = tuple(
        replace(theme, label=labels.get(theme.id, theme.label)) for theme in named.themes
    )
    return replace(named, themes=themes), lineage


def earlier(model: ThemeModel, vectors: Floats) -> Earlier:
    """Give what a model says of texts, to have a vote in the fit after it; ``none`` is no vote."""
    found = model.assigner.assign(vectors)
    given = np.array([state is not State.NONE for state in found.states], bool)
    return Earlier(np.where(given, found.themes, -1), model.resolution)


def _table(old: ThemeModel, new: ThemeModel, vectors: Floats) -> Ints:
    table = np.zeros((len(old.themes), len(new.themes)), np.int64)
    before, after = (model.assigner.assign(vectors).themes for model in (old, new))
    both = (before >= 0) & (after >= 0)
    np.add.at(table, (before[both], after[both]), 1)
    return table


def _likeness(old: ThemeModel, new: ThemeModel) -> Floats:
    first, second = (model.assigner.centroids() for model in (old, new))
    likeness: Floats = first @ second.T
    return likeness
