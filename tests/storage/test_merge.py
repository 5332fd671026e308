"""Merging two copies of a conversation loses nothing, whatever they hold."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.conversation import Channel, Conversation, Role, Status, StatusChange, Turn
from storage.merge import is_newer, merged, merged_turns

START = datetime(2026, 1, 1, tzinfo=UTC)
moments = st.integers(0, 50).map(lambda minutes: START + timedelta(minutes=minutes))
turns = st.builds(
    Turn,
    role=st.sampled_from(Role),
    text=st.sampled_from(["yes", "no", "where is it?", ""]),
    source_id=st.none() | st.sampled_from(["a", "b", "c"]),
    at=st.none() | moments,
)
changes = st.builds(StatusChange, status=st.sampled_from(Status), at=moments)
copies = st.builds(
    Conversation,
    source=st.just("s"),
    source_id=st.just("1"),
    channel=st.just(Channel.CHAT),
    started_at=st.just(START),
    ended_at=st.none() | moments,
    subject=st.none() | st.sampled_from(["x", "y"]),
    status_history=st.lists(changes, max_size=3).map(tuple),
    turns=st.lists(turns, max_size=6).map(tuple),
    metadata=st.dictionaries(st.sampled_from(["k", "l"]), st.sampled_from(["1", "2"])),
)


def tidy(copy: Conversation) -> Conversation:
    return merged(copy, copy)


@given(copies)
def test_a_copy_merged_with_itself_is_itself(copy: Conversation) -> None:
    assert tidy(tidy(copy)) == tidy(copy)


@given(copies, copies)
def test_the_same_copy_again_brings_nothing_new(one: Conversation, other: Conversation) -> None:
    once = merged(tidy(one), tidy(other))
    assert merged(once, once) == once


@given(copies, copies)
def test_no_turn_with_an_id_and_no_status_is_lost(one: Conversation, other: Conversation) -> None:
    result = merged(tidy(one), tidy(other))
    named = {t.source_id for c in (one, other) for t in c.turns if t.source_id is not None}
    assert {t.source_id for t in result.turns if t.source_id is not None} == named
    assert set(one.status_history) | set(other.status_history) == set(result.status_history)
    assert len(result.turns) >= max(len(tidy(one).turns), len(tidy(other).turns))
    ids = [result.turn_id(position) for position in range(len(result.turns))]
    assert len(set(ids)) == len(ids)


@given(copies, copies)
def test_the_newer_copy_keeps_its_words_and_their_order(
    one: Conversation, other: Conversation
) -> None:
    stored, incoming = tidy(one), tidy(other)
    newer = incoming if is_newer(incoming, stored) else stored
    result = list(merged(stored, incoming).turns)
    for turn in newer.turns:
        assert turn in result
        del result[: result.index(turn) + 1]


def test_a_page_that_holds_the_last_turns_only_adds_them_at_the_end() -> None:
    known = [Turn(role=Role.CUSTOMER, text=str(i), source_id=str(i)) for i in range(4)]
    page = [Turn(role=Role.CUSTOMER, text=str(i), source_id=str(i)) for i in range(3, 6)]
    assert [turn.text for turn in merged_turns(page, known)] == list("012345")
