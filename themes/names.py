"""Names for themes: what many of their customers say, and what they agree to want."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, log

from domain.theme import Teller
from themes.phrases import phrases, roots, words_of
from themes.proper import Proper

Namer = Callable[[Sequence[str], Sequence[str]], str]
"""Hook for a language model: key phrases and representative texts to a name."""

KEPT = 8
"""Key phrases of a theme."""
_ENOUGH = 0.35
"""A phrase of several words that this share of the customers says names the theme alone."""
_AGREED = 0.4
"""Share of the customers whose intent is the same, from which it stands in the name."""
_SHOWN = 0.2
"""Share of the customers who say what stands beside an intent or another word."""
_TOLD = 0.3
"""The same of a single word."""
_MIXED = 0.2
"""Where the name covers fewer than this share of the customers, it says that it is mixed."""
_SMALL, _MIXED_FEW = 8, 0.6
"""Of fewer customers two share a word by chance: the name must cover more of them."""
_FEW, _RARE = 2, 0.08
"""Customers, and their share, that a phrase needs: what one alone says names no theme."""
_LENGTHS = (0.7, 3.0, 4.0)
"""Two words say what is wanted with what ("cancel policy"); one word seldom does."""


_DENIED = 0.5
"""Where so many, against those who say it plainly, say that it is not so, that is the phrase."""


@dataclass(frozen=True)
class Saying:
    """A text of a theme, redacted, and who told it."""

    text: str
    teller: Teller

    @property
    def person(self) -> str:
        """Whose it is."""
        return self.teller.person


@dataclass(frozen=True)
class Key:
    """A key phrase of a theme.

    Attributes
    ----------
    form : str
        As most customers say it.
    people : frozenset of str
        Who says it: all its words in one text, side by side where a negation is among them.
    verbatim : int
        How many of them say it as a phrase.
    """

    form: str
    people: frozenset[str]
    verbatim: int

    @property
    def support(self) -> float:
        """Customers, those who do not say it as a phrase counting half."""
        return (len(self.people) + self.verbatim) / 2


def ranked(candidates: Sequence[str], said: Sequence[Saying], proper: Proper) -> list[Key]:
    """Order the phrases of a theme by how well they stand for its customers.

    Parameters
    ----------
    candidates : sequence of str
        Keys of phrases by class-based TF-IDF, best first: more frequent here than elsewhere.
    said : sequence of Saying
        The theme's.
    proper : Proper
        Names of people, places and products: what few customers say of them is left out.

    Returns
    -------
    list of Key
        At most ``KEPT``. One that says no more than a better one is left out.
    """
    forms = _forms(said, candidates)
    total = len({one.person for one in said})
    least = max(_FEW, ceil(_RARE * total))
    values: dict[str, float] = {}
    for place, key in enumerate(candidates):
        if key not in forms:
            continue
        people = len(forms[key].people)
        # A name alone is no need, and what few say of a name is theirs.
        rare = proper.within(key) and (" " not in key or people < max(3, ceil(_SHOWN * total)))
        denied = forms.get(f"{key} not")
        if denied is not None and denied.verbatim >= _DENIED * forms[key].verbatim:
            continue
        if people >= least and not rare:
            words = len([root for root in key.split() if root != "not"])
            values[key] = forms[key].support / total * _LENGTHS[words - 1] / log(place + 3)
    kept: list[str] = []
    for key in sorted(values, key=lambda name: (-values[name], name)):
        if not any(_alike(key, other) for other in kept):
            kept.append(key)
    return [forms[key] for key in kept[:KEPT]]


def label(keys: Sequence[Key], said: Sequence[Saying], language: str | None = None) -> str:
    """Give a short name.

    A phrase of several words that many customers say; else the intent that they agree on, with
    what they speak of; else the two phrases that together cover most of them.

    Parameters
    ----------
    language : str, optional
        Name of the language that holds the theme together; it stands before the name.
    """
    found = _label(keys, said)
    return found if language is None else f"{language}: {found[:1].lower()}{found[1:]}"


def _label(keys: Sequence[Key], said: Sequence[Saying]) -> str:
    everybody = frozenset(one.person for one in said)
    best = next(
        (key for key in keys if " " in key.form and _share(key, everybody) >= _ENOUGH), None
    )
    intent = agreed(said)
    if best is not None and best is keys[0]:
        # Of few customers two may say the same by chance; what all of them want says more.
        if intent is not None and len(everybody) < _SMALL and _people(intent, said) > best.verbatim:
            return _with_object(intent, keys, everybody)
        return _capital(best.form)
    if intent is not None:
        return _with_object(intent, keys, everybody)
    if best is not None:
        return _capital(best.form)
    if not keys:
        return "Mixed reasons" if len(everybody) > 1 else "Unnamed theme"
    return _two(keys, everybody)


def agreed(said: Sequence[Saying]) -> str | None:
    """Give the intent that a theme's customers agree on, or None."""
    people: dict[str, set[str]] = defaultdict(set)
    for one in said:
        for intent in one.teller.intents:
            people[intent].add(one.person)
    total = len({one.person for one in said})
    counts = sorted(((len(who), name) for name, who in people.items()), reverse=True)
    if not counts or counts[0][0] < max(_FEW, _AGREED * total):
        return None
    return counts[0][1]


def _people(intent: str, said: Sequence[Saying]) -> int:
    return len({one.person for one in said if intent in one.teller.intents})


def _with_object(intent: str, keys: Sequence[Key], everybody: frozenset[str]) -> str:
    """Tell what an intent is about, in the customers' words: "Refund request: flight"."""
    name = intent.replace("_", " ")
    about = next(
        (
            key.form
            for key in keys
            if _share(key, everybody) >= (_SHOWN if " " in key.form else _TOLD)
            and not roots(key.form) & roots(name)
        ),
        None,
    )
    return _capital(name if about is None else f"{name}: {about}")


def _two(keys: Sequence[Key], everybody: frozenset[str]) -> str:
    first = keys[0]
    rest = everybody - first.people
    second = max(
        keys[1:], key=lambda key: len(key.people & rest) * (1 + key.form.count(" ")), default=None
    )
    chosen = [first] if second is None else [first, second]
    covered = frozenset[str]().union(*(key.people for key in chosen))
    name = ", ".join(key.form for key in chosen)
    enough = (_MIXED_FEW if len(everybody) < _SMALL else _MIXED) * len(everybody)
    return _capital(name if len(covered) >= enough else f"mixed: {name}")


def distinct(labels: Sequence[str], key_phrases: Sequence[Sequence[str]]) -> list[str]:
    """Tell themes of one name apart by their next key phrase, or by a number."""
    given: list[str] = []
    for name, keys in zip(labels, key_phrases, strict=True):
        given.append(free(name, keys, given))
    return given


def free(name: str, key_phrases: Sequence[str], taken: Sequence[str] | set[str]) -> str:
    """Give a name that is not taken: the name, or it with a key phrase or a number."""
    told = roots(name.lower().replace(",", " ").replace(":", " "))
    more = (f"{name}, {key}" for key in key_phrases if not roots(key) <= told)
    options = [name, *more, *(f"{name} ({number})" for number in range(2, len(taken) + 3))]
    return next(option for option in options if option not in taken)


def _forms(said: Sequence[Saying], candidates: Sequence[str]) -> Mapping[str, Key]:
    """Gather who says each phrase, and its most frequent form, the shorter of equals."""
    verbatim: dict[str, set[str]] = defaultdict(set)
    people: dict[str, set[str]] = defaultdict(set)
    forms: dict[str, Counter[str]] = defaultdict(Counter)
    for one in said:
        for phrase in dict.fromkeys(phrases(one.text)):
            verbatim[phrase.key].add(one.person)
            forms[phrase.key][phrase.form] += 1
        words = words_of(one.text)
        for key in candidates:
            if "not" not in (parts := key.split()) and words.issuperset(parts):
                people[key].add(one.person)
    return {
        key: Key(_usual(forms[key]), frozenset(who | people[key]), len(who))
        for key, who in verbatim.items()
    }


def _usual(forms: Counter[str]) -> str:
    return min(forms, key=lambda form: (-forms[form], len(form), form))


def _share(key: Key, everybody: frozenset[str]) -> float:
    return len(key.people) / max(len(everybody), 1)


def _alike(first: str, second: str) -> bool:
    one, other = set(first.split()), set(second.split())
    return one <= other or other <= one


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]
