"""A page token leads back to its place, and only in its own listing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.cursor import decode, encode
from api.problems import Problem

TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.lists(TEXT, min_size=1, max_size=4), TEXT)
def test_a_token_gives_its_position_back(position: list[str], listing: str) -> None:
    assert decode(encode(position, listing), listing) == tuple(position)


@given(TEXT.filter(bool))
def test_no_text_breaks_the_reader(token: str) -> None:
    with pytest.raises(Problem):
        decode(token, "conversations")


def test_the_first_page_has_no_token_and_the_last_one_gives_none() -> None:
    assert decode("", "conversations") is None
    assert encode(None, "conversations") == ""


def test_a_token_is_good_for_its_listing_alone() -> None:
    token = encode(["2026-01-01", "cnv_1"], "conversations?channel=chat")
    with pytest.raises(Problem):
        decode(token, "conversations?channel=call")
