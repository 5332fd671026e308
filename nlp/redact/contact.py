"""E-mail addresses, phone numbers, links and postal addresses."""

import re
from collections.abc import Iterator

import phonenumbers

from domain.identity import IdentifierKind, normalise
from nlp.redact.found import Found, IdKind

_EMAIL = re.compile(r"[\w.+%'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
_URL = re.compile(r"\b(?:https?://|www\.)[^\s<>\"']+", re.IGNORECASE)
_TOKEN = re.compile(r"[?&#][^=\s]+=|/[A-Za-z0-9_-]*\d[A-Za-z0-9_-]{11,}|@")
"""A link with parameters or a long code may open what only its owner should see."""

_PHONE = re.compile(
    r"(?<![\w.,/-])(?:"
    r"\+\d[\d\s().-]{6,20}\d"  # international
    r"|00[1-9][\d\s().-]{6,18}\d"
    r"|\(0?\d{2,5}\)[\s.-]?\d[\d\s.-]{4,12}\d"  # an area code in brackets
    r"|0\d{2,5}[\s./-]\d[\d\s.-]{3,12}\d"  # a trunk zero and a separator
    r"|0[1-9]\d{8,9}"  # a trunk zero and ten or eleven digits
    r"|\d{3}[-.\s]\d{3}[-.\s]\d{4}"  # North American
    r")(?![\w-]|[.,]\d)"
)
_DATE_LIKE = re.compile(r"\d{1,2}[-./ ]\d{1,2}[-./ ](?:\d{2}|\d{4})(?!\d)")
_TIME_LIKE = re.compile(r"\d:\d\d")

_NAME = r"[A-ZÀ-Þ][\w'\u2019.-]{0,30}"
"""Bounded, so that no text can make the search take long."""
_STREET = (
    r"(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Way|Close|Court|Ct|Place|Pl|Square|Sq|"
    r"Terrace|Gardens|Crescent|Boulevard|Blvd|Row|Hill|Grove|Mews|Quay|Parade|Walk)"
)
_POSTCODE = (
    r"(?:[A-Z]{1,2}\d[A-Z\d]?\s\d[A-Z]{2}|(?:[A-Z]{1,2}-)?\d{4,5}(?:-\d{4})?(?:\s[A-Z]{2}\b)?)"
)
_PLACE = rf"{_NAME}(?: {_NAME})?"
_TOWN = (
    rf"(?:,? (?:{_PLACE}),?\s{{1,3}}(?:[A-Z]{{2}} )?{_POSTCODE}"
    rf"|,?\s{{1,3}}{_POSTCODE}(?: {_PLACE})?"
    rf"|, {_PLACE})?"
)
_FORMS = (
    # English: 12a Mill Street, Flat 3, 12 Mill Street
    r"(?:(?:Flat|Apt|Apartment|Unit|Suite) \w{1,5},? )?"
    rf"\d{{1,5}}[a-zA-Z]?,? (?:{_NAME} ){{1,3}}{_STREET}\b\.?",
    # German and Dutch: Ahornweg 4
    r"[A-ZÄÖÜ][\wäöüß-]{0,40}(?:weg|straße|strasse|str\.|platz|allee|gasse|ring|damm|ufer"
    r"|straat|laan|gracht) \d{1,4} ?[a-z]?(?!\w)",
    # French: 12 bis, rue de la Paix
    r"\d{1,4}(?: ?bis)?,? (?:rue|avenue|boulevard|place|chemin|allée|quai) "
    rf"(?:d[eu]s? |de la |d')?(?:{_NAME} ?){{1,3}}",
    # Spanish, Italian, Portuguese: Calle Mayor 4
    r"(?:Calle|Avenida|Plaza|Paseo|Via|Viale|Piazza|Corso|Rua) (?:d[aeio]l?l?a? )?"
    rf"(?:{_NAME} ?){{1,3}},? \d{{1,4}}(?!\w)",
)
_ADDRESS = re.compile(rf"(?<!\w)(?:{'|'.join(_FORMS)}){_TOWN}")


def find_emails(text: str) -> Iterator[Found]:
    """Find e-mail addresses (the common part of RFC 5322)."""
    for match in _EMAIL.finditer(text):
        shown = match.group().rstrip(".-'")
        yield Found(match.start(), match.start() + len(shown), IdKind.EMAIL, shown.lower())


def find_urls(text: str) -> Iterator[Found]:
    """Find links that carry a token, parameters or a login."""
    for match in _URL.finditer(text):
        shown = match.group().rstrip(".,;:!?)]}")
        if _TOKEN.search(shown.split("//")[-1]):
            yield Found(match.start(), match.start() + len(shown), IdKind.URL, shown)


def find_phones(text: str, region: str | None = None) -> Iterator[Found]:
    """Find phone numbers that their country's numbering plan allows.

    Parameters
    ----------
    text : str
        Any text.
    region : str, optional
        ISO 3166 code in which numbers without a country code are read.
    """
    for match in _PHONE.finditer(text):
        shown = match.group()
        if _DATE_LIKE.match(shown) or _TIME_LIKE.match(text, match.end() - 1):
            continue
        value = _phone(shown, region)
        if value is not None:
            yield Found(match.start(), match.end(), IdKind.PHONE, value)


def _phone(shown: str, region: str | None) -> str | None:
    if shown.startswith(("+", "00")):
        shown = "+" + re.sub(r"\(0\)", "", shown).lstrip("+0")
        region = None
    elif region is None:
        return normalise(IdentifierKind.PHONE, shown)
    try:
        number = phonenumbers.parse(shown, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def find_addresses(text: str) -> Iterator[Found]:
    """Find postal addresses: a street with a house number, with what follows of the town.

    The forms are those of English, German, Dutch, French, Spanish and Italian. A town
    without a street is no address.
    """
    for match in _ADDRESS.finditer(text):
        shown = match.group().rstrip(" ,")
        value = " ".join(shown.lower().replace(",", " ").split())
        yield Found(match.start(), match.start() + len(shown), IdKind.ADDRESS, value)
