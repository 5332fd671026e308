"""All signals of a conversation and of its turns."""

from collections.abc import Iterator

from pydantic import JsonValue

from domain.conversation import Role
from domain.signal import Evidence, Signal, SignalKind, SubjectKind
from nlp.entities.found import Entity
from nlp.language import LanguageReading
from nlp.read import ConversationRead, TurnRead, lines
from nlp.say import acts, closing, cues, labels, moods
from nlp.say.subject import Makers, Subject, content_hash, share
from nlp.summary import summarise


def say(read: ConversationRead, makers: Makers) -> tuple[Signal, ...]:
    """Give all signals of a conversation and its turns."""
    return (*_turns(read, makers), *_whole(read, makers))


def _turns(read: ConversationRead, makers: Makers) -> Iterator[Signal]:
    for turn in read.turns:
        if turn.vectors.whole is None:
            continue
        subject = Subject(
            SubjectKind.TURN,
            read.conversation.turn_id(turn.position),
            content_hash(turn.turn.text),
            turn.vectors.covered,
        )
        yield _language(subject, turn.language, makers)
        for entity in turn.entities:
            yield _entity(subject, entity, makers, turn)
        yield from acts.of_turn(subject, turn, makers)
        if turn.of_customer:
            yield from moods.of_turn(subject, turn, makers)
            yield from labels.of_turn(subject, turn, makers)
            yield from cues.of_turn(subject, turn, makers)
        else:
            yield from cues.of_agent(subject, turn, read, makers)


def _whole(read: ConversationRead, makers: Makers) -> Iterator[Signal]:
    conversation = read.conversation
    texts = [turn.turn.text for turn in read.turns]
    key = (SubjectKind.CONVERSATION, conversation.id, content_hash(*texts))
    everybody = Subject(*key, read.covered)
    customer = Subject(*key, read.covered, Role.CUSTOMER)
    yield _language(everybody, read.language, makers)
    for part in (moods, labels, acts, cues, closing):
        yield from part.of_all(customer, read, makers)
    for entity in read.subject:
        yield _entity(everybody, entity, makers, None)
    for name, line in summarise(lines(read)).items():
        place = Evidence(turn=line.turn, start=line.span[0], end=line.span[1])
        yield everybody.signal(SignalKind.SUMMARY, name, makers.rules, evidence=(place,))


def _language(subject: Subject, language: LanguageReading, makers: Makers) -> Signal:
    return subject.signal(
        SignalKind.LANGUAGE,
        language.code,
        makers.language,
        probability=share(language.probability),
        abstained=not language.sure,
        reason=language.reason,
    )


def _entity(subject: Subject, entity: Entity, makers: Makers, turn: TurnRead | None) -> Signal:
    details: dict[str, JsonValue] = {"value": entity.value, **dict(entity.details)}
    place: tuple[Evidence, ...] = ()
    if turn is None:
        details["in"] = "subject"
    else:
        place = (Evidence(turn=turn.position, start=entity.start, end=entity.end),)
        pseudonym = turn.pseudonyms.get(entity.start)
        if pseudonym is not None:
            details["pseudonym"] = pseudonym
    return subject.signal(
        SignalKind.ENTITY, entity.label, makers.rules, evidence=place, details=details
    )
