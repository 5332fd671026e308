import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.entities.extract import Extractor
from nlp.entities.words import cardinal
from nlp.redact.redact import redact_text

MONDAY = date(2026, 3, 2)
TIMES = ("in", "two", "days", "a", "week", "ago", "Monday", "TODAY", "next", "May", "fortnight")
WORDS = (*TIMES, "fifty", "pounds", "€", "us$", "wi-fi", "router", "Sims", "app", "hello", "İ", "K")


@pytest.fixture(scope="module")
def extractor() -> Extractor:
    return Extractor.load()


def values(extractor: Extractor, text: str) -> list[tuple[str, str | None]]:
    (found,) = extractor.extract([text], [redact_text(text).found], [MONDAY])
    return [(entity.label, entity.value) for entity in found]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("£15", "GBP 15.00"),
        ("$1,299.00", "USD 1299.00"),
        ("18,40 EUR", "EUR 18.40"),
        ("389 bucks", "USD 389.00"),
        ("sixty-one pounds forty", "GBP 61.40"),
        ("two hundred euros", "EUR 200.00"),
        ("CHF 20", "CHF 20.00"),
    ],
)
def test_money(extractor: Extractor, text: str, value: str) -> None:
    assert values(extractor, f"I paid {text} for it.") == [("money", value)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2026-04-01", "2026-04-01"),
        ("31.05.2026", "2026-05-31"),
        ("March 19th", "2026-03-19"),
        ("19 of April", "2026-04-19"),
        ("30 December", "2025-12-30"),
        ("tomorrow", "2026-03-03"),
        ("yesterday", "2026-03-01"),
        ("three days ago", "2026-02-27"),
        ("in two weeks", "2026-03-16"),
        ("next Friday", "2026-03-06"),
        ("last Monday", "2026-02-23"),
        ("01/04", None),
        ("Friday", None),
        ("31 June", None),
    ],
)
def test_dates(extractor: Extractor, text: str, value: str | None) -> None:
    assert values(extractor, f"it came {text} here") == [("date", value)]


def test_identifiers_have_their_normal_form(extractor: Extractor) -> None:
    text = "Order HP-77120345, mail A.B@mail.example, my router is broken since 24/7 use"
    assert values(extractor, text) == [
        ("order_number", "77120345"),
        ("email", "a.b@mail.example"),
        ("product", "router"),
    ]


def test_what_is_hidden_is_no_money_or_date(extractor: Extractor) -> None:
    assert values(extractor, "card 4111 1111 1111 1111") == [("card_number", "4111111111111111")]


def test_places_are_those_of_the_text(extractor: Extractor) -> None:
    text = "Ich zahlte 20 EUR für den Router"
    (found,) = extractor.extract([text], [()], [MONDAY])
    assert [text[e.start : e.end] for e in found] == ["20 EUR", "Router"]


@pytest.mark.parametrize(
    ("words", "value"),
    [("twenty one", 21), ("two hundred and five", 205), ("three thousand", 3000), ("blue", None)],
)
def test_cardinals(words: str, value: int | None) -> None:
    assert cardinal(words.split()) == value


@pytest.mark.parametrize("mark", ["😀", "!", "("])
def test_endless_marks_neither_hold_it_up_nor_hide_what_follows(
    extractor: Extractor, mark: str
) -> None:
    assert values(extractor, mark * 50_000 + " £15") == [("money", "GBP 15.00")]


@given(
    st.lists(
        st.sampled_from(WORDS),
        max_size=8,
    ),
    st.sampled_from([" ", "-", ".", "_", "/", "'", "\u2019s ", "\n", "(", ""]),
)
def test_what_is_passed_over_holds_nothing(
    extractor: Extractor, words: list[str], glue: str
) -> None:
    text = glue.join(words)
    thorough = Extractor(extractor._language, re.compile(""))
    asked = ([text], [()], [MONDAY])
    assert extractor.extract(*asked) == thorough.extract(*asked)
