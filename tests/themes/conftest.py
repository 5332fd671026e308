"""A made collection: a few reasons for contact, each with its own direction and its own words."""

from dataclasses import dataclass

import numpy as np
import pytest

from themes.space import Floats, Ints

NEEDS = {
    "refund": ("refund my {} order", "I want the money back for my {}", "refund for the {}"),
    "password": ("reset my password on the {}", "forgot password for {}", "password of the {}"),
    "parcel": ("where is my {} parcel", "the {} parcel has not arrived", "parcel with {} late"),
    "invoice": ("send an invoice for the {}", "invoice of my {} is wrong", "need {} invoice"),
    "cancel": ("cancel my {} subscription", "end the {} subscription", "stop subscription of {}"),
}
_WORDS = (
    "sofa lamp chair desk kettle bike tent radio clock rug mirror shelf toaster jacket boots "
    "guitar camera printer blender mattress"
)
THINGS = tuple(_WORDS.split())
SIZE = 48


@dataclass(frozen=True)
class Collection:
    """Texts, unit vectors (N, D) and true groups (N,); -1 for texts like no other."""

    texts: list[str]
    vectors: Floats
    truth: Ints


def made(strays: int = 0, seed: int = 7) -> Collection:
    random = np.random.default_rng(seed)
    common = random.normal(size=SIZE)
    texts, rows, truth = [], [], []
    for place, forms in enumerate(NEEDS.values()):
        own = random.normal(size=SIZE)
        for thing in THINGS:
            for form in forms:
                texts.append(form.format(thing))
                rows.append(common + own + 0.45 * random.normal(size=SIZE))
                truth.append(place)
    for number in range(strays):
        texts.append(f"something else entirely, number {number}")
        rows.append(common + 1.2 * random.normal(size=SIZE))
        truth.append(-1)
    vectors = np.array(rows)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return Collection(texts, vectors.astype(np.float32), np.array(truth))


@pytest.fixture(scope="session")
def collection() -> Collection:
    return made()


@pytest.fixture(scope="session")
def with_strays() -> Collection:
    return made(strays=30)
