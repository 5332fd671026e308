"""At the third event of an incident: will it be pushed to second line, will it play ping-pong.

``python -m eval.mining_early`` writes a table for docs/results.md to standard output.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from eval.mining import LOGS, read, write
from journey.mining.lately import lately
from journey.mining.markov import Floats
from journey.mining.measured import ece
from journey.mining.prefixes import LAST, Case, Encoder, learn, prefixes

KNOWN = 3
DRAWS = 500
LATEST = 0.25
"""Share of training cases, the latest, on which chances are calibrated."""
Bools = NDArray[np.bool_]


def groups(case: Case) -> list[str]:
    """Give the support team of each event."""
    return [str(event.attributes.get("org:group")) for event in case.events]


def pushed(case: Case) -> bool | None:
    """Say whether a second or third line team gets it later; None if one has had it."""
    later_line = ["2nd" in group or "3rd" in group for group in groups(case)]
    return None if any(later_line[:KNOWN]) else any(later_line[KNOWN:])


def ping_pong(case: Case) -> bool | None:
    """Say whether it later goes back to a team that had given it away."""
    teams = groups(case)
    return any(
        teams[place] != teams[place - 1] and teams[place] in teams[: place - 1]
        for place in range(KNOWN, len(teams))
    )


QUESTIONS: dict[str, Callable[[Case], bool | None]] = {
    "push to second line": pushed,
    "ping-pong": ping_pong,
}


def third(held: list[Case], encoder: Encoder, everything: list[Case]) -> Floats:
    """Give what is known at the third event, shape (cases, columns)."""
    recent = lately([(case.case_id, case.events) for case in everything], encoder.names)
    known = [Case(case.case_id, case.events[:KNOWN]) for case in held]
    found = prefixes(known, encoder, recent)
    return np.asarray(found.features[found.length == KNOWN])


def compare(title: str, everything: list[Case]) -> list[str]:
    """Train on the cases that started first; score both models on the last fifth.

    Training cases are whole. The log holds cases by the month in which they were closed, so hardly
    any of them ended before the last fifth began.
    """
    ask = QUESTIONS[title]
    asked = [c for c in everything if len(c.events) > KNOWN and ask(c) is not None]
    second = int(len(asked) * 0.8)
    train = asked[:second]
    encoder = learn(train, LOGS[1].fields)
    parts = [third(part, encoder, everything) for part in (train, asked[second:])]
    truth = [np.array([bool(ask(case)) for case in part]) for part in (train, asked[second:])]
    codes = LAST + len(encoder.fields)
    counts = slice(codes, codes + encoder.size)
    plain = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    plain.fit(parts[0][:, counts], truth[0])
    boosted = _boosted(encoder).fit(parts[0], truth[0])
    chance = boosted.predict_proba(parts[1])[:, 1]
    sure = {
        "logistic regression on counts": plain.predict_proba(parts[1][:, counts])[:, 1],
        "gradient boosting": chance,
        "the same, calibrated on the latest part of training": _recalibrated(
            parts[0], truth[0], encoder, chance
        ),
    }
    return rows(title, len(train), truth[1], sure)


def _boosted(encoder: Encoder) -> HistGradientBoostingClassifier:
    return HistGradientBoostingClassifier(
        max_iter=120,
        learning_rate=0.05,
        max_leaf_nodes=15,
        l2_regularization=5.0,
        categorical_features=encoder.categorical,
        early_stopping=False,
        random_state=0,
    )


def _recalibrated(features: Floats, truth: Bools, encoder: Encoder, chance: Floats) -> Floats:
    """Bend the chances as suits the latest part of training (Platt 1999).

    A model of the earlier part foretells the later one; how its log odds must be scaled and moved
    there is applied to the model of all. The latest part tells how often yes has become.
    """
    early = int(len(truth) * (1 - LATEST))
    trial = _boosted(encoder).fit(features[:early], truth[:early])
    seen = logit(trial.predict_proba(features[early:])[:, 1])[:, None]
    bent = LogisticRegression(C=np.inf).fit(seen, truth[early:])
    return np.asarray(bent.predict_proba(logit(chance)[:, None])[:, 1])


def rows(title: str, trained: int, truth: Bools, sure: dict[str, Floats]) -> list[str]:
    """Write a row for each model, with 95 % intervals over test cases."""
    random = np.random.default_rng(0)
    drawn = [random.integers(0, len(truth), len(truth)) for _ in range(DRAWS)]
    aucs = {m: np.array([roc_auc_score(truth[d], p[d]) for d in drawn]) for m, p in sure.items()}
    first = next(iter(sure))
    lines = []
    for model, chance in sure.items():
        low, high = np.quantile(aucs[model], [0.025, 0.975])
        better = np.quantile(aucs[model] - aucs[first], [0.025, 0.975])
        lines.append(
            f"| {title} | {trained:,} / {len(truth):,} ({truth.mean():.0%} yes) | {model} "
            f"| {roc_auc_score(truth, chance):.3f} ({low:.3f} to {high:.3f}) "
            f"| {better[0]:+.3f} to {better[1]:+.3f} | {ece(chance, truth):.3f} |"
        )
    return lines


def main() -> None:
    """Write the table."""
    write(
        [
            "| question | train / test cases | model | AUC (95% interval) | better by | ECE |",
            "| --- | --- | --- | --- | --- | --- |",
        ]
    )
    everything = read(LOGS[1])
    for title in QUESTIONS:
        write(compare(title, everything))


if __name__ == "__main__":
    main()
