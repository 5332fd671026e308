"""What agents promise: who will do what, until when.

A promise is a bound clause ("I'll", "our engineer will", "you will get") with a deed behind
it. What hangs on a condition, is asked, denied, hoped, or done while the customer waits on
the line is none. In the present tense ("a new one goes out tomorrow") a day must be named.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from domain.days import due_at
from nlp.cues.grammar import Form, grammar
from nlp.cues.text import spoken, words

ACTIONS = ("call", "refund", "send", "write", "do")

_SENTENCE = re.compile(r"[^.!?\n]+(?:\.(?=\d)[^.!?\n]+)*[.!?]*")
_TAIL = re.compile(r"[\s,;&\u2013-]*(?:\b(?:and|und|y|et|e|en|so|but|then)\b)?[\s,;&\u2013-]*$")
_LINK = re.compile(r"(?:,|\band\b|&|\bthen\b)\s*(?:(?:and|then|also|i|we|just)\s+)*", re.I)
_NOW = re.compile(r"\b(?:now|right away|straight away|already|jetzt)\b", re.IGNORECASE)
_AGAIN = re.compile(r"\b(?:it|that|this|them|they|both)\b", re.IGNORECASE)
_SHOULD = re.compile(r"\b(?:should|expect)\b", re.IGNORECASE)
_WITH_OTHERS = re.compile(r"\bwith (?:the|our|my|them|him|her|a|finance|billing)\b", re.IGNORECASE)
_JOINT = 7
"""Characters of an "and" between two deeds of one kind, which are one promise."""
_OWN = ("call", "refund", "send", "write")
_LENT = re.compile(r"(?:have|get|give|be|come)\b", re.IGNORECASE)
_ASKS = re.compile(r"(?:ask|check|find out|tell|let)\b", re.IGNORECASE)
_WE = re.compile(r"(?:i|we)\b", re.IGNORECASE)
_ARRIVING = re.compile(r"(?:arrive|reach|go out|leave|come|get|land|ship|show|appear)\b", re.I)


@dataclass(frozen=True)
class Promise:
    """One thing that was said would be done.

    Attributes
    ----------
    action : str
        call, refund, send, write or do.
    who : str
        agent, team, colleague or thing: who acts, or what will come by itself.
    start, end : int
        ``[start, end)`` characters of the text: the clause.
    due_at : datetime or None
        The last moment, UTC; None where no day is named.
    """

    action: str
    who: str
    start: int
    end: int
    due_at: datetime | None


@dataclass(frozen=True)
class _Bound:
    """Where words bind, where the deed begins, and the form."""

    start: int
    deed: int
    form: Form


def promises(text: str, said_at: datetime) -> tuple[Promise, ...]:
    """Find the promises of a turn.

    Parameters
    ----------
    text : str
        One turn of an agent.
    said_at : datetime
        When it was said, UTC: days are seen from there.

    Returns
    -------
    tuple of Promise
        In order of place.
    """
    said = words(text)
    forms = grammar().asked(said)
    if not forms:
        return ()
    plain = spoken(text, said)
    found: list[Promise] = []
    for sentence in _SENTENCE.finditer(plain):
        for promise in _in_sentence(plain, *_told(sentence), forms, said_at):
            _take(found, promise, plain)
    return tuple(found)


def _take(found: list[Promise], promise: Promise, text: str) -> None:
    """Add a promise; one that only says when the last will arrive gives it its day."""
    same = promise.who == "thing" and _AGAIN.search(text, promise.start, promise.end)
    last = found[-1] if found else None
    if last and same and last.action != "call":
        found[-1] = replace(last, due_at=last.due_at or promise.due_at)
    elif last and last.action == promise.action and promise.start - last.end <= _JOINT:
        found[-1] = replace(last, end=promise.end, due_at=last.due_at or promise.due_at)
    else:
        found.append(promise)


def _told(sentence: re.Match[str]) -> tuple[int, int]:
    """Give where a sentence tells: nowhere in a question, but before "…, okay?"."""
    start, end = sentence.span()
    if not sentence.group().endswith("?"):
        return start, end
    tag = grammar().tag.search(sentence.string, start, end)
    return start, tag.start() if tag else start


def _in_sentence(
    text: str, start: int, end: int, forms: Sequence[Form], said_at: datetime
) -> Iterator[Promise]:
    bound = _bounds(text, start, end, forms, said_at)
    if not bound or grammar().momentary.search(text, start, end):
        return
    behind = start
    for number, one in enumerate(bound):
        stop = bound[number + 1].start if number + 1 < len(bound) else end
        cut = grammar().cut.search(text, one.deed, stop)
        stop = cut.start() if cut else stop
        if not _unmade(text, start, behind, one, stop):
            for action, first, last in _deeds(text, one, stop):
                due = due_at(text[first:last], said_at)
                if due is None and first == one.start:
                    due = due_at(text[behind:first], said_at)
                if due is not None or not _needs_day(text, one, action, last):
                    tail = _TAIL.search(text[first:last])
                    last -= tail.end() - tail.start() if tail else 0
                    yield Promise(action, _who(text, one), first, last, due)
        behind = stop


def _bounds(
    text: str, start: int, end: int, forms: Sequence[Form], said_at: datetime
) -> list[_Bound]:
    """Find the words that bind, in order; of those that overlap the first and longest."""
    found = sorted(
        (
            _Bound(match.start(), match.end(), form)
            for form in forms
            for match in form.pattern.finditer(text, start, end)
            if not form.dated or due_at(text[start:end], said_at) is not None
        ),
        key=lambda bound: (bound.start, -bound.deed),
    )
    kept: list[_Bound] = []
    for bound in found:
        if not kept or bound.start >= kept[-1].deed:
            kept.append(bound)
    return kept


def _unmade(text: str, start: int, behind: int, one: _Bound, stop: int) -> bool:
    """Tell whether a condition, a hedge or a proviso unmakes the promise."""
    parts = grammar()
    proviso = parts.proviso.search(text, one.deed, stop)
    if proviso is not None and _ASKS.match(text, one.deed) and proviso.group()[:2].lower() == "if":
        proviso = None  # "I'll ask them if …" hangs on nothing
    return bool(
        proviso
        or parts.condition.search(text, start, one.start)
        or parts.hedge.search(text, behind, one.start)
    )


def _deeds(text: str, one: _Bound, stop: int) -> Iterator[tuple[str, int, int]]:
    """Give the actions of a bound clause with their places: "ask them and ring you" are two."""
    own = one.form.action
    first, at = one.start, one.deed
    while True:
        link, following = _linked(text, at, stop)
        action = own or _action(text, one, at, link)
        if action is not None:
            yield _by_object(text, one, action, link), first, link
        if following is None:
            return
        first, at, own = following, following, ""


def _by_object(text: str, one: _Bound, action: str, stop: int) -> str:
    """Tell what a dated "I've booked …" or "I'm sending …" is about."""
    if action == "bring":
        return "send"
    if action == "seen":
        return "refund"
    if action == "got":
        return _asked_for(text, one.deed - 1, stop) or "send"
    if one.form.dated and action == "do" and _WE.match(text, one.start):
        return _asked_for(text, one.deed, stop) or "do"
    return action


def _linked(text: str, at: int, stop: int) -> tuple[int, int | None]:
    """Find where a second deed is linked on: the end of the first, and its own start."""
    for link in _LINK.finditer(text, at, stop):
        head = grammar().head.match(text, link.end(), stop)
        if head is not None and link.start() > at and head.lastgroup in _OWN:
            return link.start(), link.end()
    return stop, None


def _action(text: str, one: _Bound, at: int, stop: int) -> str | None:
    """Tell what is promised by the verb at a place; None where nothing is."""
    if one.form.who == "you" and at == one.deed:
        return _received(text, at, stop)
    if one.form.who == "thing" and _ARRIVING.match(text, at, stop):
        return "refund" if grammar().object.match(text, at) else "send"
    head = grammar().head.match(text, at, stop)
    kind = head.lastgroup if head else None
    if head is None or kind is None or kind == "aside":
        return None
    if kind == "look":
        return "do"
    if kind == "lend":
        return _lent(text, one, head, stop)
    if kind == "do" and _NOW.search(text, at, stop):
        return None
    return kind


def _received(text: str, at: int, stop: int) -> str | None:
    """Tell what "you will get …" promises: "hear" is to be written to."""
    if text[at : at + 4].lower() == "hear":
        return "write"
    return _asked_for(text, at, stop) or ("send" if _AGAIN.search(text, at, stop) else None)


def _lent(text: str, one: _Bound, head: re.Match[str], stop: int) -> str | None:
    """Tell what is behind "I'll have …", "I'll arrange …", "it will be …"."""
    if one.form.who == "thing" and not grammar().coming.match(text, head.end() + 1, stop):
        return None
    subject = one.form.who == "thing"
    action = _asked_for(text, one.start if subject else head.end(), stop)
    if action is not None:
        return action
    if _LENT.match(head.group()) and one.form.who not in ("thing", "you"):
        return None
    return None if _NOW.search(text, head.end(), stop) else "do"


def _asked_for(text: str, at: int, stop: int) -> str | None:
    found = grammar().object.search(text, at, stop)
    return found.lastgroup if found else None


def _needs_day(text: str, one: _Bound, action: str, stop: int) -> bool:
    """Tell whether a form, or a mere look, binds only by the day it names."""
    if one.form.dated or one.form.who == "thing" or _SHOULD.search(text, one.start, one.deed):
        return True
    head = grammar().head.match(text, one.deed, stop)
    looks = head is not None and head.lastgroup == "look"
    return looks and action == "do" and not _WITH_OTHERS.search(text, one.deed, stop)


def _who(text: str, one: _Bound) -> str:
    if one.form.dated:
        subject = _WE.match(text, one.start)
        others = "thing" if one.form.action in ("send", "got", "seen") else "colleague"
        return ("team" if subject.group()[0] in "wW" else "agent") if subject else others
    return "thing" if one.form.who == "you" else one.form.who
