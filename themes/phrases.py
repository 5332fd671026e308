"""What is counted in texts: short phrases as a note would have them ("refund not received")."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from themes.filler import is_filler

LONGEST = 3
_GAP = 3
"""Empty words at most between two telling ones of a phrase: "change the name on my policy"."""
_TOKEN = re.compile(r"@\w+|\[[A-Z_]+\d*\]|[^\W_]+(?:['\u2019][^\W_]+)*|[.,;:!?()\n\"\u2026]")
_SENSE_WORDS = "bill system full empty fire move name top amount interest part detail details fill"
_SENSE = frozenset(_SENSE_WORDS.split())
_MORE = (
    "wanna wondering wonder able assistance couple certain recently currently simply use using "
    "dot minus ring rang rung"
)
_EMPTY = (ENGLISH_STOP_WORDS | frozenset(_MORE.split())) - _SENSE
"""Words that say nothing by themselves."""
_NEGATIONS = {"no": "no", "never": "never", "without": "without"}
_NOT = "not cannot cant dont didnt doesnt wont isnt wasnt arent havent hasnt hadnt couldnt wouldnt"
_NEGATIONS |= dict.fromkeys(_NOT.split(), "not")
_UNSURE_WORDS = "know sure want wanna think understand remember mind only just how why"
_UNSURE = frozenset(_UNSURE_WORDS.split())
"""A negation before one of these says nothing of the need: "not sure how to pay"."""
_LINKS = frozenset(["to", "from", "of", "for", "in", "on", "at", "with", "into", "by"])
"""Words that a phrase keeps between two telling ones."""
_PARTICLES = frozenset(["up", "off", "out", "back", "down", "in", "on"])
"""They belong to the word just before: "top up", "locked out"."""
_ROOT = 3
_DONE_WORDS = "come gone sent paid shown given taken lost seen held found"
_DONE = frozenset(_DONE_WORDS.split())


@dataclass(frozen=True)
class Phrase:
    """A phrase of one to ``LONGEST`` telling words.

    Attributes
    ----------
    key : str
        The same for all its forms: "refunds not received", "have not received my refund".
    form : str
        As it stands here, in lower case and without empty words.
    """

    key: str
    form: str


@dataclass(frozen=True)
class _Word:
    form: str
    root: str
    before: str
    """What links it with the word before: "", or one of ``_LINKS``."""
    negation: str
    follows: bool
    """Whether a phrase may go on from the word before to it."""


def phrases(text: str) -> list[Phrase]:
    """Cut a text into phrases, the same one several times where it stands several times.

    Placeholders of redacted parts, handles, numbers and marks end a phrase and are in none.
    """
    words = list(_words(text))
    found = []
    for start in range(len(words)):
        for length in range(1, LONGEST + 1):
            run = words[start : start + length]
            if len(run) < length or not all(word.follows for word in run[1:]):
                break
            if len({word.root for word in run}) == length:
                found.append(_phrase(run))
    return found


def roots(phrase: str) -> frozenset[str]:
    """Give the telling words of a form or key, forms of a word brought together."""
    return frozenset(_root(word) for word in phrase.split() if not _empty(word))


def words_of(text: str) -> frozenset[str]:
    """Give the telling words of a text, forms of a word brought together."""
    return frozenset(word.root for word in _words(text))


def _words(text: str) -> Iterator[_Word]:
    """Give the telling words, each with what links it to the one before."""
    tokens = [found.group().lower().replace("\u2019", "'") for found in _TOKEN.finditer(text)]
    gap, link, negation, goes_on = 0, "", "", False
    for place, token in enumerate(tokens):
        if not token[0].isalpha():
            gap, link, negation, goes_on = 0, "", "", False
        elif token.endswith("n't") or token in _NEGATIONS:
            negation, gap = _NEGATIONS.get(token, "not"), gap + 1
        elif _empty(token):
            negation = "" if token in _UNSURE else negation
            # The particle of the word before stands in its form.
            if place == 0 or not _particle(tokens, place):
                link, gap = token if token in _LINKS else link, gap + 1
        else:
            owns = _particle(tokens, place + 1)
            form = f"{token} {tokens[place + 1]}" if owns else token
            yield _Word(form, _root(token), link, negation, goes_on and gap <= _GAP)
            gap, link, negation, goes_on = 0, "", "", True


def _particle(tokens: list[str], place: int) -> bool:
    """Tell whether a token belongs to the telling word before it: "log in", "topped up"."""
    if place >= len(tokens) or tokens[place] not in _PARTICLES or _empty(tokens[place - 1]):
        return False
    after = tokens[place + 1] if place + 1 < len(tokens) else "."
    return tokens[place] not in _LINKS or after == "to" or not after[0].isalpha()


def _phrase(run: list[_Word]) -> Phrase:
    parts = []
    for place, word in enumerate(run):
        link = word.before if place and not word.negation else ""
        parts.append(" ".join(filter(None, (link, word.negation, word.form))))
    first = run[0]
    if len(run) > 1 and first.negation and _is_done(first.form):
        # "not received my refund" is told as "refund not received".
        parts = [run[1].form, *parts[2:], parts[0]]
    marks = {word.negation and "not" for word in run} - {""}
    return Phrase(" ".join([*sorted(word.root for word in run), *marks]), " ".join(parts))


def _is_done(form: str) -> bool:
    return form.endswith("ed") or form in _DONE


def _empty(word: str) -> bool:
    return word in _EMPTY or (word not in _SENSE and is_filler(word))


def _root(word: str) -> str:
    """Bring forms of a word together: "refunds", "refunded"; rough, and never shown."""
    for ending in ("'s", "ings", "ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= _ROOT:
            word = word.removesuffix(ending)
            break
    # "cancelled" and "cancel", "invoice" and "invoiced"
    doubled = len(word) > _ROOT and (word[-1] == "e" or word[-1] == word[-2])
    return word[:-1] if doubled else word
