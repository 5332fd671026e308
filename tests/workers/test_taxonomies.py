"""The correction loop on a real database: label, refit, compare, go live, measure."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from domain.base import now
from domain.conversation import Conversation
from domain.signal import AbstainReason, Origin, Signal, SignalKind, SubjectKind
from nlp.own.labels import labels_of
from nlp.own.library import Library
from nlp.own.model import OwnTaxonomy, TaxonomyError
from nlp.own.reading import OwnReading
from nlp.own.trust import trust
from storage import conversations, signals
from storage.database import Database
from storage.taxonomies import TaxonomyVersion
from tests.tiny_vectors import SPACE, TinyOwnTagger
from workers import taxonomy_read, taxonomy_refit, taxonomy_registry, taxonomy_trust
from workers import taxonomy_words as words
from workers.taxonomy_registry import MissingTaxonomyError

Make = Callable[..., Conversation]
TAGGER = TinyOwnTagger()
EXAMPLES = [(f"{w} parcel {n}", "parcel") for n, w in enumerate(("late", "lost", "no", "my"))] + [
    (f"{w} refund {n}", "refund") for n, w in enumerate(("late", "wrong", "no", "my"))
]


@pytest.fixture
def shop(database: Database) -> TaxonomyVersion:
    bundle = taxonomy_refit.fit_bundle(TAGGER.vectors, "shop", EXAMPLES)
    return taxonomy_registry.register(database, bundle)


@pytest.fixture
def stored(database: Database, make: Make) -> list[Conversation]:
    texts = [f"where is my parcel {n}" for n in range(4)]
    texts += [f"my voucher code fails {n}" for n in ("x", "y", "z", "v", "w")]
    records = [make(str(n), text, user=f"u{n}") for n, text in enumerate(texts)]
    with database.session() as session:
        conversations.save_many(session, records, now())
    return records


def correct(database: Database, stored: list[Conversation], label: str) -> list[words.Refused]:
    said = [words.Word(c.id, 0, label) for c in stored]
    return words.say(database, "shop", said, "ann")


def test_corrections_become_a_version_that_is_better_where_it_was_wrong(
    database: Database, shop: TaxonomyVersion, stored: list[Conversation]
) -> None:
    with pytest.raises(TaxonomyError, match="queue"):
        taxonomy_refit.refit(database, TAGGER.vectors, shop)
    assert correct(database, stored[4:], "voucher") == []
    fitted = taxonomy_refit.refit(database, TAGGER.vectors, shop)
    assert fitted.version.number == 2
    assert fitted.version.description["parent"] == shop.version
    assert fitted.gain is not None
    assert fitted.gain.corrections_after > fitted.gain.corrections_before
    before = taxonomy_registry.load(database, shop).taxonomy
    diff = taxonomy_read.diff(database, TAGGER, before, fitted.bundle.taxonomy)
    assert diff.conversations == len(stored)
    assert {move.after for move in diff.moves} >= {"voucher"}
    assert "voucher" not in dict(fitted.bundle.examples).values()  # they stay in the database


def test_what_is_labelled_leaves_the_queue(
    database: Database, shop: TaxonomyVersion, stored: list[Conversation]
) -> None:
    taxonomy = taxonomy_registry.load(database, shop).taxonomy
    first = taxonomy_read.next_to_label(database, TAGGER, taxonomy)
    correct(database, [c for c in stored if c.id == first[0].reading.conversation_id], "oos")
    ids = {q.reading.conversation_id for q in taxonomy_read.next_to_label(
        database, TAGGER, taxonomy)}  # fmt: skip
    assert first[0].reading.conversation_id not in ids


def test_a_word_that_cannot_be_kept_is_named_and_the_others_are_kept(
    database: Database, shop: TaxonomyVersion, stored: list[Conversation]
) -> None:
    given = [
        words.Word("cnv_nobody", 0, "refund"),
        words.Word(stored[0].id, 7, "refund"),
        words.Word(stored[1].id, None, "refund"),
    ]
    refused = words.say(database, "shop", given, "ann")
    assert [(r.place, r.field) for r in refused] == [(0, "conversation_id"), (1, "turn")]
    assert words.examples(database, "shop") == [(stored[1].turns[0].text, "refund")]


def test_a_person_may_say_several_labels_and_later_one(
    database: Database, shop: TaxonomyVersion, stored: list[Conversation]
) -> None:
    first = stored[0]

    def learned(*more: str) -> list[object]:
        words.say(database, "shop", [words.Word(first.id, 0, "refund", more)], "ann")
        return [labels for _, labels in words.examples(database, "shop")]

    assert [set(one) for one in learned("parcel")] == [{"refund", "parcel"}]
    with database.reading() as session:
        found = signals.effective(session, [first.id])[first.id]
    assert {s.label for s in found if s.subject_id == first.turn_id(0)} == {"refund", "parcel"}
    assert learned() == ["refund"]


def test_a_persons_word_stands_above_every_version(
    database: Database, shop: TaxonomyVersion, stored: list[Conversation]
) -> None:
    def machine(label: str, taxonomy: str) -> Signal:
        return Signal(
            subject_kind=SubjectKind.TURN,
            subject_id=stored[0].turn_id(0),
            kind=SignalKind.INTENT,
            label=label,
            taxonomy=taxonomy,
            model=taxonomy,
            content_hash="h",
        )

    correct(database, stored[:1], "refund")
    for version, label in (("1", "parcel"), ("2", "voucher")):
        given = [machine("delivery_problem", "general@1"), machine(label, f"shop@{version}")]
        with database.session() as session:
            signals.replace(session, stored[0].id, given)
        with database.reading() as session:
            found = signals.effective(session, [stored[0].id])[stored[0].id]
            journeys_see = signals.general(session, [stored[0].id])[stored[0].id]
        turn = {s.label: s.origin for s in found if s.subject_kind is SubjectKind.TURN}
        assert turn == {"delivery_problem": Origin.MACHINE, "refund": Origin.PERSON}
        assert [s.label for s in journeys_see] == ["delivery_problem"]


def test_versions_go_live_and_back(database: Database, shop: TaxonomyVersion) -> None:
    other = taxonomy_registry.register(
        database, taxonomy_refit.fit_bundle(TAGGER.vectors, "shop", EXAMPLES[1:])
    )
    with pytest.raises(TaxonomyError, match="train it again"):
        taxonomy_registry.go_live(database, shop, "other@2", "ann")
    for version in (shop, other):
        taxonomy_registry.go_live(database, version, SPACE, "ann")
    assert taxonomy_registry.find(database, "shop", "live").number == 2
    assert taxonomy_registry.rollback(database, "shop", "ann").number == 1
    with pytest.raises(MissingTaxonomyError, match="nothing to go back to"):
        taxonomy_registry.rollback(database, "shop", "ann")
    taxonomy_registry.retire(database, "shop", "ann")
    assert not taxonomy_registry.find(database, "shop").live
    for wrong in ("9", "live", "zzzz"):
        with pytest.raises(MissingTaxonomyError, match=shop.version):
            taxonomy_registry.find(database, "shop", wrong)


def test_what_was_trained_without_a_database_is_taken_in(
    database: Database, tmp_path: Path
) -> None:
    library = Library(tmp_path)
    for examples in (EXAMPLES, EXAMPLES[1:]):
        library.save(taxonomy_refit.fit_bundle(TAGGER.vectors, "shop", examples))
    for _ in range(2):
        taxonomy_registry.take_in(database, library)
    assert taxonomy_registry.find(database, "shop", "newest").number == 2
    assert taxonomy_registry.find(database, "shop", library.chosen("shop")[:5]).number == 2


def test_a_labelled_sample_tells_how_far_to_trust(
    database: Database,
    shop: TaxonomyVersion,
    stored: list[Conversation],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    taxonomy = taxonomy_registry.load(database, shop).taxonomy
    lines = taxonomy_trust.sample(database, TAGGER, shop, taxonomy, 200)
    assert len(lines) == len(stored)
    rows: list[dict[str, object] | None] = [
        {**vars(line), "label": "parcel" if "parcel" in line.text else "oos"} for line in lines
    ]
    assert "machine" not in (rows[0] or {})
    bad: list[dict[str, object] | None] = [None, {**(rows[0] or {}), "label": "nonsense"},
                                           {**(rows[1] or {}), "label": ""}]  # fmt: skip
    good, wrong, empty = taxonomy_trust.read_sheet(
        [*bad, *rows], shop.version, taxonomy.head.labels
    )
    assert [(b.number, b.field) for b in wrong] == [(1, "line"), (2, "label")]
    assert (len(good), empty) == (len(stored), 1)
    told: list[tuple[int, int]] = []
    monkeypatch.setattr(taxonomy_trust, "_BATCH", 2)
    judged = taxonomy_trust.judge(
        database, TAGGER, taxonomy, good, lambda done, total: told.append((done, total))
    )
    assert told == [(n, len(good)) for n in [*range(0, len(good), 2), len(good)]]
    found = trust(judged, 20)
    assert found.labelled == len(stored)
    assert found.safe is None  # nine labels show nothing


def test_a_sample_takes_several_labels_and_none(
    database: Database, shop: TaxonomyVersion, stored: list[Conversation]
) -> None:
    taxonomy = taxonomy_registry.load(database, shop).taxonomy
    lines = taxonomy_trust.sample(database, TAGGER, shop, taxonomy, 200)
    parcel = next(vars(line) for line in lines if "parcel" in line.text)
    voucher = next(vars(line) for line in lines if "voucher" in line.text)
    rows: list[dict[str, object] | None] = [
        {**parcel, "labels": ["refund", "parcel"]},
        {**parcel, "labels": ["refund"]},
        {**voucher, "labels": []},
        {**parcel, "labels": ["refund", "nonsense"]},
        {**parcel, "labels": "refund"},
        {**parcel, "label": "parcel", "labels": ["refund"]},
    ]
    good, wrong, empty = taxonomy_trust.read_sheet(rows, shop.version, taxonomy.head.labels)
    assert [line.labels for line in good] == [("refund", "parcel"), ("refund",), ("oos",)]
    assert ([(b.number, b.field) for b in wrong], empty) == ([(n, "labels") for n in (4, 5, 6)], 0)
    judged = taxonomy_trust.judge(database, TAGGER, taxonomy, good)
    assert [j.right for j in judged] == [True, False, judged[2].abstained]
    assert judged[2].abstained


def test_none_of_the_labels_is_a_word_too(
    database: Database, shop: TaxonomyVersion, stored: list[Conversation]
) -> None:
    said = [
        words.Word.of(stored[0].id, 0, []),
        words.Word.of(stored[1].id, 0, ["oos", "refund", "parcel", "refund"]),
    ]
    assert [word.labels for word in said] == [("oos",), ("refund", "parcel")]
    assert words.say(database, "shop", said, "ann") == []
    learned = {labels_of(labels) for _, labels in words.examples(database, "shop")}
    assert {frozenset(labels) for labels in learned} == {
        frozenset({"oos"}),
        frozenset({"refund", "parcel"}),
    }


class Torn(TinyOwnTagger):
    """Is torn between two labels wherever both are spoken of, and knows none for the rest."""

    def read_own(
        self, conversations: Sequence[Conversation], taxonomy: OwnTaxonomy
    ) -> list[OwnReading]:
        return [
            replace(
                reading,
                labels=(),
                reason=AbstainReason.CLOSE_CALL
                if "parcel refund" in reading.text
                else AbstainReason.LOW_PROBABILITY,
            )
            for reading in super().read_own(conversations, taxonomy)
        ]


def test_a_close_call_between_two_labels_is_no_gap(
    database: Database, shop: TaxonomyVersion, make: Make
) -> None:
    texts = ["late parcel refund", "late voucher code"] * 4
    records = [make(str(n), text, user=f"u{n}") for n, text in enumerate(texts)]
    with database.session() as session:
        conversations.save_many(session, records, now())
    taxonomy = taxonomy_registry.load(database, shop).taxonomy
    found = taxonomy_read.gaps(database, Torn(), taxonomy)
    assert [reading.text for reading in found.without] == texts[1::2]
    assert (found.unsure, found.close_calls, found.close_share) == (8, 4, 0.5)
    assert [len(group.places) for group in found.groups] == [4]
    fewer = taxonomy_read.gaps(database, Torn(), taxonomy, least=5)
    assert (fewer.groups, fewer.close_calls) == ([], 4)


def test_a_threshold_is_set_without_training(
    database: Database, shop: TaxonomyVersion, stored: list[Conversation]
) -> None:
    assert (shop.description["threshold"], shop.description["wrong_costs"]) == (0.5, 2.0)
    base = taxonomy_registry.load(database, shop).taxonomy
    surest = max(r.probability for r in TAGGER.read_own(stored, base) if not r.abstained)
    above = (surest + 1) / 2
    made, bundle = taxonomy_registry.with_threshold(database, shop, above)
    assert (made.number, made.live, made.description["parent"]) == (2, False, shop.version)
    assert made.description["threshold"] == pytest.approx(above, abs=1e-4)
    assert made.description["labels"] == shop.description["labels"]
    careful = taxonomy_registry.load(database, made).taxonomy
    assert careful.threshold == pytest.approx(above) == bundle.taxonomy.threshold
    diff = taxonomy_read.diff(database, TAGGER, base, careful)
    assert {(move.before, move.after) for move in diff.moves} == {("parcel", "unsure")}
    assert diff.unsure_after == 1
    back, _ = taxonomy_registry.with_threshold(database, made, 0.5)
    assert back == shop  # the same content is the same version
    correct(database, stored[4:], "voucher")
    refitted = taxonomy_refit.refit(database, TAGGER.vectors, made)
    assert refitted.version.description["threshold"] == made.description["threshold"]
