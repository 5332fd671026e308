"""Two spellings of one person are alike; two members of a family are not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.identity import Identifier
from journey.names import alike, disagree, mailbox_name, name_tokens


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Greta Halloran", "greta halloran"),
        ("G. Halloran", "Greta Halloran"),
        ("Halloran", "Mrs Greta Halloran"),
        ("Tom Wielgosz", "Tomasz Wielgosz"),
        ("Héctor Salvatierra", "Hector Salvatierra"),
        ("r.okaforpike", "Rosalind Okafor-Pike"),
        ("Priyanka Thevarajah", "Priyanka Thevaraja"),
    ],
)
def test_spellings_of_one_name_are_alike(one: str, other: str) -> None:
    assert alike(name_tokens(one), name_tokens(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [("Ines Farrow", "Duncan Farrow"), ("I. Farrow", "D. Farrow"), ("Greta Halloran", "Jo Li")],
)
def test_names_of_two_people_disagree(one: str, other: str) -> None:
    assert disagree([name_tokens(one), name_tokens(other)])


@pytest.mark.parametrize("text", ["Visitor", "Unknown caller", "SPEAKER_01", "", None, "12345"])
def test_what_names_nobody_has_no_words(text: str | None) -> None:
    assert name_tokens(text) == ()


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("ines.farrow@postbag.example", ("ines", "farrow")),
        ("colin.b@tidemark.example", ("colin", "b")),
        ("the.farrows@postbag.example", ()),
        ("accounts.payable@firm.example", ()),
        ("bluecat77@post.example", ()),
    ],
)
def test_a_mailbox_names_its_owner_or_nobody(address: str, name: tuple[str, ...]) -> None:
    assert mailbox_name(Identifier.model_validate(f"email:{address}")) == name


@given(st.text(), st.text())
def test_alike_looks_the_same_from_both_sides(one: str, other: str) -> None:
    left, right = name_tokens(one), name_tokens(other)
    assert alike(left, left)
    assert alike(left, right) == alike(right, left)
