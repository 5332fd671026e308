"""The heads that are shipped, as far as they fit the encoder that is configured."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from domain.conversation import Role
from nlp.closing import ClosingReader
from nlp.context import NAMES as TURNS
from nlp.context import Alone, ContextReader
from nlp.cues.heads import NAMES
from nlp.heads import Head
from nlp.parts import load_part
from nlp.precision import trunk_of

IN_TALKS = "turns in their talk"
ENDINGS = "resolution and satisfaction"
PARTS: Mapping[str, tuple[str, ...]] = {
    "intents": ("general",),
    "sentiment": ("sentiment",),
    "emotion": ("emotion",),
    "acts": ("acts",),
    "cues": tuple(NAMES.values()),
    IN_TALKS: TURNS,
    ENDINGS: ("ending_customer", "ending_agent", "resolution", "satisfaction"),
}
"""Files of the heads that serve, or are left out, together."""


@dataclass(frozen=True)
class Shipped:
    """What can be read with an encoder.

    Attributes
    ----------
    general : Head or None
        Intents, and what else a text may be: greeting, thanks, answer, out of scope.
    sentiment : Head or None
    emotion : Head or None
    acts : Head or None
        What each sentence does in the talk.
    cues : mapping of Role to Head
        Effort and urgency of customers, promises of agents.
    context : ContextReader or None
        What reads customers' turns in their talk; it needs all of the above.
    closing : ClosingReader or None
        Resolution and satisfaction.
    left_out : tuple of str
        Parts, as in :data:`PARTS`, that were fitted on another encoder and are not used.
    """

    general: Head | None
    sentiment: Head | None
    emotion: Head | None
    acts: Head | None
    cues: Mapping[Role, Head]
    context: ContextReader | None
    closing: ClosingReader | None
    left_out: tuple[str, ...]

    @classmethod
    def load(cls, weights: Path, spaces: Collection[str]) -> "Shipped":
        """Load heads; a head is of use in the embedding space it was fitted on and nowhere else.

        int8 or not is no difference here: what heads lose by it is measured (docs/decisions/0025),
        and those that ship must serve any processor.

        Parameters
        ----------
        weights : Path
            Folder with the heads; those that it does not hold are those that ship.
        spaces : collection of str
            Versions of the embedding spaces that the encoder gives.
        """
        names = ("general", "sentiment", "emotion", "acts")
        general, sentiment, emotion, acts = (load_part(weights, name, spaces) for name in names)
        cues = {role: load_part(weights, name, spaces) for role, name in NAMES.items()}
        alone = Alone(general, sentiment, emotion, cues[Role.CUSTOMER])
        context = ContextReader.load(weights, alone, spaces)
        closing = ClosingReader.load(weights, spaces)
        fits = {
            "intents": general.space in spaces,
            "sentiment": sentiment.space in spaces,
            "emotion": emotion.space in spaces,
            "acts": acts.space in spaces,
            "cues": all(head.space in spaces for head in cues.values()),
            IN_TALKS: len({*context.spaces, *alone.spaces} - {general.space}) == 0
            and general.space in spaces,
            ENDINGS: all(trunk_of(space) in map(trunk_of, spaces) for space in closing.spaces()),
        }
        return cls(
            general if fits["intents"] else None,
            sentiment if fits["sentiment"] else None,
            emotion if fits["emotion"] else None,
            acts if fits["acts"] else None,
            cues if fits["cues"] else {},
            context if fits[IN_TALKS] else None,
            closing if fits[ENDINGS] else None,
            tuple(name for name, fit in fits.items() if not fit),
        )
