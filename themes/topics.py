"""BERTopic with our parts in its sockets: no dimension is reduced, groups are ours."""

import warnings
from collections.abc import Sequence

from sklearn.feature_extraction.text import CountVectorizer

from themes.phrases import phrases
from themes.socket import Consensus
from themes.space import Floats

with warnings.catch_warnings():
    # Importing it warns of parts that are not installed, and mutes warnings everywhere.
    warnings.simplefilter("ignore")
    from bertopic import BERTopic
    from bertopic.dimensionality import BaseDimensionalityReduction
    from bertopic.vectorizers import ClassTfidfTransformer

_CANDIDATES = 100


def _keys(text: str) -> list[str]:
    return [phrase.key for phrase in phrases(text)]


def key_words(texts: Sequence[str], unit: Floats, socket: Consensus) -> list[list[str]]:
    """Run BERTopic with our grouping in its clustering socket (Grootendorst 2022).

    Parameters
    ----------
    texts : sequence of str
        N of them.
    unit : float32 array of shape (N, D)
        Centred, of length 1.
    socket : Consensus
        Is fitted here.

    Returns
    -------
    list of list of str
        For each theme the keys of its phrases by class-based TF-IDF, best first.
    """
    topics = BERTopic(
        umap_model=BaseDimensionalityReduction(),
        hdbscan_model=socket,
        vectorizer_model=CountVectorizer(analyzer=_keys),
        ctfidf_model=ClassTfidfTransformer(bm25_weighting=True, reduce_frequent_words=True),
        top_n_words=_CANDIDATES,
    )
    given, _ = topics.fit_transform(list(texts), unit)
    # BERTopic numbers its topics anew; ours keep the socket's numbers.
    number = dict(zip(given, socket.labels_.tolist(), strict=True))
    count = int(socket.labels_.max(initial=-1)) + 1
    found: list[list[str]] = [[] for _ in range(count)]
    for topic, words in topics.get_topics().items():
        if number[topic] >= 0:
            found[number[topic]] = [word for word, weight in words if word and weight > 0]
    return found
