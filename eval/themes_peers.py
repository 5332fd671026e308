"""What a user would take otherwise, on the same vectors: BERTopic's defaults and k-means."""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from bertopic import BERTopic
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score
from umap import UMAP

from eval.themes_measures import Codes
from eval.themes_sets import CACHE, LabelledTexts


def bertopic(data: LabelledTexts, seed: int = 0) -> dict[str, Codes]:
    """Fit BERTopic as it comes, but seeded, and repair its outliers by its own method."""
    reduction = UMAP(  # BERTopic's defaults, and a seed
        n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", random_state=seed
    )
    topics = BERTopic(umap_model=reduction)
    given, _ = topics.fit_transform(data.texts.tolist(), data.vectors)
    found = {"BERTopic": np.array(given, np.int64)}
    repaired = topics.reduce_outliers(data.texts.tolist(), list(given)) if -1 in given else given
    found["BERTopic, reduce_outliers"] = np.array(repaired, np.int64)
    return found


def kmeans(data: LabelledTexts, seed: int = 0) -> dict[str, Codes]:
    """Fit k-means with the k, of 20 from 5 to 250, that has the best silhouette by cosine."""
    best, chosen = -2.0, np.zeros(len(data.texts), np.int64)
    for count in np.unique(np.geomspace(5, min(250, len(data.texts) // 4), 20).astype(int)):
        labels = KMeans(count, n_init=1, random_state=seed).fit_predict(data.vectors)
        value = silhouette_score(data.vectors, labels, metric="cosine")
        if value > best:
            best, chosen = value, labels.astype(np.int64)
    return {"k-means, silhouette": chosen}


def remembered(
    data: LabelledTexts, peer: Callable[[LabelledTexts], dict[str, Codes]]
) -> dict[str, Codes]:
    """Give a peer's answer, from ``var/themes`` where it was computed before."""
    path = Path(CACHE / "peers" / f"{peer.__name__}-{data.name.replace('/', '_')}.npz")
    if not path.exists():
        start = time.perf_counter()
        found = peer(data)
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(path, allow_pickle=False, seconds=time.perf_counter() - start, **found)
    with np.load(path) as stored:
        return {name: stored[name] for name in stored.files if name != "seconds"}
