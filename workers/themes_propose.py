"""From a fit to a proposal: which theme each place is, and what becomes of those before."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

import numpy as np

from domain.theme import Change, LedgerEntry, Theme, ThemeState
from themes.decided import Decisions
from themes.lineage import Lineage, Step, follow
from themes.model import Theme as FoundTheme
from themes.model import ThemeModel
from themes.space import Ints
from workers.themes_sample import Sample

MACHINE = "machine"
_OF_IT = 0.5
"""Share of a new place's texts that must come from a theme that a person joined, to stay in it."""


@dataclass(frozen=True)
class Before:
    """How themes stand when a refit begins.

    Attributes
    ----------
    themes : mapping of str to Theme
        All that ever were, by id.
    decisions : Decisions
    held : collection of str
        Ids of themes that a person's word holds.
    """

    themes: Mapping[str, Theme]
    decisions: Decisions
    held: Collection[str]

    @cached_property
    def live(self) -> dict[str, Theme]:
        """Those that texts come to."""
        return {id_: one for id_, one in self.themes.items() if one.state is ThemeState.LIVE}

    @cached_property
    def parts(self) -> dict[str, str]:
        """Live themes that a person cut out of a live theme, to that one."""
        return {
            split.part: split.rest
            for split in self.decisions.splits
            if split.part in self.live and split.rest in self.live
        }

    def whole(self, theme_id: str) -> str:
        """Give the theme whose places a theme's texts stand in."""
        parts, steps = self.parts, 0
        while theme_id in parts and steps <= len(parts):
            theme_id, steps = parts[theme_id], steps + 1
        return theme_id


@dataclass(frozen=True)
class Proposal:
    """What a refit comes to.

    Attributes
    ----------
    places : tuple of str
        Theme of each place of the model.
    themes : tuple of Theme
        All that change or are live then.
    found_labels : mapping of str to str
        The machine's own names.
    """

    places: tuple[str, ...]
    themes: tuple[Theme, ...]
    found_labels: Mapping[str, str]
    ledger: tuple[LedgerEntry, ...]


def propose(
    model: ThemeModel, sample: Sample, before: Before, now: datetime, version: str
) -> Proposal:
    """Carry ids, names and decisions over to a new fit."""
    old_ids = sorted(set(before.live) - set(before.parts))
    table = _table(model, sample, before, old_ids)
    lineage = follow(
        old_ids,
        [theme.id for theme in model.themes],
        table,
        np.zeros(table.shape, np.float32),
        before.held,
        before.themes,
    )
    places = _joined(lineage.ids, table, old_ids, before.decisions)
    steps = _steps(lineage, places)
    gone = {step.theme_id for step in steps if step.change in (Change.RETIRED, Change.MERGED)}
    gone -= set(places)
    gone |= {part for part in before.parts if before.whole(part) in gone}
    themes, labels = _themes(model, sample, places, before, now)
    themes += [_ended(before.themes[id_], steps, now) for id_ in sorted(gone)]
    entries = [_entry(step, now, version) for step in steps]
    entries += [
        LedgerEntry(at=now, change=Change.RETIRED, theme_id=part, version=version)
        for part in sorted(gone & set(before.parts))
    ]
    entries += _renamed(themes, before, now, version)
    return Proposal(places, tuple(themes), labels, tuple(entries))


def _table(model: ThemeModel, sample: Sample, before: Before, old_ids: Sequence[str]) -> Ints:
    """Count texts that were in one theme and are in a place of the new model."""
    row_of = {id_: row for row, id_ in enumerate(old_ids)}
    table = np.zeros((len(old_ids), len(model.themes)), np.int64)
    columns = model.assigner.assign(sample.vectors).themes
    for theme_id, column in zip(sample.themes, columns.tolist(), strict=True):
        row = None if theme_id is None else row_of.get(before.whole(theme_id))
        if row is not None and column >= 0:
            table[row, column] += 1
    return table


def _joined(
    ids: Sequence[str], table: Ints, old_ids: Sequence[str], decisions: Decisions
) -> tuple[str, ...]:
    """Keep together what a person joined: a new place full of its texts is part of it."""
    joined = {decisions.now(one) for one in decisions.merged}
    places = list(ids)
    for row, name in enumerate(old_ids):
        if name in joined and name in ids:
            share = table[row] / np.maximum(table.sum(axis=0), 1)
            for column in np.flatnonzero(share >= _OF_IT).tolist():
                if places[column] not in old_ids:
                    places[column] = name
    return tuple(places)


def _steps(lineage: Lineage, places: Sequence[str]) -> list[Step]:
    """Tell the steps with places that were joined to another theme."""
    became = dict(zip(lineage.ids, places, strict=True))
    steps = []
    for step in lineage.steps:
        if step.change is Change.NEW and became[step.theme_id] != step.theme_id:
            continue
        others = tuple(dict.fromkeys(became.get(other, other) for other in step.others))
        alone = step.change is Change.SPLIT and others == (step.theme_id,)
        steps.append(
            Step(Change.KEPT, step.theme_id, (), step.overlap)
            if alone
            else replace(step, others=others)
        )
    return steps


def _themes(
    model: ThemeModel, sample: Sample, places: Sequence[str], before: Before, now: datetime
) -> tuple[list[Theme], dict[str, str]]:
    id_of = dict(zip(sample.texts, sample.ids, strict=True))
    leader = {found.label: place for found, place in zip(model.themes, places, strict=True)}
    largest: dict[str, FoundTheme] = {}
    for found, place in zip(model.themes, places, strict=True):
        if place not in largest or found.size > largest[place].size:
            largest[place] = found
    labels = _labels(largest, before)
    themes = []
    for id_, found in largest.items():
        old = before.themes.get(id_)
        parent = leader.get(found.parent or "")
        if old is not None and old.placed:
            parent = old.parent_id
        fields = {
            "label": labels[id_],
            "parent_id": None if parent == id_ else parent,
            "key_phrases": found.key_phrases,
            "example_ids": tuple(id_of[text] for text in found.examples if text in id_of),
            "stability": found.stability,
            "changed_at": now,
        }
        if old is None:
            themes.append(Theme(id=id_, first_at=now, **fields))
        else:
            themes.append(old.model_copy(update=fields))
    return themes, {id_: found.label for id_, found in largest.items()}


def _labels(largest: Mapping[str, FoundTheme], before: Before) -> dict[str, str]:
    """Name themes: people's names stay, and so does a name whose words still fit."""
    labels: dict[str, str] = {}
    fresh = []
    for id_, found in largest.items():
        old = before.themes.get(id_)
        if old is not None and (old.named or _fits(old, found.key_phrases)):
            labels[id_] = old.label
        else:
            fresh.append(id_)
    parts = {before.themes[part].label for part in before.parts}
    for id_ in fresh:
        taken = {*labels.values(), *parts}
        found = largest[id_]
        options = [found.label, *(f"{found.label}, {key}" for key in found.key_phrases)]
        options += [f"{found.label} ({number})" for number in range(2, len(largest) + 3)]
        labels[id_] = next(option for option in options if option not in taken)[:200]
    return labels


def _fits(theme: Theme, key_phrases: Sequence[str]) -> bool:
    """Tell whether a name still says what a theme is about: its own words, or most phrases."""
    own = theme.label.split(" (")[0].lower().replace(": ", ", ").split(", ")
    best = theme.key_phrases[:_TOP]
    return not {*own}.isdisjoint(key_phrases) or 2 * len({*best} & {*key_phrases}) > len(best)


_TOP = 4
"""Key phrases that a name is held against."""


def _ended(theme: Theme, steps: Sequence[Step], now: datetime) -> Theme:
    into = next(
        (s.others[0] for s in steps if s.theme_id == theme.id and s.change is Change.MERGED), None
    )
    state = ThemeState.RETIRED if into is None else ThemeState.MERGED
    return theme.model_copy(update={"state": state, "merged_into": into, "changed_at": now})


def _entry(step: Step, now: datetime, version: str) -> LedgerEntry:
    return LedgerEntry(
        at=now,
        change=step.change,
        theme_id=step.theme_id,
        others=step.others,
        share=min(round(step.overlap, 4), 1.0),
        by=MACHINE,
        version=version,
    )


def _renamed(
    themes: Sequence[Theme], before: Before, now: datetime, version: str
) -> list[LedgerEntry]:
    return [
        LedgerEntry(
            at=now,
            change=Change.RENAMED,
            theme_id=theme.id,
            version=version,
            details={"from": before.themes[theme.id].label, "to": theme.label},
        )
        for theme in themes
        if theme.id in before.themes and before.themes[theme.id].label != theme.label
    ]
