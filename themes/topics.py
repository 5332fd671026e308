"""Phrases that stand for a theme: class-based TF-IDF (Grootendorst 2022), BERTopic's own."""

from collections.abc import Callable, Sequence
from functools import cache
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path

import numpy as np
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer

from themes.phrases import phrases
from themes.space import Ints

_CANDIDATES = 100


def _keys(text: str) -> list[str]:
    return [phrase.key for phrase in phrases(text)]


def key_words(texts: Sequence[str], labels: Ints) -> list[list[str]]:
    """Find the phrases that are more frequent in a theme than elsewhere.

    Parameters
    ----------
    texts : sequence of str
        N of them.
    labels : int64 array of shape (N,)
        Themes, 0 to K-1; -1 for texts of none, which count as one theme more.

    Returns
    -------
    list of list of str
        For each of the K themes the keys of its phrases, best first; 100 at most.
    """
    count = int(labels.max(initial=-1)) + 1
    vectorizer = CountVectorizer(analyzer=_keys)
    try:
        said = vectorizer.fit_transform(texts)
    except ValueError:  # not one phrase in all texts
        return [[] for _ in range(count)]
    rows = np.where(labels < 0, count, labels)
    ones = np.ones(len(rows))
    joint = sparse.csr_matrix((ones, (rows, np.arange(len(rows)))), (count + 1, len(rows))) @ said
    weights = _transformer()(bm25_weighting=True, reduce_frequent_words=True).fit_transform(joint)
    names = vectorizer.get_feature_names_out()
    return [_best(weights[place], names) for place in range(count)]


def _best(row: sparse.csr_matrix, names: Sequence[str]) -> list[str]:
    order = np.lexsort((row.indices, -row.data))[:_CANDIDATES]
    return [str(names[row.indices[one]]) for one in order if row.data[one] > 0]


@cache
def _transformer() -> Callable[..., TfidfTransformer]:
    """Load the transformer from its file.

    ``import bertopic`` would bring torch, transformers, UMAP and numba: half a gigabyte that
    nothing here needs.
    """
    package = find_spec("bertopic")
    if package is None or package.origin is None:
        raise ImportError("bertopic is missing: install throughline[themes]")
    path = Path(package.origin).parent / "vectorizers" / "_ctfidf.py"
    spec = spec_from_file_location("_throughline_ctfidf", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"bertopic has no {path.name} where it was: use a pinned version")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    made: Callable[..., TfidfTransformer] = module.ClassTfidfTransformer
    return made
