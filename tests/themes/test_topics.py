import subprocess
import sys

import numpy as np
import pytest

from tests.themes.conftest import Collection
from themes.discover import discover
from themes.socket import Consensus
from themes.space import centred, middle
from themes.topics import key_words


def test_phrases_of_a_theme_are_those_that_others_do_not_say() -> None:
    texts = ["cancel my policy", "cancel the policy", "pay my bill", "pay the bill", "bill, policy"]
    found = key_words(texts, np.array([0, 0, 1, 1, -1]))
    assert found[0][0] in ("cancel", "cancel policy")
    assert "pay" in found[1][0]


def test_letters_of_other_languages_stay_and_no_phrase_spans_two_texts() -> None:
    texts = ["Kündigung bestätigen", "Kündigung bestätigen", "Schlüssel verloren", "Gerät defekt"]
    found = key_words(texts, np.array([0, 0, 1, 1]))
    assert {"kündigung", "bestätigen"} <= set(found[0])
    assert not any({"verloren", "gerät"} <= set(key.split()) for key in found[1])


def test_texts_without_a_phrase_have_themes_without_words() -> None:
    assert key_words(["…", "?"], np.array([0, 1])) == [[], []]


def test_who_fits_loads_neither_torch_nor_a_compiler() -> None:
    code = (
        "import sys, numpy as np\n"
        "from themes.topics import key_words\n"
        "from themes.discover import discover\n"
        "key_words(['cancel policy', 'pay bill'], np.array([0, 1]))\n"
        "heavy = {'bertopic', 'umap', 'numba', 'torch', 'transformers', 'hdbscan', 'plotly'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    command = [sys.executable, "-W", "ignore", "-c", code]
    told = subprocess.run(command, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # importing it warns of parts that are not installed
def test_the_grouping_fits_the_clustering_socket_of_bertopic(collection: Collection) -> None:
    from bertopic import BERTopic
    from bertopic.dimensionality import BaseDimensionalityReduction

    unit = centred(collection.vectors, middle(collection.vectors))
    topics = BERTopic(umap_model=BaseDimensionalityReduction(), hdbscan_model=Consensus())
    given, _ = topics.fit_transform(collection.texts, unit)
    model = discover(collection.texts, collection.vectors, "space@1")
    assert len(set(given)) == len(model.themes) == 5
