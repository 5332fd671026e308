"""All external heads of a tagger: they take the place of shipped ones, or stand beside them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from domain.conversation import Role
from domain.head_config import REPLACED, HeadConfig
from domain.signal import Signal, SubjectKind
from nlp.external.build import model_of
from nlp.external.head import ExternalHead, ExternalScorer
from nlp.external.reading import with_emotions, with_intents, with_labels, with_mood
from nlp.intents import TurnIntents
from nlp.read import ConversationRead, TurnRead
from nlp.say import Makers, content_hash, labels
from nlp.say.subject import Subject

_PLACES = {"sentiment": with_mood, "emotion": with_emotions, "intent": with_intents}
_NOTHING = TurnIntents((), ())


class ExternalHeads:
    """The configured classifiers, by the name of the head.

    Parameters
    ----------
    heads : mapping of str to ExternalHead
        ``sentiment``, ``emotion`` and ``intent`` replace the shipped ones.
    """

    def __init__(self, heads: Mapping[str, ExternalHead]) -> None:
        self._heads = heads

    @classmethod
    def load(
        cls, model_dir: Path, configs: Mapping[str, HeadConfig], threads: int = 0
    ) -> "ExternalHeads":
        """Load what ``nlp.external.build`` built.

        Raises
        ------
        ModelError
            If one is not built, or its labels do not fit.
        """
        return cls(
            {
                name: ExternalHead.load(model_dir, name, config, threads)
                for name, config in configs.items()
            }
        )

    @property
    def versions(self) -> tuple[str, ...]:
        """One for each head."""
        return tuple(self._model(name) for name in self._heads)

    @property
    def scorers(self) -> list[ExternalScorer]:
        """What finds words for their labels."""
        return [ExternalScorer(self._model(name), head) for name, head in self._heads.items()]

    def makers(self, shipped: Makers) -> Makers:
        """Put the names of replaced heads in the place of the shipped ones."""
        found = {name: self._model(name) for name in REPLACED if name in self._heads}
        fields = {"intents" if name == "intent" else name: model for name, model in found.items()}
        return replace(shipped, **fields)

    def read(self, turns: Sequence[TurnRead]) -> list[TurnRead]:
        """Read the customers' turns, all of a batch together."""
        asked = [turn for turn in turns if turn.of_customer and turn.vectors.spans]
        for name, head in self._heads.items():
            place = _PLACES.get(name)
            asked = with_labels(asked, head, name) if place is None else place(asked, head)
        done = iter(asked)
        return [next(done) if turn.of_customer and turn.vectors.spans else turn for turn in turns]

    def say(self, read: ConversationRead) -> Iterator[Signal]:
        """Say the labels of the sets of their own, as intents of a taxonomy of that name."""
        for name in self._heads:
            if name not in REPLACED:
                yield from self._said(name, read)

    def _said(self, name: str, read: ConversationRead) -> Iterator[Signal]:
        taxonomy = f"{name}@{self._heads[name].version.rpartition('@')[2]}"
        makers = Makers(self._model(name), "", "", "", taxonomy)
        turns = tuple(replace(turn, intents=turn.more.get(name, _NOTHING)) for turn in read.turns)
        own = replace(read, turns=turns)
        for turn in own.customer:
            yield from labels.of_turn(_of_turn(own, turn), turn, makers)
        hashed = content_hash(*(turn.turn.text for turn in own.turns))
        whole = (SubjectKind.CONVERSATION, read.conversation.id, hashed, own.covered)
        yield from labels.of_all(Subject(*whole, Role.CUSTOMER), own, makers)

    def _model(self, name: str) -> str:
        return model_of(name, self._heads[name].version)


def _of_turn(read: ConversationRead, turn: TurnRead) -> Subject:
    hashed, id_ = content_hash(turn.turn.text), read.conversation.turn_id(turn.position)
    return Subject(SubjectKind.TURN, id_, hashed, turn.vectors.covered)
