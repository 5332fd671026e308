"""Numbers of orders, bookings and tickets are found as written and as spoken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journey.references import references


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Order HP-77120345 please", "it's 77120345"),
        ("booking WFB6K2", "W F B, six, K for kilo, two."),
        ("your reference is NLT-88412", "NLT-eight-eight-four-one-two. Please."),
        ("order NLO-30127", "NLO, three, zero, one, two, seven."),
        ("77120345", "It's seven seven one two, oh three four five."),
        ("return no. RT-40118", "asking for me, RT-40118"),
        ("number 900671", "nine double oh six seven one"),
    ],
)
def test_one_number_meets_however_it_is_said(one: str, other: str) -> None:
    assert references(one).keys() & references(other).keys()


@pytest.mark.parametrize(
    "text",
    [
        "on 2026-03-02 at 14:00",
        "412.80 pounds",
        "call 07700 900142",
        "a 40 x 20 x 25 cm bag",
        "mail me at anna77120@post.example",
        "in 3 days, 2 of 5, step 14",
        "I, um, one of the two",
    ],
)
def test_dates_money_phones_and_mails_are_no_references(text: str) -> None:
    assert not {r for r in references(text) if r.startswith(("2026", "412", "0", "40", "ANNA"))}
    assert not references("in 3 days, 2 of 5, step 14")


@given(st.text())
def test_any_text_gives_folded_codes(text: str) -> None:
    assert all(len(r) >= 5 and r == r.upper() and r.isalnum() for r in references(text))


def test_a_number_knows_what_kind_it_is_of() -> None:
    assert references("order NLO-30127, ticket NLT-88412, booking WFB6K2, no. 381204") == {
        "30127": "NLO", "88412": "NLT", "WFB6K2": "WFB", "381204": "999999",
    }  # fmt: skip
