"""Small questions about the course of a talk."""

import re
from collections.abc import Iterator

from domain.conversation import Conversation, Role, Turn
from domain.journey import Contact
from domain.signal import Signal, SignalKind, SubjectKind

_ASKS = re.compile(
    r"\?|\b(?:please (?:send|reply|answer|tell|confirm|try|let)|let (?:me|us) know|"
    r"could you|can you|i need|bitte (?:senden|schicken|antworten|teilen)|por favor|"
    r"merci de|gelieve)\b",
    re.IGNORECASE,
)
_UNANSWERED = re.compile(
    r"no (?:reply|answer|response)|not (?:replied|answered|responded)|visitor left|customer left|"
    r"inactiv|automatic\w* after|keine (?:antwort|rückmeldung)|sin respuesta|sans réponse",
    re.IGNORECASE,
)

_CONSENTS = re.compile(
    r"\b(?:ok|okay|fine|great|perfect|brilliant|lovely|bye|alles klar|de acuerdo|d'accord)\b",
    re.IGNORECASE,
)
_THANKS = re.compile(
    r"\b(?:thank\w*|thx|ty|ta|cheers|danke|gracias|merci|bedankt|grazie|obrigad[oa])\b",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[^.!?\n]+(?:\.(?=\d)[^.!?\n]+)*[.!?]*")
_COMPLAINS = -0.5
"""Sentiment of a turn, from -1 to 1, up to which it is a complaint."""

_SURE = 0.75
"""Probability of an intent from which something is told on its strength alone."""


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """Give start and end of each sentence, without the white space round it."""
    for match in _SENTENCE.finditer(text):
        stripped = match.group().strip()
        if stripped:
            start = match.start() + match.group().index(stripped)
            yield start, start + len(stripped)


def public_turns(conversation: Conversation) -> list[Turn]:
    """Give the turns that the customer could read."""
    return [turn for turn in conversation.turns if turn.public]


def spoken_turns(conversation: Conversation) -> list[Turn]:
    """Give the public turns of customer, agent and bot."""
    return [turn for turn in public_turns(conversation) if turn.role is not Role.SYSTEM]


def left_unanswered(conversation: Conversation) -> bool:
    """Tell whether the last word is a question of ours that the customer did not answer.

    The system's note that it closed the talk for want of an answer says so too.
    """
    turns = public_turns(conversation)
    if turns and turns[-1].role is Role.SYSTEM and _UNANSWERED.search(turns[-1].body):
        return True
    spoken = spoken_turns(conversation)
    asked = bool(spoken) and spoken[-1].role in (Role.AGENT, Role.BOT)
    return asked and bool(_ASKS.search(spoken[-1].body))


def left_to_the_bot(contact: Contact) -> bool:
    """Tell whether only a bot ever answered, and the customer was not glad of it."""
    roles = {turn.role for turn in spoken_turns(contact.conversation)}
    only_bot = Role.BOT in roles and Role.CUSTOMER in roles and Role.AGENT not in roles
    return only_bot and (mood(contact) or 0.0) <= 0.0


def never_answered(conversation: Conversation) -> bool:
    """Tell whether the customer spoke, and neither agent nor bot ever did."""
    roles = {turn.role for turn in public_turns(conversation) if _heard(turn)}
    return Role.CUSTOMER in roles and not roles & {Role.AGENT, Role.BOT}


def left_to_us(contact: Contact) -> bool:
    """Tell whether it is our turn: the customer's last words were not answered and want to be.

    So it is where nobody ever answered, where the customer ends with a question that they do
    not consent to have settled ("Monday? Okay."), and where they end with a complaint that
    holds neither thanks nor consent. Thanks after a question are mere courtesy.
    """
    conversation = contact.conversation
    if never_answered(conversation):
        return True
    turns = [(n, t) for n, t in enumerate(conversation.turns) if t.public and _heard(t)]
    answered = max((i for i, (_, t) in enumerate(turns) if t.role is not Role.CUSTOMER), default=-1)
    last = turns[answered + 1 :]
    words = " ".join(turn.body for _, turn in last)
    asked = max((match.end() for match in _ASKS.finditer(words)), default=0)
    if _CONSENTS.search(words, asked):
        return False
    if asked:
        return True
    ids = {conversation.turn_id(position) for position, _ in last}
    return not _THANKS.search(words) and any(
        _complains(s) for s in contact.signals if s.subject_id in ids
    )


def wants(contact: Contact, label: str) -> bool:
    """Tell whether the customer voices an intent somewhere in the contact, and surely so."""
    return any(
        signal.kind is SignalKind.INTENT
        and signal.label == label
        and not signal.abstained
        and (signal.probability is None or signal.probability >= _SURE)
        for signal in contact.signals
        if signal.role in (None, Role.CUSTOMER)
    )


def mood(contact: Contact) -> float | None:
    """Give the customer's sentiment over the contact, from -1 to 1; None if unknown."""
    found = [
        signal
        for signal in contact.signals
        if signal.kind is SignalKind.SENTIMENT
        and signal.subject_kind is SubjectKind.CONVERSATION
        and signal.value is not None
    ]
    by_role = {signal.role: signal.value for signal in found}
    return by_role.get(Role.CUSTOMER, by_role.get(None))


def _heard(turn: Turn) -> bool:
    return turn.role is not Role.SYSTEM and bool(turn.body.strip())


def _complains(signal: Signal) -> bool:
    certain = signal.kind is SignalKind.SENTIMENT and not signal.abstained
    return certain and signal.value is not None and signal.value <= _COMPLAINS
