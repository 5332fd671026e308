"""The parts that ship beside the tuned top, each by the name of its file: how it is fitted."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from domain.conversation import Role
from eval import (
    acts,
    cue_heads,
    emotion,
    endings,
    outcome,
    promise_heads,
    satisfaction,
    train,
    turn_heads,
)
from eval.rests import resting_on
from nlp.heads import Head, save_head
from nlp.outcome import OutcomeModel
from nlp.parts import part
from nlp.precision import trunk_of
from nlp.satisfaction.model import SatisfactionModel
from nlp.vectors import Vectors

Model = Head | OutcomeModel | SatisfactionModel

HEADS: Mapping[str, Callable[[Vectors], Model]] = {
    "general": train.train_intents,
    "sentiment": train.train_sentiment,
    "emotion": emotion.train,
    "acts": acts.train,
    "cues_customer": cue_heads.train,
    "cues_agent": promise_heads.train,
    "ending_customer": lambda vectors: endings.train(vectors, Role.CUSTOMER),
    "ending_agent": lambda vectors: endings.train(vectors, Role.AGENT),
    **turn_heads.TRAIN,
    "resolution": outcome.train,
    "satisfaction": satisfaction.train,
}
"""In this order: what rests on others comes after them."""

RESTS: Mapping[str, Sequence[str]] = {
    **dict.fromkeys(turn_heads.TRAIN, turn_heads.ALONE),
    "resolution": [name for name in HEADS if name not in ("resolution", "satisfaction")],
    "satisfaction": [name for name in HEADS if name != "satisfaction"],
}
"""The heads whose answers a part is fitted on."""


class UnlikeSpacesError(Exception):
    """A part rests on heads of another embedding space than it would be fitted in."""


def fit(name: str, vectors: Vectors, folder: Path) -> Model:
    """Fit a part and write it, resting on those of the folder where they are there.

    Raises
    ------
    DataMissingError
        If labelled data sets are not at hand.
    UnlikeSpacesError
        If a head that it rests on was fitted in another space.
    """
    _same_space(name, vectors, folder)
    with resting_on(folder):
        model = HEADS[name](vectors)
    if isinstance(model, Head):
        save_head(model, folder, name)
    else:
        model.save(folder / f"{name}.json")
    return model


def _same_space(name: str, vectors: Vectors, folder: Path) -> None:
    files = {other: part(folder, other) for other in RESTS.get(name, ())}
    spaces = {other: json.loads(path.read_text())["space"] for other, path in files.items()}
    here = trunk_of(vectors.signals)
    unlike = {other: space for other, space in spaces.items() if trunk_of(space) != here}
    if unlike:
        raise UnlikeSpacesError(
            f"{name} rests on {', '.join(unlike)}, fitted in the space "
            f"{', '.join(dict.fromkeys(unlike.values()))} and not in {here}, that of the top it "
            f"would be fitted on: train those first, "
            f"`throughline train {' '.join([*unlike, name])} --output {folder}`"
        )
