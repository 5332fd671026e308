"""Phrases, names, neighbours, statements and the page, each by itself."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.conversation import (
    Channel,
    Conversation,
    Part,
    PartKind,
    Role,
    Turn,
    Visibility,
)
from domain.interval import wilson
from domain.theme import Teller
from nlp.sentences import sentences
from tests.themes.conftest import Collection as Made
from themes.assign import Assignment, fit_assigner
from themes.model import Theme, ThemeModel
from themes.names import Key, Saying, distinct, label, ranked
from themes.neighbours import nearest
from themes.page_discovery import page
from themes.phrases import phrases
from themes.proper import Proper
from themes.sample import choose
from themes.space import Floats, centred, middle
from themes.statements import statements


def forms(text: str) -> list[str]:
    return [phrase.form for phrase in phrases(text)]


def saying(text: str, person: str = "", *intents: str) -> Saying:
    return Saying(text, Teller(person=person or text, intents=intents))


def keys_of(said: Sequence[Saying]) -> list[Key]:
    candidates = dict.fromkeys(phrase.key for one in said for phrase in phrases(one.text))
    return ranked(list(candidates), said, Proper(one.text for one in said))


def name_of(*said: Saying) -> str:
    return label(keys_of(said), said)


def test_phrases_are_short_as_in_a_note() -> None:
    found = forms("I want to cancel my policy with [PERSON_1] please")
    assert "cancel policy" in found
    assert not any("person" in phrase or "my" in phrase.split() for phrase in found)
    assert "refund not received" in forms("I still haven't received my refund")
    assert "card not working" in forms("My card is not working")
    assert "top up card" in forms("How do I top up my card?")
    assert forms("I don't know how to pay, @brand")[-1] == "pay"


def test_forms_of_one_phrase_have_one_key() -> None:
    told = (
        "my refund was not received",
        "I have not received any refunds",
        "refund never received",
    )
    keys = [{phrase.key for phrase in phrases(text)} for text in told]
    assert "receiv refund not" in set.intersection(*keys)


def test_no_phrase_begins_or_ends_with_a_number_or_with_saying() -> None:
    found = forms("He said on Friday the refund of 120 EUR was not paid, says card")
    assert "refund" in found
    assert "not paid" in found
    ends = {word for phrase in found for word in (phrase.split()[0], phrase.split()[-1])}
    assert not ends & {"said", "says", "120", "friday"}


@given(st.text(max_size=200))
def test_any_text_can_be_cut(text: str) -> None:
    assert all(form.strip() for form in forms(text))
    label(keys_of([saying(text)]), [saying(text)])


def test_a_name_says_what_is_wanted_with_what() -> None:
    texts = ("please cancel my policy", "cancel the policy today", "my policy, cancel", "cancel it")
    assert name_of(*(saying(text) for text in texts)) == "Cancel policy"


def test_what_one_customer_says_names_no_theme() -> None:
    often = [saying(f"litho press invoice number {word}", "one") for word in ("a", "b", "c", "d")]
    others = [saying("the address on the bill is wrong", f"p{n}") for n in range(3)]
    assert "litho" not in name_of(*often, *others).lower()


def test_names_of_products_and_places_name_no_theme() -> None:
    said = [saying(f"my flight to Lisbon was cancelled, {n} of us", f"p{n}") for n in range(2)]
    said += [saying(f"a flight was cancelled and {n} wait", f"q{n}") for n in range(6)]
    assert name_of(*said) == "Flight cancelled"


def test_an_intent_that_customers_agree_on_is_the_name_with_what_it_is_about() -> None:
    said = [
        saying("the bed has no screws", "a", "delivery_problem"),
        saying("one leg of my bed is broken", "b", "delivery_problem"),
        saying("wrong colour", "c", "delivery_problem"),
        saying("where do I send it", "d"),
    ]
    assert name_of(*said) == "Delivery problem: bed"


def test_what_few_customers_want_says_more_than_words_that_two_of_them_share() -> None:
    said = [
        saying("send me all data you hold", "a", "privacy_request"),
        saying("all data you hold on me please", "b", "privacy_request"),
        saying("what did the burglar see", "c", "privacy_request"),
        saying("the accountant does not take it", "d"),
    ]
    assert name_of(*said) == "Privacy request: data hold"


def test_a_word_that_few_of_a_small_theme_share_is_said_to_be_mixed() -> None:
    said = [saying(f"the seat {word}", word) for word in ("bag", "child")]
    said += [saying(text, text) for text in ("waiting since noon", "referral bonus", "old lamp")]
    assert name_of(*said).startswith("Mixed")


def test_a_theme_without_words_has_a_name_too() -> None:
    assert name_of(saying("…")) == "Unnamed theme"
    assert name_of(saying("x y", "a"), saying("v w", "b")) == "Mixed reasons"


def test_no_two_themes_bear_one_name() -> None:
    names = distinct(["Card", "Card", "Card"], [["card"], ["card", "lost"], ["card"]])
    assert names == ["Card", "Card, lost", "Card (2)"]


def test_neighbours_are_the_nearest(collection: Made) -> None:
    unit = centred(collection.vectors, middle(collection.vectors))
    found = nearest(unit, 7)
    full = unit @ unit.T
    np.fill_diagonal(full, -2)
    assert np.allclose(found.similarities, -np.sort(-full, axis=1)[:, :7], atol=2e-5)
    assert not np.any(found.places == np.arange(len(unit))[:, None])


def test_neighbours_of_a_part_are_in_the_part(collection: Made) -> None:
    unit = centred(collection.vectors, middle(collection.vectors))
    kept = np.random.default_rng(0).random(len(unit)) < 0.5
    graph = nearest(unit, 12).among(kept, 5).graph()
    assert graph.shape == (kept.sum(), kept.sum())
    assert (graph != graph.T).nnz == 0
    assert graph.diagonal().sum() == 0


def test_the_sample_depends_on_the_texts_alone() -> None:
    texts = [f"text {number}" for number in range(50)] * 2 + ["", "  "]
    one = {texts[row] for row in choose(texts, 20)}
    two = {texts[::-1][row] for row in choose(texts[::-1], 20)}
    assert one == two
    assert len(one) == 20
    assert choose(["", " "]).size == 0


def _conversation(*turns: tuple[Role, str, Visibility]) -> Conversation:
    return Conversation(
        source="test",
        source_id="1",
        channel=Channel.CHAT,
        started_at=datetime(2026, 1, 1, tzinfo=UTC),
        turns=tuple(Turn(role=role, text=text, visibility=seen) for role, text, seen in turns),
    )


@dataclass(frozen=True)
class _Said:
    turn: int
    spans: tuple[tuple[int, int], ...]
    vectors: Floats
    weights: Floats
    wants: tuple[bool, ...]


def _read(talk: Conversation, wanting: Collection[int] = ()) -> list[_Said]:
    """Read a conversation with vectors that the words of each sentence alone decide."""
    read = []
    for place, turn in enumerate(talk.turns):
        if turn.role is Role.CUSTOMER and turn.public:
            spans = sentences(turn.body)
            rows = [[len(turn.text[a:b]), turn.text[a:b].count("e"), 1.0] for a, b in spans]
            vectors = np.array(rows, np.float32).reshape(-1, 3)
            weights = np.ones(len(spans), np.float32)
            wants = (place in wanting,) * len(spans)
            read.append(_Said(place, spans, vectors, weights, wants))
    return read


def test_statements_are_the_customers_reason_and_not_the_transcript() -> None:
    said = _conversation(
        (Role.AGENT, "Hello, how can I help you with your order today?", Visibility.PUBLIC),
        (Role.CUSTOMER, "Hi there!", Visibility.PUBLIC),
        (Role.CUSTOMER, "Hello! my parcel has not arrived since Monday.", Visibility.PUBLIC),
        (Role.AGENT, "May I have the order number, please, and your name?", Visibility.PUBLIC),
        (Role.CUSTOMER, "it is somewhere in my papers", Visibility.PUBLIC),
        (Role.AGENT, "The customer still has no parcel and is angry", Visibility.INTERNAL),
        (Role.CUSTOMER, "As I said, the parcel is still not here", Visibility.PUBLIC),
        (Role.CUSTOMER, "And please change my delivery address as well", Visibility.PUBLIC),
    )
    found = statements(said, [()] * 8, _read(said, wanting={2, 7}))
    assert [statement.turn for statement in found] == [2, 6, 7]
    assert found[0].text == "my parcel has not arrived since Monday."
    assert said.turns[2].text[found[0].start : found[0].end] == found[0].text


def test_what_is_part_of_a_talk_is_no_statement() -> None:
    said = _conversation(
        (Role.CUSTOMER, "Dear team of Example, my router drops the line.", Visibility.PUBLIC),
        (Role.CUSTOMER, "And what do I do until Friday then?", Visibility.PUBLIC),
        (Role.CUSTOMER, "You are great, thanks a lot, goodbye", Visibility.PUBLIC),
    )
    found = statements(said, [()] * 3, _read(said, wanting={0, 1, 2}))
    assert [statement.turn for statement in found] == [0]


def test_a_silent_customer_has_no_statement() -> None:
    said = _conversation((Role.CUSTOMER, "Hi", Visibility.PUBLIC))
    assert statements(said, [()], _read(said)) == ()


def test_equal_statements_have_equal_vectors_whatever_stands_before_them() -> None:
    words = "My parcel is late again. Where is it?"
    plain = _conversation((Role.CUSTOMER, words, Visibility.PUBLIC))
    greeted = _conversation((Role.CUSTOMER, f"Hello there! {words}", Visibility.PUBLIC))
    (one,), (other,) = (statements(talk, [()], _read(talk)) for talk in (plain, greeted))
    assert one.text == other.text
    assert one.vector.tobytes() == other.vector.tobytes()


def test_a_statement_ends_before_what_is_quoted() -> None:
    text = "My parcel is still not here. > On Monday you wrote: it is on its way. Where is it?"
    quoted = Part(kind=PartKind.QUOTED, start=29, end=70)
    turn = Turn(role=Role.CUSTOMER, text=text, parts=(quoted,))
    talk = _conversation().model_copy(update={"turns": (turn,)})
    (found,) = statements(talk, [()], _read(talk))
    assert found.text == "My parcel is still not here."


@pytest.mark.parametrize(("count", "total"), [(0, 0), (0, 10), (10, 10), (3, 10)])
def test_an_interval_holds_its_share(count: int, total: int) -> None:
    low, high = wilson(count, total) or (0.0, 1.0)
    assert 0 <= low <= (count / total if total else 0) <= high + 1e-12 <= 1 + 1e-9


def test_the_page_needs_nothing_else_and_shows_text_as_text(collection: Made) -> None:
    mean = middle(collection.vectors)
    assigner = fit_assigner(centred(collection.vectors, mean), mean, collection.truth)
    hostile = "<script>alert(1)</script> & more"
    themes = tuple(
        Theme(f"thm_{n}", f"Theme <{n}>", ("a & b",), (hostile,), 60, 0.9, "Above")
        for n in range(5)
    )
    model = ThemeModel(themes, assigner, "space@1", 0.9)
    found = assigner.assign(collection.vectors)
    html = page(model, collection.texts, found, "made <up>")
    assert "<script" not in html
    assert "http" not in html
    assert "&lt;script&gt;" in html
    assert all(f'id="thm_{n}"' in html for n in range(5))


def test_the_page_says_when_there_is_nothing() -> None:
    empty = np.zeros((0, 4), np.float32)
    model = ThemeModel(
        (), fit_assigner(empty, np.zeros(4, np.float32), np.zeros(0, np.int64)), "s", 0
    )
    found = Assignment(np.zeros(0, np.int64), np.zeros(0, np.float32))
    assert "No themes" in page(model, [], found, "nothing")
