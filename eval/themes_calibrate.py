"""Fit the constants of ``themes/calibration.py``: ``python -m eval.themes_calibrate``."""

import numpy as np
from rich.console import Console
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from eval.themes_measures import belongs
from eval.themes_sets import OOS, tuning
from themes.calibration import MARGIN_LIMIT
from themes.discover import discover

console = Console(width=160)


def main() -> None:
    """Fit on the tuning sets, each set counting the same, and print what to write down."""
    features, targets, weights, scopes = [], [], [], []
    for data in tuning():
        model = discover(data.texts.tolist(), data.vectors, "tuning")
        found, density, margin = model.assigner.evidence(data.vectors)
        _, low, usual = model.assigner.scale.tolist()
        alike = (density - low) / (usual - low)
        features.append(np.stack([alike, np.minimum(margin, MARGIN_LIMIT)], axis=1))
        targets.append(belongs(data.labels, found, OOS))
        weights.append(np.full(len(found), 1000 / len(found)))
        scopes.append(data.labels != OOS)
        console.print(
            data.name, len(found), "themes", len(model.themes), "right", targets[-1].mean()
        )
    inputs, right, scope = np.concatenate(features), np.concatenate(targets), np.concatenate(scopes)
    fitted = LogisticRegression(C=1e4).fit(inputs, right, sample_weight=np.concatenate(weights))
    scores = fitted.predict_proba(inputs)[:, 1]
    console.print("density, margin", fitted.coef_[0], "offset", fitted.intercept_)
    for own, features_of, inside in zip(targets, features, scopes, strict=True):
        part = fitted.predict_proba(features_of)[:, 1]
        outside = part[~inside]
        console.print(
            "mean score",
            part.mean(),
            "right",
            own.mean(),
            "in scope, score at 1, 5, 10 %",
            np.quantile(part[inside], [0.01, 0.05, 0.1]),
            "out of scope at 50, 70, 90 %",
            np.quantile(outside, [0.5, 0.7, 0.9]) if len(outside) else "-",
        )
    console.print(
        "AUROC right", roc_auc_score(right, scores), "scope", roc_auc_score(scope, scores)
    )


if __name__ == "__main__":
    main()
