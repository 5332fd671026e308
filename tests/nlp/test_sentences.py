import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.cut import MOST_SENTENCES, cut_turn
from nlp.redact.redact import redact_text
from nlp.sentences import sentences


def cut(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It broke. again.", ["It broke.", "again."]),
        ("Dear Mr. Miller, it broke.", ["Dear Mr. Miller, it broke."]),
        ("I paid 18.40 for it. Why?", ["I paid 18.40 for it.", "Why?"]),
        ("what?! no...", ["what?!", "no..."]),
        ("Hello,\n\nmy parcel is late\n\nAnna", ["Hello,", "my parcel is late", "Anna"]),
        ("two needs:\n- a refund\n- a new cable", ["two needs:", "- a refund", "- a new cable"]),
        (
            "this line was broken by a mail program at seventy letters and\ngoes on. Ends.",
            [
                "this line was broken by a mail program at seventy letters and\ngoes on.",
                "Ends.",
            ],
        ),
        ("no. I did not", ["no.", "I did not"]),
        ("1. unplug it", ["1. unplug it"]),
        ("🙂🙂", []),
        ("", []),
        ("see a.b@c.example or www.d.example now", ["see a.b@c.example or www.d.example now"]),
    ],
)
def test_where_sentences_end(text: str, expected: list[str]) -> None:
    assert cut(text) == expected


@given(st.text(alphabet=st.characters() | st.sampled_from(".!?\n  "), max_size=400))
def test_sentences_are_in_order_and_lose_no_word(text: str) -> None:
    spans = sentences(text)
    position = 0
    for start, end in spans:
        assert position <= start < end <= len(text)
        gap = text[position:start]
        assert not any(c.isalnum() for c in gap)
        position = end
    assert not any(c.isalnum() for c in text[position:])


@pytest.mark.parametrize(
    "text",
    [
        "." * 200_000,
        "\n" * 200_000,
        "A" * 200_000,
        "a. " * 60_000,
        "1 " * 100_000,
        "12345678 " * 9_000,
    ],
    ids=["dots", "lines", "word", "sentences", "digits", "numbers"],
)
def test_no_text_takes_long(text: str) -> None:
    began = time.perf_counter()
    hidden = redact_text(text)
    read = cut_turn(text, hidden.plain)
    assert time.perf_counter() - began < 20
    assert len(read.texts) <= MOST_SENTENCES


def test_of_very_many_sentences_the_ends_are_read() -> None:
    read = cut_turn(" ".join(f"Sentence {number}." for number in range(1_000)))
    assert len(read.texts) == MOST_SENTENCES
    assert read.texts[0] == "Sentence 0."
    assert read.texts[-1] == "Sentence 999."
    assert 0.25 < read.covered < 0.35
