"""Names of people that the record itself tells: metadata, greeting and signature."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping

from domain.conversation import Conversation, Role
from nlp.redact.found import Found, IdKind

_NAME = r"[A-ZÀ-Þ][a-zà-ÿ]+(?:['\u2019-][A-ZÀ-Þ]?[a-zà-ÿ]+)*"
_TITLE = r"(?:Mrs?|Ms|Miss|Dr|Prof|Herr|Frau|Señora?|Mme|Monsieur|Madame)\.?\s+"
_GREETING = re.compile(
    r"^[ \t]*(?i:hi|hello|hey|hiya|dear|good (?:morning|afternoon|evening|day)|hallo|bonjour|hola)"
    rf"[,!]?[ \t]+({_TITLE})?(?P<name>{_NAME}(?:[ \t]+{_NAME})?)(?=\s*[,!.:\n-]|\s*$)",
    re.MULTILINE,
)
_INTRODUCTION = re.compile(
    r"\b(?i:my name is|my name's|the name is|name's|speaking (?:to|with)|through to"
    r"|you're talking to)"
    rf"\s+({_TITLE})?(?P<name>{_NAME}(?:\s+{_NAME})?)"
)
_CLOSING = re.compile(
    r"(?i:^[ \t]*(?:(?:many |kind |best |warm |with )*(?:regards|wishes|thanks|thank you)"
    r"|cheers|sincerely|yours(?: \w+)?|best|mfg|mit freundlichen grüßen|viele grüße|cordialement"
    r"|saludos)[ \t]*[,.!]?[ \t]*\n)\s*"
    rf"(?P<name>{_NAME}(?:[ \t]+(?:[A-Z]\.?[ \t]+)?{_NAME}){{0,2}})[ \t]*(?=\n|$)",
    re.MULTILINE,
)
_LAST_LINE = re.compile(rf"\n[ \t]*(?P<name>(?:[A-Z]\.[ \t]*)?{_NAME}(?:[ \t]+{_NAME})?)\s*$")
_HANDLE = re.compile(rf"[\^~\u2013\u2014-]\s?(?P<name>{_NAME})\s*$")
"""Support teams sign short messages with ``^Kim``."""

_words = re.compile(r"\S+").findall
_NOT_NAMES = frozenset(
    _words(
        "there team all support sir madam again everyone customer customers service folks "
        "guys thanks thank cheers regards best yes no ok okay please sorry hello hi hey "
        "good morning afternoon evening day and the to you your we our sent help invoice "
        "order kind care dear anyway both done bye goodbye noted perfect great sure got "
        "still also but so well just"
    )
)
_ALSO_WORDS = frozenset(
    _words(
        "will may mark grace rich bill penny rose hope faith joy art april june august "
        "summer dawn chase pat rob sue miles drew frank ray jack dean guy max ted chance "
        "christian angel young white black brown green king long short small love price "
        "best day west north"
    )
)
"""Names that are words too: hidden only where they stand like a name."""


def known_names(conversation: Conversation) -> dict[str, str]:
    """Collect the names that metadata tells.

    Returns
    -------
    dict of str to str
        Each way to write a name (whole and its parts) and the person it stands for, who
        goes by the whole name in lower case. A part that two people share stands for the first.
    """
    spoken = (Role.CUSTOMER, Role.AGENT)
    people = [conversation.customer_name or ""]
    people += [turn.author or "" for turn in conversation.turns if turn.role in spoken]
    names: dict[str, str] = {}
    for person in people:
        words = [word for word in re.split(r"[\s,]+", folded(person)) if word[:1].isalpha()]
        if not words or "@" in person:
            continue
        for form in (" ".join(words), *words):
            if len(form) >= 3 and form.lower() not in _NOT_NAMES:
                names.setdefault(form, " ".join(words).lower())
    return names


def folded(text: str) -> str:
    """Take accents away, one character for one: "Héctor" and "Hector" are one name."""
    return text if text.isascii() else "".join(unicodedata.normalize("NFD", c)[0] for c in text)


def find_known(text: str, names: Mapping[str, str]) -> Iterator[Found]:
    """Find names from metadata, whole names before their parts."""
    plain = folded(text)
    for form in sorted(names, key=len, reverse=True):
        if form.lower() in _ALSO_WORDS:
            continue
        pattern = rf"(?<!\w){re.escape(form)}(?!\w)"
        # A whole name is sure in any case; a part must be written as a name.
        flags = re.IGNORECASE if " " in form else 0
        for match in re.finditer(pattern, plain, flags):
            yield Found(match.start(), match.end(), IdKind.PERSON, names[form])


def find_placed(text: str, names: Mapping[str, str]) -> Iterator[Found]:
    """Find names by where they stand: greeting, introduction, signature."""
    people = {form.lower(): person for form, person in names.items()}
    for match in _matches(text):
        start, end = match.span("name")
        name = match.group("name")
        words = name.lower().split()
        if words[0] in _NOT_NAMES:
            continue
        if words[-1] in _NOT_NAMES:
            end = start + len(name.split()[0])
        shown = folded(text[start:end]).lower()
        yield Found(start, end, IdKind.PERSON, people.get(shown, _person(shown, people)))


def _matches(text: str) -> Iterable[re.Match[str]]:
    for pattern in (_GREETING, _INTRODUCTION, _CLOSING):
        yield from pattern.finditer(text)
    for pattern in (_LAST_LINE, _HANDLE):
        match = pattern.search(text)
        if match:
            yield match


def _person(shown: str, people: Mapping[str, str]) -> str:
    """Take "Mr Halloran" for the one Halloran that is known."""
    return people.get(shown.split()[-1], shown)
