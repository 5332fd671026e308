"""The heads that ship, each by the name of its file: how it is fitted, and on what."""

from collections.abc import Callable, Mapping

from domain.conversation import Role
from eval import acts, cue_heads, emotion, endings, promise_heads, train, turn_heads
from nlp.heads import Head
from nlp.vectors import Vectors

HEADS: Mapping[str, Callable[[Vectors], Head]] = {
    "general": train.train_intents,
    "sentiment": train.train_sentiment,
    "emotion": emotion.train,
    "acts": acts.train,
    "cues_customer": cue_heads.train,
    "cues_agent": promise_heads.train,
    "ending_customer": lambda vectors: endings.train(vectors, Role.CUSTOMER),
    "ending_agent": lambda vectors: endings.train(vectors, Role.AGENT),
    **turn_heads.TRAIN,
}
