"""What people decide by: the queue, the diff, gaps, the report per label, the trust report."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.conversation import Channel
from nlp.own.bundle import Bundle, bundle_of, load_bundle, without_identifiers
from nlp.own.compare import compare
from nlp.own.fit import fit_examples
from nlp.own.folds import Answer, crossed, folds_of
from nlp.own.gain import measure_gain, with_corrections
from nlp.own.gaps import find_gaps
from nlp.own.labels import answer_on
from nlp.own.library import Library, is_name
from nlp.own.model import OOS, TaxonomyError
from nlp.own.queue import queue
from nlp.own.reading import OwnReading
from nlp.own.report import label_report, page
from nlp.own.trust import Judged, trust
from nlp.own.trust_sample import draw
from tests.tiny_vectors import TinyVectors, row_of

VECTORS = TinyVectors()
EXAMPLES = [
    (f"{verb} {noun} {n}", label)
    for label, nouns in {"parcel": ("parcel", "box"), "refund": ("refund", "money")}.items()
    for noun in nouns
    for n, verb in enumerate(("where is", "about", "late", "no"))
]


def reading(
    id_: str, text: str, probability: float, label: str | None = "a", *, holds: bool = True
) -> OwnReading:
    labels = (label,) if holds and label else ()
    return OwnReading(id_, Channel.CHAT, label, labels, probability, 0, text, row_of(text))


def test_a_version_is_the_same_after_any_way_of_keeping_it(tmp_path: Path) -> None:
    bundle = Bundle(fit_examples(VECTORS, "shop", EXAMPLES), tuple(EXAMPLES))
    again = bundle_of(bundle.to_bytes())
    assert again.taxonomy.version == bundle.taxonomy.version
    assert again.examples == bundle.examples
    library = Library(tmp_path)
    assert library.save(bundle) == library.save(bundle) == bundle.taxonomy.version
    other = Bundle(fit_examples(VECTORS, "shop", EXAMPLES[1:]), tuple(EXAMPLES[1:]))
    library.save(other)
    assert library.versions("shop") == [bundle.taxonomy.version, other.taxonomy.version]
    assert library.load("shop").taxonomy.version == other.taxonomy.version
    assert library.load("shop", bundle.taxonomy.version).examples == bundle.examples
    with pytest.raises(TaxonomyError, match=other.taxonomy.version):
        library.load("shop", "00000000")


def test_no_identifier_is_kept_with_a_version() -> None:
    ((text, _),) = without_identifiers([("write to ada@example.org", "mail")])
    assert "ada" not in text


@pytest.mark.parametrize("name", ["", "general", "a/b", "..", "x" * 65, "a b"])
def test_a_name_that_could_mislead_is_none(name: str) -> None:
    assert not is_name(name)


def test_the_queue_asks_where_an_answer_settles_most() -> None:
    many = [
        reading(f"m{n}", f"lost my card yesterday so please block it now for me {n}", 0.5)
        for n in range(6)
    ]
    few = [reading("rare", "odd thing entirely", 0.4), reading("sure", "hello world", 0.99)]
    found = queue([*few, *many, reading("quiet", "thanks", 0.0, None)])
    ids = [item.reading.conversation_id for item in found]
    assert ids[0].startswith("m")
    assert found[0].volume == 6
    assert sum(id_.startswith("m") for id_ in ids) < 6  # near-duplicates wait for the next queue
    assert ids.index("rare") < ids.index("sure")
    assert "quiet" not in ids
    assert queue([]) == []


def test_what_the_heads_do_not_understand_is_not_asked_about() -> None:
    known = reading("en", "my card is lost", 0.5)
    strange = replace(reading("fr", "ma carte est perdue", 0.1), understood=False)
    assert [item.reading.conversation_id for item in queue([strange, known])] == ["en"]


def test_texts_with_several_labels_are_kept_and_asked_about(tmp_path: Path) -> None:
    both = ("parcel and refund", ("parcel", "refund"))
    examples = [*EXAMPLES, both, ("late parcel no refund", ("refund", "parcel"))]
    bundle = Bundle(fit_examples(VECTORS, "shop", examples), tuple(examples))
    bundle.save(tmp_path)
    assert load_bundle(tmp_path).examples == tuple(examples)
    answers = crossed(VECTORS, examples)
    assert answers[len(EXAMPLES)].truth in both[1]
    assert measure_gain(VECTORS, EXAMPLES, examples[len(EXAMPLES) :]) is not None


def test_a_diff_tells_what_moves_where() -> None:
    before = [reading("1", "x", 0.9), reading("2", "y", 0.4, holds=False), reading("3", "z", 0.9)]
    after = [reading("1", "x", 0.9), reading("2", "y", 0.8, "b"), reading("3", "z", 0.7, "b")]
    found = compare(before, after)
    assert (found.conversations, found.changed) == (3, 2)
    assert {(m.before, m.after, m.count) for m in found.moves} == {
        ("unsure", "b", 1),
        ("a", "b", 1),
    }
    assert found.unsure_before == pytest.approx(1 / 3)
    assert found.unsure_after == 0


def test_gaps_are_groups_with_a_name() -> None:
    texts = [f"my loyalty points are missing {n}" for n in ("again", "today", "now", "still")]
    texts += ["the app crashes", "completely unrelated words"]
    found = find_gaps(texts, np.stack([row_of(text) for text in texts]))
    assert [len(gap.places) for gap in found] == [4]
    assert "points" in found[0].name
    assert set(found[0].places) == {0, 1, 2, 3}
    assert find_gaps([], np.zeros((0, 4), np.float32)) == []


def test_each_example_is_asked_about_without_having_been_seen() -> None:
    answers = crossed(VECTORS, EXAMPLES)
    assert [(a.text, a.truth) for a in answers] == EXAMPLES
    assert sum(a.right for a in answers) > len(answers) * 0.7


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=40))
def test_folds_deal_each_label_out_evenly(labels: list[str]) -> None:
    folds = folds_of(labels)
    for label in set(labels):
        sizes = np.bincount(folds[[n == label for n in labels]], minlength=5)
        assert sizes.max() - sizes.min() <= 1


def test_corrections_are_worth_what_they_mend_on_texts_not_seen() -> None:
    fresh = [(f"voucher code {n}", "voucher") for n in ("fails", "gone", "expired", "wrong", "old")]
    gain = measure_gain(VECTORS, EXAMPLES, fresh)
    assert gain is not None
    assert gain.corrections_before == 0  # nobody knew the label
    assert gain.corrections_after > 0.5
    assert gain.after > gain.before
    assert (gain.examples, gain.corrections) == (len(EXAMPLES), 5)
    assert with_corrections([("A text", "x")], [("a text ", "y")]) == [("a text ", "y")]


def test_the_report_shows_confusions_with_the_texts_behind() -> None:
    answers = [
        Answer("one", "a", "a", 0.9, "a"),
        Answer("two", "a", "b", 0.8, "b"),
        Answer("<b>three</b>", "b", OOS, 0.3, "a"),
        Answer("joke", OOS, OOS, 0.1, "a"),
    ]
    found = label_report(answers)
    assert [row.label for row in found.rows] == ["b", "a"]
    worst = found.rows[0]
    assert (worst.recall, worst.unsure) == (0, 1)
    assert found.confusions[0].shown[0].text in ("two", "<b>three</b>")
    assert (found.accuracy, found.outside_caught) == (pytest.approx(1 / 3), 1)
    html = page("labels.html.j2", title="shop 1", report=found, how="left out")
    assert "&lt;b&gt;three" in html
    assert "<script" not in html
    says_its_heads(html)


def says_its_heads(page: str) -> None:
    """On a phone each row of these tables is a block, which must name what its numbers are."""
    tables = re.findall(r'<table class="stack">(.*?)</table>', page, re.DOTALL)
    assert tables
    for table in tables:
        assert table.count("<td") == table.count("data-head=") > 0


def judged(count: int, wrong: int, probability: float, weight: float = 1.0) -> list[Judged]:
    return [Judged(probability, n >= wrong, False, "chat", weight) for n in range(count)]


def test_automation_is_safe_only_where_the_lower_bound_says_so() -> None:
    found = trust([*judged(120, 0, 0.97), *judged(60, 20, 0.65)], error_cost=20)
    safe = found.safe
    assert safe is not None
    assert safe.threshold == pytest.approx(0.7)
    assert safe.right.low >= 0.95
    assert next(t for t in found.thresholds if t.threshold == 0.6).safe is False
    html = page("trust.html.j2", title="t", report=found, frame="180", verdict="v")
    assert "<svg" in html
    assert " %" not in html  # the verdict has none either
    says_its_heads(html)


def test_too_few_labels_are_told_not_hidden() -> None:
    found = trust(judged(20, 0, 0.97), error_cost=20)
    assert found.safe is None
    assert all(t.safe is None for t in found.thresholds)
    assert found.needed == 52


def test_weights_bring_the_sample_back_to_the_whole() -> None:
    found = trust([*judged(50, 0, 0.97, 18.0), *judged(50, 50, 0.65, 2.0)], error_cost=10)
    assert found.right.value == pytest.approx(0.9)
    assert found.right.low < 0.9 < found.right.high


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60), st.integers(1, 40))
def test_a_sample_stands_for_all(probabilities: list[float], count: int) -> None:
    stored = [reading(f"c{n}", "text", p) for n, p in enumerate(probabilities)]
    drawn = draw(stored, count)
    ids = [one.reading.conversation_id for one in drawn]
    assert len(ids) == len(set(ids)) == min(count, len(stored))
    strata = {one.stratum for one in drawn}
    if count >= 10:
        assert sum(one.weight for one in drawn) == pytest.approx(len(stored))
        assert len(strata) == len({one.stratum for one in draw(stored, len(stored))})


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ({"label": ""}, None),
        ({"label": "  ", "labels": None}, None),
        ({"label": " a "}, ("a",)),
        ({"label": "", "labels": ["b", "a", "b"]}, ("b", "a")),
        ({"label": "", "labels": []}, (OOS,)),
        ({"labels": ["oos", "a"]}, ("a",)),
        ({"label": 3}, "missing, or not a string"),
        ({"labels": "a"}, "not a list of strings"),
        ({"labels": [""]}, "missing, or not a string"),
        ({"label": "a", "labels": []}, "there is a label as well: keep one of the two fields"),
    ],
)
def test_sheets_are_read_alike(line: dict[str, object], said: object) -> None:
    assert answer_on(line) == said
