"""People's words about an own taxonomy's labels: kept for ever, and used as training data."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from domain.base import now
from domain.conversation import Conversation, Role, Turn
from domain.correction import Correction, CorrectionAction
from domain.signal import SignalKind, SubjectKind
from nlp.own.bundle import without_identifiers
from nlp.own.labels import Labelled, intents_of, one_or_several
from nlp.own.model import OOS
from nlp.read import to_be_read
from nlp.say import content_hash
from storage import conversations, corrections, signals, taxonomies
from storage.database import Database

_WORDS = 3
"""Of the first turn that can tell what a customer wants."""


@dataclass(frozen=True)
class Word:
    """What a person says of a conversation.

    Attributes
    ----------
    conversation_id : str
    turn : int or None
        Position of the turn that was read; None where it was the whole.
    label : str
        Of the taxonomy, a new one, or ``oos``: none of them.
    more : tuple of str
        Labels that hold beside it; none beside ``oos``.
    """

    conversation_id: str
    turn: int | None
    label: str
    more: tuple[str, ...] = ()

    @classmethod
    def of(cls, conversation_id: str, turn: int | None, said: Sequence[str]) -> "Word":
        """Make one of all labels that were said; of none of them it says ``oos``."""
        first, *more = intents_of(said) or (OOS,)
        return cls(conversation_id, turn, first, tuple(more))

    @property
    def labels(self) -> tuple[str, ...]:
        """All that hold, the first one first."""
        return tuple(dict.fromkeys((self.label, *self.more)))


@dataclass(frozen=True)
class Refused:
    """A word that cannot be kept, by its place in what was given, and why."""

    place: int
    field: str
    reason: str


def say(database: Database, name: str, words: Sequence[Word], by: str) -> list[Refused]:
    """Keep words about a taxonomy's labels; the good ones also where others are refused.

    A word stands in the place of all that the taxonomy says of the turn and of its
    conversation, now and under later versions.
    """
    return database.run(lambda session: list(_say(session, name, words, by)))


def _say(session: Session, name: str, words: Sequence[Word], by: str) -> Iterator[Refused]:
    for place, word in enumerate(words):
        if not conversations.lock(session, word.conversation_id):
            yield Refused(place, "conversation_id", "there is no such conversation")
            continue
        conversation = conversations.get_many(session, [word.conversation_id])[word.conversation_id]
        if word.turn is not None and word.turn >= len(conversation.turns):
            turns = len(conversation.turns)
            yield Refused(place, "turn", f"the conversation has {turns} turns, counted from 0")
            continue
        _forget_additions(session, conversation, name, word)
        for correction in _corrections(conversation, name, word, by):
            corrections.save(session, correction, correction.at)
        signals.lay_corrections(session, conversation.id)


def _forget_additions(session: Session, conversation: Conversation, name: str, word: Word) -> None:
    """Take back what an earlier word added: this one says all labels that hold."""
    subjects = {conversation.id}
    if word.turn is not None:
        subjects.add(conversation.turn_id(word.turn))
    for said in corrections.of_conversation(session, conversation.id):
        added = said.action is CorrectionAction.ADD and said.taxonomy == name
        if added and said.subject_id in subjects:
            corrections.remove(session, said.id, now())


def _corrections(
    conversation: Conversation, name: str, word: Word, by: str
) -> Iterator[Correction]:
    read = [turn.text for turn in conversation.turns if to_be_read(turn)]
    whole: dict[str, object] = {
        "subject_kind": SubjectKind.CONVERSATION,
        "subject_id": conversation.id,
        "role": Role.CUSTOMER,
        "content_hash": content_hash(*read),
    }
    yield from _of_subject(whole, name, word, by)
    if word.turn is not None:
        turn: dict[str, object] = {
            "subject_kind": SubjectKind.TURN,
            "subject_id": conversation.turn_id(word.turn),
            "content_hash": content_hash(conversation.turns[word.turn].text),
        }
        yield from _of_subject(turn, name, word, by)


def _of_subject(
    subject: Mapping[str, object], name: str, word: Word, by: str
) -> Iterator[Correction]:
    """Say the first label in the place of all that the machine says, the others beside it."""
    inside = word.label != OOS
    common = {**subject, "kind": SignalKind.INTENT, "taxonomy": name, "at": now(), "by": by}
    action = CorrectionAction.REPLACE if inside else CorrectionAction.REMOVE
    label = word.label if inside else None
    yield Correction.model_validate({**common, "action": action, "label": label})
    for label in word.labels[1:] if inside else ():
        added = {**common, "action": CorrectionAction.ADD, "label": label}
        yield Correction.model_validate(added)


def examples(database: Database, name: str) -> list[Labelled]:
    """Give what people said as training data, identifiers behind everyday words.

    Of a conversation with words about single turns these count; otherwise the word about the
    whole, with the first turn that tells what the customer wants.
    """
    with database.reading() as session:
        said = taxonomies.words(session, name)
        known = conversations.get_many(session, dict.fromkeys(id_ for id_, _ in said))
    found: dict[tuple[str, int], dict[str, None]] = {}
    for id_, correction in said:
        label = _label(correction)
        turn = _turn(known[id_], correction) if id_ in known else None
        if label is not None and turn is not None:
            found.setdefault((id_, turn), {})[label] = None
    alone = _of_whole(said, known, found)
    texts = [
        (known[id_].turns[turn].body, one_or_several(tuple(labels)))
        for (id_, turn), labels in [*found.items(), *alone.items()]
    ]
    return list(without_identifiers([(text, labels) for text, labels in texts if text.strip()]))


def _of_whole(
    said: Sequence[tuple[str, Correction]],
    known: dict[str, Conversation],
    found: dict[tuple[str, int], dict[str, None]],
) -> dict[tuple[str, int], dict[str, None]]:
    """Give the words about whole conversations of which no turn was spoken of."""
    done = {id_ for id_, _ in found}
    alone: dict[tuple[str, int], dict[str, None]] = {}
    for id_, correction in said:
        label = _label(correction)
        if id_ in known and id_ not in done and label is not None:
            turn = _telling(known[id_])
            if turn is not None:
                alone.setdefault((id_, turn), {})[label] = None
    return alone


def _label(correction: Correction) -> str | None:
    """Give the label to learn; that one label is wrong does not tell which is right."""
    if correction.action is not CorrectionAction.REMOVE:
        return correction.label
    return OOS if correction.sweeping else None


def _turn(conversation: Conversation, correction: Correction) -> int | None:
    if correction.subject_kind is not SubjectKind.TURN:
        return None
    ids = [conversation.turn_id(place) for place in range(len(conversation.turns))]
    return ids.index(correction.subject_id) if correction.subject_id in ids else None


def _telling(conversation: Conversation) -> int | None:
    mine = [n for n, turn in enumerate(conversation.turns) if _of_customer(turn)]
    long = [n for n in mine if len(conversation.turns[n].body.split()) >= _WORDS]
    return next(iter([*long, *mine]), None)


def _of_customer(turn: Turn) -> bool:
    return to_be_read(turn) and turn.role is Role.CUSTOMER and bool(turn.body.strip())
