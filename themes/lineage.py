"""Ids that outlive refits: what became of each theme. Pure; keeping it is storage's work."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from domain.theme import Change
from themes.space import Floats, Ints

SAME = 0.5
"""Overlap (Jaccard) or likeness from which a new theme is the old one."""
PART = 0.5
"""Share of a theme's texts that must go one way to be told as a split or a merger."""


@dataclass(frozen=True)
class Step:
    """One line of the ledger.

    Attributes
    ----------
    change : Change
    theme_id : str
        The theme it tells of.
    others : tuple of str
        ``split``: the themes its texts went to, itself among them if it was kept.
        ``merged``: the theme that took it up. ``new``: the themes its texts came from.
    overlap : float
        Jaccard overlap with the successor (kept), share of texts that went to the others
        (split, merged), or 0.
    """

    change: Change
    theme_id: str
    others: tuple[str, ...] = ()
    overlap: float = 0.0


@dataclass(frozen=True)
class Lineage:
    """How an old model's themes go on in a new one.

    Attributes
    ----------
    ids : tuple of str
        Of the new themes, in their order: an old id, or the new one proposed.
    steps : tuple of Step
        Old themes in their order, then the new ones.
    """

    ids: tuple[str, ...]
    steps: tuple[Step, ...]


def follow(
    old_ids: Sequence[str],
    new_ids: Sequence[str],
    table: Ints,
    likeness: Floats,
    pinned: Collection[str] = (),
    taken: Collection[str] = (),
) -> Lineage:
    """Match the themes of a refit with those before it (Hungarian method, Kuhn 1955).

    Parameters
    ----------
    old_ids, new_ids : sequence of str
        Ids of K old themes, and L ids to take for themes without an ancestor.
    table : int64 array of shape (K, L)
        Texts that the old model puts into one theme and the new one into another: the same
        texts, assigned by both.
    likeness : float32 array of shape (K, L)
        Cosine of centred centroids, for themes of which no text was seen again.
    pinned : collection of str
        Ids of themes that a person confirmed, named or joined. Such a theme keeps its id as
        long as any new theme holds most of its texts; no unpinned theme can take that away.
    taken : collection of str
        Ids that were given before to themes that are no more.

    Returns
    -------
    Lineage
        No id stands twice, and none that was there before is given to a theme it does not
        match.
    """
    overlap = _overlap(table)
    worth = np.maximum(overlap, np.where(table.sum(axis=1, keepdims=True) == 0, likeness, 0))
    fits = worth >= SAME
    for row, name in enumerate(old_ids):
        if name in pinned and len(new_ids):
            heir = int(worth[row].argmax())
            fits[row, heir] = fits[row, heir] or _share(table)[row, heir] >= PART
            worth[row] += 1  # any match of a pinned theme weighs more than one that is not
    rows, columns = linear_sum_assignment(-np.where(fits, worth, 0))
    kept = {
        int(row): int(column)
        for row, column in zip(rows, columns, strict=True)
        if fits[row, column]
    }
    ids = [_free(name, {*old_ids, *taken}) for name in new_ids]
    for row, column in kept.items():
        ids[column] = old_ids[row]
    steps = [_fate(row, kept, old_ids, ids, table, overlap) for row in range(len(old_ids))]
    fresh = (column for column in range(len(ids)) if column not in kept.values())
    steps += [_origin(column, old_ids, ids, table) for column in fresh]
    return Lineage(tuple(ids), tuple(steps))


def _overlap(table: Ints) -> Floats:
    union = table.sum(axis=1, keepdims=True) + table.sum(axis=0, keepdims=True) - table
    jaccard: Floats = table / np.maximum(union, 1)
    return jaccard


def _share(table: Ints) -> Floats:
    share: Floats = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    return share


def _free(name: str, taken: Collection[str]) -> str:
    """Give an id that no old theme bears: the texts may be those of a theme that is gone."""
    number = 2
    free = name
    while free in taken:
        free, number = f"{name}_{number}", number + 1
    return free


def _fate(
    row: int,
    kept: dict[int, int],
    old_ids: Sequence[str],
    ids: Sequence[str],
    table: Ints,
    overlap: Floats,
) -> Step:
    name, share = old_ids[row], _share(table)[row]
    heirs = [column for column in np.argsort(-share) if share[column] >= _PIECE]
    whole = tuple(ids[column] for column in heirs)
    if row in kept and len(heirs) < 2:
        return Step(Change.KEPT, name, (), float(overlap[row, kept[row]]))
    if len(heirs) > 1 and share[heirs].sum() >= PART:
        return Step(Change.SPLIT, name, whole, float(share[heirs].sum()))
    if row in kept:
        return Step(Change.KEPT, name, (), float(overlap[row, kept[row]]))
    if heirs and share[heirs[0]] >= PART:
        return Step(Change.MERGED, name, whole[:1], float(share[heirs[0]]))
    return Step(Change.RETIRED, name)


_PIECE = 0.2
"""Share of a theme's texts from which a piece of it is told."""


def _origin(column: int, old_ids: Sequence[str], ids: Sequence[str], table: Ints) -> Step:
    total = max(int(table[:, column].sum()), 1)
    sources = tuple(
        old_ids[row]
        for row in np.argsort(-table[:, column])
        if table[row, column] / total >= _PIECE
    )
    return Step(Change.NEW, ids[column], sources)
