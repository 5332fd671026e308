"""A refit: fit beside the live model, match with it, show or switch. Resumable and repeatable.

The only module of a refit that loads what fits (BERTopic); import it where a refit runs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
from pydantic import JsonValue
from sqlalchemy.orm import Session

from domain.base import now, stable_id
from domain.theme import Change, LedgerEntry
from storage import theme_decisions, theme_models, theme_statements, themes
from storage.database import Database
from storage.theme_decisions import DecisionKind
from storage.theme_models import ModelState, ModelVersion
from themes.consensus import Earlier
from themes.discover import Discovery, discover
from themes.model import ThemeModel, packed
from themes.space import Ints
from workers.themes_live import decisions_of
from workers.themes_propose import Before, Proposal, propose
from workers.themes_publish import Progress, StaleError, publish, standing
from workers.themes_sample import Sample, digest, space_of, take

ATTEMPTS = 3
"""A person may decide something during a fit; then it is done again."""


@dataclass(frozen=True)
class Refitted:
    """What a refit came to.

    Attributes
    ----------
    version : str
    live : bool
        False for a dry run.
    anew : bool
        Whether anything was fitted; False where nothing had changed, or the fit was there.
    ledger : tuple of LedgerEntry
        What becomes of the themes, or became of them.
    facts : mapping
        Counts and parameters.
    """

    version: str
    live: bool
    anew: bool
    ledger: tuple[LedgerEntry, ...]
    facts: Mapping[str, JsonValue]

    def count(self, change: Change) -> int:
        """Count the themes of which something became."""
        return sum(entry.change is change for entry in self.ledger)


def refit(
    database: Database,
    how: Discovery | None = None,
    *,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> Refitted:
    """Fit all that is kept, carry ids and decisions over, and go live.

    Killed at any moment it leaves the old themes live; run again it goes on from the fit. Where
    neither texts nor decisions changed nothing is done.

    Parameters
    ----------
    dry_run : bool
        Fit and say what would become of the themes; a refit after it takes up the same fit.

    Raises
    ------
    TooFewError
        If too few conversations hold a reason for contact.
    StaleError
        If people went on changing themes during three fits.
    """
    how = how or Discovery()
    for attempt in range(1, ATTEMPTS + 1):
        model, anew = _fitted(database, how)
        if model.state is ModelState.LIVE or dry_run:
            break
        try:
            publish(database, model.version, progress)
            break
        except StaleError:
            if attempt == ATTEMPTS:
                raise
    return Refitted(
        model.version,
        model.state is ModelState.LIVE or not dry_run,
        anew,
        model.ledger,
        model.facts,
    )


def _fitted(database: Database, how: Discovery) -> tuple[ModelVersion, bool]:
    """Give the live version or a proposal if it is of the same work, else fit a new one."""
    with database.reading() as session:
        space = space_of(session)
        work = digest(session, space, (how.seed, how.fit_limit))
        live = theme_models.live(session)
        if live is not None and live.digest == work:
            return live, False
        base, revision = standing(session)
        known = theme_models.proposed(session, work, base)
        if known is not None and known.facts["revision"] == revision:
            return known, False
        sample = take(session, space, how.fit_limit)
        before = before_now(session, space)
        counts = theme_statements.count(session, space)
        resolution = None if live is None else float(str(live.facts["resolution"]))
    earlier = None if resolution is None else Earlier(codes(sample, before), resolution)
    fit = discover(sample.texts, sample.vectors, space, how, earlier, sample.tellers)
    moment = now()
    version = stable_id("thv", work, base or "", moment.isoformat())
    proposal = propose(fit, sample, before, moment, version)
    facts: dict[str, JsonValue] = {
        "statements": counts[0],
        "conversations": counts[1],
        "fitted": len(sample.ids),
        "themes": len(set(proposal.places)),
        "stability": fit.stability,
        "resolution": fit.resolution,
        "seed": how.seed,
        "revision": revision,
    }
    model = _version(version, work, base, fit, proposal, facts)
    database.run(partial(theme_models.save, model=model, arrays=packed(fit.assigner)))
    return model, True


def _version(
    version: str,
    work: str,
    base: str | None,
    fit: ThemeModel,
    proposal: Proposal,
    facts: Mapping[str, JsonValue],
) -> ModelVersion:
    return ModelVersion(
        version=version,
        state=ModelState.PROPOSED,
        base=base,
        digest=work,
        space=fit.space,
        made_at=now(),
        places=proposal.places,
        themes=stored(proposal),
        ledger=proposal.ledger,
        facts=facts,
    )


def stored(proposal: Proposal) -> tuple[dict[str, JsonValue], ...]:
    """Write the themes of a proposal as they are kept until it goes live."""
    return tuple(
        {"theme": theme.model_dump(mode="json"), "found_label": proposal.found_labels.get(theme.id)}
        for theme in proposal.themes
    )


def before_now(session: Session, space: str) -> Before:
    """Load how themes stand, and what people said of them."""
    known = {theme.id: theme for theme in themes.every(session)}
    said = theme_decisions.of_themes(session)
    held = {theme.id for theme in known.values() if theme.pinned}
    held |= {str(one.theme_id) for one in said}
    held |= {one.subject for one in said if one.kind is DecisionKind.SPLIT}
    held |= {theme for theme in theme_decisions.all_moves(session).values() if theme is not None}
    return Before(known, decisions_of(said, space), held)


def codes(sample: Sample, before: Before) -> Ints:
    """Number the themes that texts had, a part with what it was cut out of; -1 for none."""
    number: dict[str | None, int] = {None: -1}
    given = [
        number.setdefault(theme if theme is None else before.whole(theme), len(number) - 1)
        for theme in sample.themes
    ]
    return np.array(given, np.int64)
