"""Does an author come back within 72 h: ``python -m eval.returning`` on real airline tweets.

A contact is all that an author wrote to an airline with gaps under 6 h. It is followed up when the
same author writes again 6 to 72 h after its last words. Contacts whose 72 h reach beyond the last
message of the set are right-censored and left out. Volume is told from the count of messages and
of earlier contacts alone; text signals are those that the tagger gives, nothing people labelled.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby, pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegressionCV
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from domain.conversation import Channel, Conversation, Role, Turn
from domain.signal import SignalKind
from eval.datasets import rows
from eval.prepare import load_vectors
from eval.results import table, write_section
from eval.talks import reader
from nlp.tagger import Tagged, Tagger

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

GAP, REACH = timedelta(hours=6), timedelta(hours=72)
CUT = 0.6
"""The later contacts, by time, are tested on: all but this share."""
FOLDS, DRAWS, SEED, TOPICS = 5, 2_000, 7, 12
_PART = 256
console = Console()


@dataclass(frozen=True)
class Contact:
    """What one author wrote without a gap of 6 h."""

    author: str
    airline: str
    texts: tuple[str, ...]
    times: tuple[datetime, ...]
    earlier: int
    """Contacts of the author before it, in the set."""
    since_h: float
    """Hours since the end of the one before; 0 for the first."""
    came_back: bool


def contacts() -> list[Contact]:
    """Read the contacts whose 72 h lie in the set, in order of time."""
    found = [(str(r["author"]), _moment(r["created"]), r["text"], r["airline"]) for r in _unique()]
    last = max(at for _, at, _, _ in found)
    told: list[Contact] = []
    for author, mine in groupby(sorted(found), key=lambda row: row[0]):
        told += _of_author(author, list(mine), last)
    return sorted(told, key=lambda c: (c.times[0], c.author))


def _unique() -> list[dict[str, str]]:
    """Take each message once: the set has some twice."""
    return list({(r["id"]): r for r in rows("sentiment/airline_a")}.values())


def _moment(text: str) -> datetime:
    return datetime.strptime(text, "%m/%d/%Y %H:%M").replace(tzinfo=UTC)


def _of_author(
    author: str, mine: list[tuple[str, datetime, str, str]], last: datetime
) -> list[Contact]:
    parts = [[mine[0]]]
    for before, row in pairwise(mine):
        if row[1] - before[1] < GAP:
            parts[-1].append(row)
        else:
            parts.append([row])
    told = []
    for place, part in enumerate(parts):
        end = part[-1][1]
        if end + REACH > last:
            continue
        following = parts[place + 1][0][1] if place + 1 < len(parts) else None
        since = (part[0][1] - parts[place - 1][-1][1]) / timedelta(hours=1) if place else 0.0
        told.append(
            Contact(
                author=author,
                airline=part[0][3],
                texts=tuple(row[2] for row in part),
                times=tuple(row[1] for row in part),
                earlier=place,
                since_h=since,
                came_back=following is not None and following - end <= REACH,
            )
        )
    return told


def volume(found: Sequence[Contact]) -> Floats:
    """Count messages and earlier contacts, shape (n, 3)."""
    return np.array(
        [[np.log1p(len(c.texts)), np.log1p(c.earlier), float(c.earlier > 0)] for c in found]
    )


def timing(found: Sequence[Contact]) -> Floats:
    """Tell hour, day, how long and how fast it was, and how long after the one before."""
    told = []
    for c in found:
        hour = c.times[-1].hour + c.times[-1].minute / 60
        angle, lasted = 2 * np.pi * hour / 24, (c.times[-1] - c.times[0]) / timedelta(hours=1)
        day = [float(c.times[-1].weekday() == n) for n in range(6)]
        told.append([np.sin(angle), np.cos(angle), np.log1p(lasted), np.log1p(c.since_h), *day])
    return np.array(told)


LABELS: dict[SignalKind, tuple[str, ...]] = {
    SignalKind.EMOTION: ("anger", "frustration", "disappointment", "worry", "gratitude", "joy"),
    SignalKind.EFFORT: ("repeats", "transferred", "waited", "tried_before"),
    SignalKind.RESOLUTION: ("resolved", "unresolved"),
    SignalKind.URGENCY: ("urgent",),
    SignalKind.INTENT: (
        "order_status", "delivery_problem", "refund_request", "booking_change", "cancel_request",
        "service_complaint", "escalation_request", "praise", "technical_fault", "price_question",
        "login_problem", "outage",
    ),
}  # fmt: skip


def signals(tagged: Tagged, contact: Contact) -> list[float]:
    """Write what the tagger read in a contact, and how much was said, as numbers."""
    said = [s for s in tagged.signals if s.subject_id == tagged.conversation_id]
    moods = [s.value or 0.0 for s in said if s.kind is SignalKind.SENTIMENT]
    turns = [
        s.value or 0.0
        for s in tagged.signals
        if s.kind is SignalKind.SENTIMENT and s.subject_id != tagged.conversation_id
    ]
    content = [s.value or 3.0 for s in said if s.kind is SignalKind.SATISFACTION]
    told = [moods[0] if moods else 0.0, min(turns, default=0.0), turns[-1] if turns else 0.0]
    told.append(content[0] if content else 3.0)
    for kind, labels in LABELS.items():
        for label in labels:
            mine = [s for s in said if s.kind is kind and s.label == label]
            told.append(max((s.probability or s.value or 1.0 for s in mine), default=0.0))
    text = " ".join(contact.texts)
    told += [np.log1p(len(text) / len(contact.texts)), float("?" in text), float("!" in text)]
    return [*told, float("http" in text), float(" dm" in text.lower())]


def read(tagger: Tagger, found: Sequence[Contact]) -> tuple[Floats, Floats]:
    """Tag the contacts; gives signals and the vectors of what was needed."""
    told, needs = [], []
    for first in track(range(0, len(found), _PART), "tagging", transient=True):
        part = found[first : first + _PART]
        talks = [_talk(first + n, contact) for n, contact in enumerate(part)]
        for tagged, contact in zip(tagger.tag(talks), part, strict=True):
            told.append(signals(tagged, contact))
            needs.append(np.zeros(384) if tagged.need is None else tagged.need.astype(float))
    return np.array(told), np.array(needs)


def _talk(number: int, contact: Contact) -> Conversation:
    return Conversation(
        source="eval",
        source_id=str(number),
        channel=Channel.SOCIAL,
        started_at=contact.times[0],
        turns=tuple(
            Turn(role=Role.CUSTOMER, text=text, at=at)
            for text, at in zip(contact.texts, contact.times, strict=True)
        ),
    )


def scores(features: Floats, back: Mask, author: Sequence[str], early: Mask) -> Floats:
    """Score the later contacts by models of other authors' earlier ones.

    Each fold of authors is scored by a logistic regression that saw none of them; its strength of
    penalty is chosen by cross-validation over the authors it saw.
    """
    groups, found = np.array(author), np.full(len(back), np.nan)
    for train, test in GroupKFold(FOLDS, shuffle=True, random_state=SEED).split(
        features, back, groups
    ):
        seen, judged = train[early[train]], test[~early[test]]
        model = _model(groups[seen])
        model.fit(features[seen], back[seen])
        found[judged] = model.predict_proba(features[judged])[:, 1]
    return found


def _model(groups: NDArray[np.str_]) -> Pipeline:
    inner = list(GroupKFold(5).split(groups, groups=groups))
    return make_pipeline(
        StandardScaler(),
        LogisticRegressionCV(
            Cs=np.logspace(-4, 1, 11), cv=inner, scoring="roc_auc", max_iter=2_000,
            l1_ratios=(0.0,), use_legacy_attributes=False,
        ),
    )  # fmt: skip


def drawn(back: Mask, author: Sequence[str], *said: Floats) -> Floats:
    """Draw authors anew; gives the AUC of each score, shape (DRAWS, len(said))."""
    random = np.random.default_rng(SEED)
    names, place = np.unique(np.array(author), return_inverse=True)
    found: list[list[float]] = []
    while len(found) < DRAWS:
        times = np.bincount(random.integers(0, len(names), len(names)), minlength=len(names))
        weight = times[place].astype(float)
        if weight[back].sum() and weight[~back].sum():
            found.append([roc_auc_score(back, s, sample_weight=weight) for s in said])
    return np.array(found)


def main() -> None:
    """Measure and write the section."""
    found = contacts()
    told, needs = read(reader(load_vectors()), found)
    back = np.array([c.came_back for c in found])
    early = np.arange(len(found)) < round(CUT * len(found))
    author = [c.author for c in found]
    # Directions of meaning are fitted on the earlier contacts alone; they know no outcome.
    topics = PCA(TOPICS, random_state=SEED).fit(needs[early]).transform(needs)
    count, when = volume(found), timing(found)
    sets = {
        "volume only": count,
        "timing only": when,
        "text signals only": told,
        "text signals and timing": np.column_stack([told, when]),
        "volume, text signals and timing": np.column_stack([count, told, when]),
        "the same and 12 directions of the vectors": np.column_stack([count, told, when, topics]),
    }
    said = {name: scores(x, back, author, early)[~early] for name, x in sets.items()}
    late, whose = back[~early], [a for a, e in zip(author, early, strict=True) if not e]
    draws = drawn(late, whose, *said.values())
    lines = [["majority (the same score for all)", "0.500", "", ""]]
    for place, (name, score) in enumerate(said.items()):
        low, high = np.quantile(draws[:, place], [0.025, 0.975])
        gap = draws[:, place] - draws[:, 0]
        ends = np.quantile(gap, [0.025, 0.975])
        more = roc_auc_score(late, score) - roc_auc_score(late, said["volume only"])
        beyond = f"{more:+.3f} ({ends[0]:+.3f} to {ends[1]:+.3f})" if place else ""
        area = f"{roc_auc_score(late, score):.3f}"
        lines.append([name, area, f"{low:.3f} to {high:.3f}", beyond])
        console.print(lines[-1])
    body = table(["told from", "AUC", "95 % interval", "more than volume only"], lines)
    data = (
        f"`airline_a`: {len(found):,} uncensored contacts of {len(set(author)):,} authors, "
        f"{back.mean():.1%} followed by another; tested on the last {len(late):,} in time "
        f"({int(late.sum())} followed), of authors that the model never saw. Intervals by drawing "
        f"authors anew, {DRAWS:,} times."
    )
    for path in ("docs/results.md", "docs/results-analytics.md"):
        title = "Who comes back: airline_a"
        write_section(title, "python -m eval.returning", data, body, Path(path))


if __name__ == "__main__":
    main()
