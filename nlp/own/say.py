"""What own taxonomies say of a conversation: a head each on the vectors that are there."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from domain.conversation import Role
from domain.signal import Signal, SubjectKind
from nlp.intents import TurnIntents
from nlp.own.known import predict_known
from nlp.own.model import OwnTaxonomy, Prediction
from nlp.read import ConversationRead, TurnRead
from nlp.reading import LabelReading
from nlp.say import Makers, content_hash, labels
from nlp.say.subject import Subject
from nlp.sentences import Span
from nlp.vectors import TextVectors

_NOTHING = TurnIntents((), ())


def say_own(
    read: ConversationRead, taxonomies: Sequence[OwnTaxonomy], space: str
) -> Iterator[Signal]:
    """Give the intents of each taxonomy for the turns in which the customer wants something.

    A turn that only greets, thanks or answers wants nothing of any taxonomy. How labels of turns
    become those of the conversation is the same as for the general taxonomy.

    Parameters
    ----------
    space : str
        Version of the embedding space of the turns' main vectors; a tuned taxonomy takes those
        that were read in its own.

    Raises
    ------
    TaxonomyError
        If a taxonomy was fitted on another space.
    """
    for taxonomy in taxonomies:
        own, makers = _relabelled(read, taxonomy, space), _makers(taxonomy)
        for turn in own.customer:
            yield from labels.of_turn(_subject(own, turn), turn, makers)
        yield from labels.of_all(_subject(own), own, makers)


def name_of(taxonomy: OwnTaxonomy) -> str:
    """Give name and version as they stand on signals."""
    return f"{taxonomy.name}@{taxonomy.version}"


def model_of(taxonomy: OwnTaxonomy) -> str:
    """Give the name of the model as it stands on signals."""
    return f"own:{name_of(taxonomy)}"


def _makers(taxonomy: OwnTaxonomy) -> Makers:
    name = name_of(taxonomy)
    return Makers(intents=model_of(taxonomy), sentiment="", language="", rules="", taxonomy=name)


def _subject(read: ConversationRead, turn: TurnRead | None = None) -> Subject:
    if turn is None:
        hashed = content_hash(*(turn.turn.text for turn in read.turns))
        kind, id_ = SubjectKind.CONVERSATION, read.conversation.id
        return Subject(kind, id_, hashed, read.covered, Role.CUSTOMER)
    hashed, id_ = content_hash(turn.turn.text), read.conversation.turn_id(turn.position)
    return Subject(SubjectKind.TURN, id_, hashed, turn.vectors.covered)


def _relabelled(read: ConversationRead, taxonomy: OwnTaxonomy, space: str) -> ConversationRead:
    """Put this taxonomy's labels in the place of the general ones."""
    wanting = [turn for turn in read.customer if _wants(turn)]
    found = read_intents(taxonomy, *_in_its_space(wanting, taxonomy.head.space, space))
    said = {turn.position: intents for turn, intents in zip(wanting, found, strict=True)}
    turns = (replace(turn, intents=said.get(turn.position, _NOTHING)) for turn in read.turns)
    return replace(read, turns=tuple(turns))


def _in_its_space(turns: Sequence[TurnRead], own: str, main: str) -> tuple[list[TextVectors], str]:
    """Give vectors in a taxonomy's own space where they were read, or else the main ones."""
    if all(own in turn.by_space for turn in turns):
        return [turn.by_space[own] for turn in turns], own
    return [turn.vectors for turn in turns], main


def _wants(turn: TurnRead) -> bool:
    # Where no head tells who only greets, every turn is asked.
    return not turn.understood or turn.intents is None or bool(turn.intents.intents)


def read_intents(
    taxonomy: OwnTaxonomy, texts: Sequence[TextVectors], space: str
) -> list[TurnIntents]:
    """Label texts that are read already, with the sentence that shows each label best.

    Parameters
    ----------
    texts : sequence of TextVectors
        Each with a sentence at least.
    """
    parts = [part for text in texts for part in _sentences(text)]
    predicted = iter(predict_known(taxonomy, [*texts, *parts], space))
    wholes = [next(predicted) for _ in texts]
    return [
        _turn(text, whole, [next(predicted) for _ in _sentences(text)])
        for text, whole in zip(texts, wholes, strict=True)
    ]


def _sentences(text: TextVectors) -> list[TextVectors]:
    """Give the sentences of a text that has several."""
    if len(text.spans) < 2:
        return []
    return [
        TextVectors((span,), row[None, :], text.lengths[n : n + 1], row, text.covered)
        for n, (span, row) in enumerate(zip(text.spans, text.sentences, strict=True))
    ]


def _turn(text: TextVectors, whole: Prediction, parts: Sequence[Prediction]) -> TurnIntents:
    every = (text.spans[0][0], text.spans[-1][1])
    if whole.abstained:
        unsure = LabelReading(whole.label, whole.probability, every, whole.reason)
        return TurnIntents((unsure,), (), unsure)
    shown = list(zip(parts, text.spans, strict=True)) if parts else []
    readings = [_reading(label, every, whole, shown) for label in whole.labels]
    return TurnIntents(tuple(readings), (), readings[0])


def _reading(
    label: str, every: Span, whole: Prediction, parts: Sequence[tuple[Prediction, Span]]
) -> LabelReading:
    said = [(part.probability, span) for part, span in parts if part.label == label]
    sure, span = max(said, default=(whole.probability, every))
    return LabelReading(label, whole.probability if label == whole.label else sure, span)
