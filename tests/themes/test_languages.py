import numpy as np

from domain.theme import Teller
from themes.languages import foreign, parted
from themes.names import Saying, label

EVERY = ["en"] * 80 + ["de"] * 12 + ["es"] * 8


def test_a_group_that_its_language_holds_together_is_parted_by_language() -> None:
    labels = np.array([0] * 80 + [1] * 20)
    found = parted(labels, EVERY, 5)
    assert found[:80].tolist() == [0] * 80
    assert found[80:92].tolist() == [1] * 12
    assert found[92:].tolist() == [2] * 8


def test_a_reason_that_is_told_in_many_languages_stays_one() -> None:
    labels = np.array([0, 1] * 50)
    assert parted(labels, EVERY, 3).tolist() == labels.tolist()


def test_what_is_too_little_to_stand_alone_stays_and_what_is_not_sure_too() -> None:
    languages = ["en"] * 20 + ["de"] * 6 + ["es"] * 2 + [None] * 2
    labels = np.array([0] * 20 + [1] * 10)
    assert parted(labels, languages, 3).tolist() == labels.tolist()


def test_a_theme_of_another_language_says_which() -> None:
    assert foreign(["de", "de", None, "de"], EVERY) == "German"
    assert foreign(["de", "es", "fr"], EVERY) == "Other languages"
    assert foreign(["en", "de"], ["en", "de"] * 5) is None
    assert foreign(["en"] * 9, ["en"] * 9) is None
    said = [Saying("…", Teller(person=name)) for name in "ab"]
    assert label([], said, "German") == "German: mixed reasons"
