from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.conversation import Conversation, Role, Turn
from domain.redaction import redacted
from nlp.redact.found import Found, IdKind, settle
from nlp.redact.redact import redact, redact_text
from tests.nlp.conftest import Talk


def shown(text: str) -> str:
    return redacted(text, redact_text(text).redactions)


def all_shown(conversation: Conversation) -> list[str]:
    return [
        redacted(turn.text, hidden.redactions)
        for turn, hidden in zip(conversation.turns, redact(conversation), strict=True)
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("write to Ann.Lee+x@mail.example.", "write to [EMAIL_1]."),
        ("ring +44 7700 900142 please", "ring [PHONE_1] please"),
        ("mobile 07700 900142", "mobile [PHONE_1]"),
        ("my cell is 202-555-0137", "my cell is [PHONE_1]"),
        ("card 4111 1111 1111 1111 was charged", "card [CARD_1] was charged"),
        ("IBAN DE89 3704 0044 0532 0130 00 please", "IBAN [IBAN_1] please"),
        ("order HP-77120345 is late", "order [ORDER_1] is late"),
        ("booking ref WFB3TN", "booking ref [REFERENCE_1]"),
        ("my booking QWERTY is gone", "my booking [ORDER_1] is gone"),
        ("invoice WF-INV-20619-B", "invoice [INVOICE_1]"),
        ("ticket #381204 again", "ticket [TICKET_1] again"),
        ("account 5520981", "account [ACCOUNT_1]"),
        ("policy number: 88 12", "policy number: 88 12"),
        ("I live at 12 Sluice Row, Hull HU1 1AA", "I live at [ADDRESS_1]"),
        ("Ahornweg 4, 12345 Musterstadt bitte", "[ADDRESS_1] bitte"),
        ("see https://shop.example/t?token=abc", "see [URL_1]"),
        ("see https://shop.example/help", "see https://shop.example/help"),
        ("Hi Dana, thanks", "Hi [PERSON_1], thanks"),
        ("It broke.\n\nBest regards,\nAnna Maria Hill", "It broke.\n\nBest regards,\n[PERSON_1]"),
        ("My name is Ewan Price.", "My name is [PERSON_1]."),
        ("It's seven seven one two, oh three four five.", "It's [REFERENCE_1]."),
    ],
)
def test_what_is_hidden(text: str, expected: str) -> None:
    assert shown(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "I paid £1,299.00 and 18,40 EUR on 02.03.2026 at 10:30",
        "From 2026-03-16 10:30 to 2026-04-01, room 1204, 15000 km",
        "It was 2025 or 2026, I waited 45 minutes 3 times",
        "card ending 7702, 4111 1111 1111 1112",  # the check digit is wrong
        "Hi there, hello team, Dear Sir or Madam,",
        "Will May come? Thanks again, all the best",
        "Error 503, step 14, part K7, 150 Mb/s, 5G, WPA2",
        "one two three testing",
        "NEEDS URGENT REPLY TODAY",
        "24/7 support, 1/2 price, 50% off, 10,000 points",
    ],
)
def test_what_is_left_alone(text: str) -> None:
    assert shown(text) == text


def test_pseudonyms_hold_all_through_a_conversation(talk: Talk) -> None:
    conversation = talk(
        Turn(role=Role.AGENT, author="Kit", text="Kit here. Which order is it?"),
        ("customer", "77120345. I'm greta halloran, greta@mill.example"),
        Turn(role=Role.AGENT, author="Kit", text="Thanks Greta, HP-77120345, got it."),
        ("customer", "Kit, also 77129999"),
        customer_name="Greta Halloran",
    )
    assert all_shown(conversation) == [
        "[PERSON_1] here. Which order is it?",
        "[ORDER_1]. I'm [PERSON_2], [EMAIL_1]",
        "Thanks [PERSON_2], [ORDER_1], got it.",
        "[PERSON_1], also [REFERENCE_1]",
    ]


def test_names_are_known_with_and_without_accents(talk: Talk) -> None:
    conversation = talk(
        ("customer", "Gracias,\nHéctor Salvatierra"), customer_name="Hector Salvatierra"
    )
    assert all_shown(conversation) == ["Gracias,\n[PERSON_1]"]


def test_names_that_are_words_stay_words(talk: Talk) -> None:
    conversation = talk(("customer", "Will it come in May?"), customer_name="Will May")
    assert all_shown(conversation) == ["Will it come in May?"]


def test_the_brand_is_no_person(talk: Talk) -> None:
    conversation = talk(
        ("agent", "You're through to Northline, Priya speaking."), brand="northline"
    )
    assert "Northline" in all_shown(conversation)[0]


def test_an_account_of_the_record_is_an_account(talk: Talk) -> None:
    conversation = talk(("customer", "it is HP-204418"), identifiers=("account:HP-204418",))
    assert all_shown(conversation) == ["it is [ACCOUNT_1]"]


def test_the_encoder_reads_everyday_words() -> None:
    text = "Hi Dana, order HP-77120345"
    assert redacted(text, redact_text(text).plain) == "Hi Alex, order number"


@given(st.text(max_size=300))
def test_redactions_are_in_order_and_inside(text: str) -> None:
    hidden = redact_text(text)
    position = 0
    for redaction in hidden.redactions:
        assert position <= redaction.start < redaction.end <= len(text)
        position = redaction.end


@given(st.emails(), st.text(alphabet="abc ,.", max_size=20))
def test_no_mail_address_is_shown(address: str, around: str) -> None:
    name, _, host = address.partition("@")
    if not all(c.isalnum() or c in ".+_-" for c in name):
        return
    assert f"{name}@{host}" not in shown(f"{around} {address} {around}")


@given(
    st.lists(
        st.tuples(st.integers(0, 30), st.integers(0, 30)).map(
            lambda ends: Found(min(ends), max(ends), IdKind.EMAIL, "x")
        ),
        max_size=20,
    )
)
def test_the_surest_wins_an_overlap(found: list[Found]) -> None:
    kept = settle(found)
    assert list(kept) == sorted(kept)
    for before, after in pairwise(kept):
        assert before.end <= after.start
    first = next((item for item in found if item.end > item.start), None)
    assert first is None or first in kept
