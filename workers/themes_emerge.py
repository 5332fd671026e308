"""New themes in what has none: they are added, and nothing that is there is numbered anew."""

from collections.abc import Mapping
from functools import partial

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from domain.base import now, stable_id
from domain.theme import Change, LedgerEntry, Theme
from storage import theme_assignments, theme_models, theme_statements
from storage.database import Database
from storage.theme_models import ModelState, ModelVersion
from themes.assign import DEPTH, Assigner, State
from themes.consensus import Earlier
from themes.discover import Discovery, discover
from themes.extend import extended
from themes.model import Theme as FoundTheme
from themes.model import ThemeModel, packed
from themes.space import Ints
from workers.themes_live import load
from workers.themes_propose import Proposal
from workers.themes_publish import Progress, StaleError, catch_up, publish, standing
from workers.themes_refit import before_now, codes, stored
from workers.themes_sample import Sample, read

Bools = NDArray[np.bool_]
SMALLEST = 2 * DEPTH
"""Distinct texts of a new theme: more than of one in a refit, as there is less to tell it by."""
STABLE = 0.6
"""Overlap with resamples from which a group in the remains is no chance."""
LOOSE = 0.7
"""Share of a group that had no theme before."""
OWN = 0.6
"""Share of a group's texts that the extended model must assign to it."""


def emerge(
    database: Database, how: Discovery | None = None, progress: Progress | None = None
) -> tuple[LedgerEntry, ...]:
    """Look for themes among statements that are near one or in none, and add what is found.

    Returns
    -------
    tuple of LedgerEntry
        The new themes; empty where there are none, or no model is live.
    """
    with database.reading() as session:
        stamp = theme_models.stamp(session)
        loaded = None if stamp is None else load(session, stamp[0])
    if loaded is None:
        return ()
    catch_up(database, loaded, progress)
    how = how or Discovery()
    with database.reading() as session:
        base, revision = standing(session)
        live = theme_models.live(session)
        among = _among(session, loaded.space, how.fit_limit // 2)
        before = before_now(session, loaded.space)
    sample, loose = among
    if live is None or base != loaded.version or loose.sum() < SMALLEST:
        return ()
    resolution = float(str(live.facts["resolution"]))
    vote = Earlier(np.where(loose, -1, codes(sample, before)), resolution)
    fit = discover(sample.texts, sample.vectors, live.space, how, vote, sample.tellers)
    labels = np.where(loose, fit.assigner.assign(sample.vectors).themes, -1)
    kept = _kept(fit, sample, labels, loaded.model.assigner)
    if not kept:
        return ()
    moment = now()
    version = stable_id("thv", live.version, *sample.ids, moment.isoformat())
    proposal = _proposal(fit, kept, sample, before.themes, version, live)
    assigner = extended(loaded.model.assigner, sample.vectors, _renumbered(labels, kept))
    model = live.model_copy(
        update={
            "version": version,
            "state": ModelState.PROPOSED,
            "base": live.version,
            "made_at": moment,
            "revision": 0,
            "places": (*live.places, *proposal.places),
            "themes": stored(proposal),
            "ledger": proposal.ledger,
            "facts": {**live.facts, "revision": revision, "emerged": len(kept)},
        }
    )
    database.run(partial(theme_models.save, model=model, arrays=packed(assigner)))
    try:
        publish(database, version, progress)
    except StaleError:  # a person was faster; the next run looks again
        return ()
    return proposal.ledger


def _among(session: Session, space: str, limit: int) -> tuple[Sample, Bools]:
    """Load what has no theme, and beside it what has one, so that the two are told apart."""
    loose = theme_assignments.open_statements(session, limit)
    settled = [id_ for id_ in theme_statements.distinct(session, space, limit) if id_ not in loose]
    sample = read(session, [*loose, *settled])
    return sample, np.isin(sample.ids, loose)


def _kept(fit: ThemeModel, sample: Sample, labels: Ints, assigner: Assigner) -> list[int]:
    """Choose groups that are firm, mostly of what has no theme, and no piece of one there is."""
    loose = np.bincount(labels[labels >= 0], minlength=len(fit.themes))
    good = [
        place
        for place, theme in enumerate(fit.themes)
        if loose[place] >= max(SMALLEST, LOOSE * theme.size) and theme.stability >= STABLE
    ]
    if not good:
        return []
    found = extended(assigner, sample.vectors, _renumbered(labels, good)).assign(sample.vectors)
    firm = np.array([state is State.ASSIGNED for state in found.states])
    own = np.where(firm, found.themes - len(assigner.bias), -1)
    return [
        place for number, place in enumerate(good) if np.mean(own[labels == place] == number) >= OWN
    ]


def _renumbered(labels: Ints, kept: list[int]) -> Ints:
    number = np.full(int(labels.max(initial=-1)) + 2, -1, np.int64)
    number[kept] = np.arange(len(kept))
    return number[labels]


def _proposal(
    fit: ThemeModel,
    kept: list[int],
    sample: Sample,
    known: Mapping[str, Theme],
    version: str,
    live: ModelVersion,
) -> Proposal:
    moment, id_of = now(), dict(zip(sample.texts, sample.ids, strict=True))
    taken = {theme.label for theme in known.values()}
    added: list[Theme] = []
    for place in kept:
        found = fit.themes[place]
        id_ = found.id if found.id not in known else stable_id("thm", found.id, version)
        label = _free(found, taken)
        taken.add(label)
        added.append(
            Theme(
                id=id_,
                label=label,
                key_phrases=found.key_phrases,
                example_ids=tuple(id_of[text] for text in found.examples),
                stability=found.stability,
                first_at=moment,
                changed_at=moment,
            )
        )
    entries = tuple(
        LedgerEntry(
            at=moment,
            change=Change.NEW,
            theme_id=theme.id,
            version=version,
            details={"emerged": True, "base": live.version},
        )
        for theme in added
    )
    places = tuple(theme.id for theme in added)
    return Proposal(places, tuple(added), {theme.id: theme.label for theme in added}, entries)


def _free(found: FoundTheme, taken: set[str]) -> str:
    options = [found.label, *(f"{found.label}, {key}" for key in found.key_phrases)]
    options += [f"{found.label} ({number})" for number in range(2, len(taken) + 3)]
    return next(option for option in options if option not in taken)[:200]
