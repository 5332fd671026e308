"""Texts that something is measured on: no head and no encoder is trained on them."""

from collections.abc import Callable, Iterable
from functools import cache
from typing import TypeVar

from eval.datasets import MULTIDOGO, canonical, rows

T = TypeVar("T")

TESTS = (
    "intent/banking77/test",
    "intent/clinc150/test",
    *(f"intent/multidogo/{domain}_test" for domain in MULTIDOGO),
    "sentiment/tweeteval_test",
    "sentiment/tweeteval_emotion_test",
    "sentiment/goemotions_test",
    "sentiment/airline_a",
)
DEVELOPMENT = (
    "intent/clinc150/val",
    *(f"intent/multidogo/{domain}_dev" for domain in MULTIDOGO),
    "sentiment/tweeteval_val",
    "sentiment/tweeteval_emotion_val",
    "sentiment/goemotions_dev",
)
_WHOLE = ("intent/nlupp/banking", "themes/dstc11_insurance_dev")
"""Measured in folds, or without training: what of them a head may see is for whoever fits it."""


@cache
def _texts(*names: str) -> frozenset[str]:
    found = (row.get("text") or row.get("utterance") or "" for name in names for row in rows(name))
    return frozenset(map(canonical, found)) - {""}


def held_out() -> frozenset[str]:
    """Give all that is measured on, written so that copies compare equal: for the encoder."""
    return _texts(*TESTS, *DEVELOPMENT, *_WHOLE)


def cleared(examples: Iterable[T], text_of: Callable[[T], str], split: str) -> list[T]:
    """Leave out what a head may not be fitted on.

    Parameters
    ----------
    examples : iterable
    text_of : callable
        Gives an example's text.
    split : {"train", "dev"}
        Copies of test texts are left out of both, copies of development texts out of training.
    """
    held = _texts(*TESTS) if split == "dev" else _texts(*TESTS, *DEVELOPMENT)
    return [example for example in examples if canonical(text_of(example)) not in held]
