"""The vocabulary holds what it promises: ids, time, identifiers, offsets."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.base import stable_id
from domain.conversation import Channel, Conversation, Part, PartKind, Role, Turn
from domain.identity import Identifier, IdentifierKind
from domain.redaction import Redaction, redacted

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def conversation(*turns: Turn, **fields: object) -> Conversation:
    base = {"source": "zendesk", "source_id": "1", "channel": Channel.EMAIL, "started_at": START}
    return Conversation.model_validate(base | {"turns": turns} | fields)


def test_the_same_parts_give_the_same_id_and_other_cuts_another() -> None:
    assert stable_id("cnv", "a", "bc") == stable_id("cnv", "a", "bc")
    assert stable_id("cnv", "a", "bc") != stable_id("cnv", "ab", "c")


def test_the_same_source_id_of_two_sources_is_two_conversations() -> None:
    assert conversation().id != conversation(source="intercom").id


def test_a_turn_keeps_its_id_when_an_earlier_one_comes_in_late() -> None:
    late, known = (Turn(role=Role.CUSTOMER, text=t, source_id=t) for t in ("late", "known"))
    assert conversation(known).turn_id(0) == conversation(late, known).turn_id(1)


def test_times_become_utc_and_times_without_zone_are_refused() -> None:
    tokyo = START.astimezone(timezone(timedelta(hours=9)))
    assert conversation(started_at=tokyo).started_at == START
    assert conversation(started_at=tokyo).started_at.tzinfo is UTC
    with pytest.raises(ValidationError, match="started_at"):
        conversation(started_at=START.replace(tzinfo=None))


@pytest.mark.parametrize(
    ("written", "same"),
    [
        ("email: Ana@Shop.Example ", "email:ana@shop.example"),
        ("email:mailto:ana@shop.example", "email:ana@shop.example"),
        ("phone:+44 20 7946 0018", "phone:+442079460018"),
        ("phone:0044 (0)20 7946 0018", "phone:+442079460018"),
        ("PHONE:tel:+44-20-7946-0018", "phone:+442079460018"),
    ],
)
def test_one_handle_written_two_ways_is_one_identifier(written: str, same: str) -> None:
    assert str(Identifier.model_validate(written)) == same


@pytest.mark.parametrize(
    "wrong", ["email:nobody", "phone:none", "ana@shop.example", "fax:1", "email:"]
)
def test_what_is_no_identifier_is_refused(wrong: str) -> None:
    with pytest.raises(ValidationError):
        Identifier.model_validate(wrong)


@given(st.sampled_from(IdentifierKind), st.text(min_size=1, max_size=40))
def test_normalising_twice_changes_nothing(kind: IdentifierKind, value: str) -> None:
    try:
        once = Identifier(kind=kind, value=value)
    except ValidationError:
        return
    assert Identifier.model_validate(str(once)) == once


def test_kept_apart_parts_are_blank_in_the_body_and_offsets_stay() -> None:
    text = "It broke.\n> your old mail\n-- \nAna"
    turn = Turn(
        role=Role.CUSTOMER,
        text=text,
        parts=(
            Part(kind=PartKind.QUOTED, start=10, end=25),
            Part(kind=PartKind.SIGNATURE, start=26, end=len(text)),
        ),
    )
    assert turn.body.strip() == "It broke."
    assert len(turn.body) == len(text)


def test_a_part_outside_the_text_is_refused() -> None:
    with pytest.raises(ValidationError, match="outside"):
        Turn(role=Role.AGENT, text="hi", parts=(Part(kind=PartKind.QUOTED, start=0, end=3),))


@st.composite
def hidden_texts(draw: st.DrawFn) -> tuple[str, list[Redaction]]:
    text = draw(st.text(min_size=0, max_size=60))
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), max_size=8)))
    pairs = list(zip(cuts[::2], cuts[1::2], strict=False))
    names = [f"[EMAIL_{number}]" for number in range(len(pairs))]
    return text, [
        Redaction(start=start, end=end, pseudonym=name)
        for (start, end), name in zip(pairs, names, strict=True)
    ]


@given(hidden_texts())
def test_what_is_redacted_is_not_shown_and_the_rest_is(case: tuple[str, list[Redaction]]) -> None:
    text, redactions = case
    shown = redacted(text, redactions)
    kept = sum(r.end - r.start for r in redactions)
    assert len(shown) == len(text) - kept + sum(len(r.pseudonym) for r in redactions)
    for redaction in redactions:
        assert redaction.pseudonym in shown


def test_a_cut_through_a_pseudonym_shows_it_whole() -> None:
    text = "write to ana@shop.example today"
    hide = [Redaction(start=9, end=25, pseudonym="[EMAIL_1]")]
    assert redacted(text, hide, 0, 12) == "write to [EMAIL_1]"
    assert redacted(text, hide, 12) == "[EMAIL_1] today"
