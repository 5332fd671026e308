"""Numbers that name something: cards, bank accounts, orders, invoices, tickets, accounts."""

import re
from collections.abc import Iterator

from stdnum import iban, luhn

from nlp.redact.found import Found, IdKind

_CARD = re.compile(r"(?<![\w.])[3-6]\d{3}(?:[ -]?\d){9,15}(?!\w|[.,]\d)")
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?(?!\w)")

_CUES = {
    IdKind.ORDER: r"orders?|bookings?|reservations?|pnr|bestell\w{0,12}|auftrag\w{0,10}"
    r"|pedido|commande",
    IdKind.INVOICE: r"invoices?|inv|bills?|rechnung\w{0,10}|factura|facture",
    IdKind.TICKET: r"tickets?|cases?|incidents?|complaint|claims?",
    IdKind.ACCOUNT: r"accounts?|acct|customer|client|contract|policy|member(?:ship)?"
    r"|kunden\w{0,10}|cuenta|compte",
    IdKind.REFERENCE: r"ref(?:erence)?|tracking|parcel|shipment|consignment|serial|imei|meter|code"
    r"|confirmation|locator",
}
_CUE = re.compile(
    "|".join(rf"(?P<{kind.name}>\b(?:{words})\b)" for kind, words in _CUES.items()), re.IGNORECASE
)
_LINK = r"(?:[\s:#.]|\b(?:number|num|no|nr|id|code|ref|reference|is|was|it's|its|for|of|my|the)\b)"
_AFTER_CUE = re.compile(rf"{_LINK}{{1,8}}\s*$", re.IGNORECASE)

_CODE = re.compile(
    r"(?<![\w@.€$£+-])(?:"
    r"[A-Z]{1,4}(?:[-/][A-Z]{1,4})?[-/]?\d{4,}(?:[-/][A-Z0-9]{1,6})*"  # HP-77120345, WF-INV-20619-B
    r"|#?\d{5,14}(?:-\d{1,6})?"  # 77120345
    r"|(?=[A-Z0-9]*\d)(?=[A-Z0-9]*[A-Z])[A-Z0-9]{6,12}"  # WFB3TN
    r")(?![\w€$£%@]|[.,]\d|:\d)"
)
_LOCATOR = re.compile(r"(?<!\w)[A-Z]{6}(?!\w)")
"""Booking codes may be letters alone; read only straight behind a cue."""
_UNIT = re.compile(
    r"\s*(?:km|miles?|kwh|mb|gb|points?|euros?|dollars?|pounds?|eur|usd|gbp|chf|units?)\b",
    re.IGNORECASE,
)
_MONEY_BEFORE = re.compile(r"(?:[€$£¥]|\b(?:EUR|USD|GBP|CHF))\s*$")
_PREFIX = {"INV": IdKind.INVOICE, "ORD": IdKind.ORDER, "TKT": IdKind.TICKET, "INC": IdKind.TICKET}
_REACH = 40
"""Characters before a number in which a word says what it is."""
_BARE = 6
"""Digits from which a bare number is hidden though nothing says what it is."""


def find_cards(text: str) -> Iterator[Found]:
    """Find payment card numbers by their check digit (Luhn, ISO/IEC 7812)."""
    for match in _CARD.finditer(text):
        digits = re.sub(r"\D", "", match.group())
        if 13 <= len(digits) <= 19 and luhn.is_valid(digits):
            yield Found(match.start(), match.end(), IdKind.CARD, digits)


def find_ibans(text: str) -> Iterator[Found]:
    """Find bank accounts by their check digits (ISO 13616)."""
    for match in _IBAN.finditer(text):
        shown = match.group()
        while shown and not iban.is_valid(shown, check_country=False):
            # The last group may be a word in capitals that follows the number.
            shown = shown.rpartition(" ")[0]
        if shown:
            end = match.start() + len(shown)
            yield Found(match.start(), end, IdKind.IBAN, iban.compact(shown))


def last_cue(text: str) -> IdKind | None:
    """Tell what sort of number a text asks for: its last word that names one."""
    kinds = [match.lastgroup for match in _CUE.finditer(text)]
    return IdKind[kinds[-1]] if kinds and kinds[-1] else None


def find_codes(text: str, asked: IdKind | None = None) -> Iterator[Found]:
    """Find order, invoice, ticket, account and other reference numbers.

    Parameters
    ----------
    text : str
        Any text.
    asked : IdKind, optional
        What the turn before asked for; it types a number that nothing else does.
    """
    for match in _CODE.finditer(text):
        kind = _kind(text, match, asked)
        if kind is not None:
            yield Found(match.start(), match.end(), kind, normal_code(match.group()))
    for match in _LOCATOR.finditer(text):
        kind = _cue_before(text, match.start(), close=True)
        if kind in (IdKind.ORDER, IdKind.REFERENCE):
            yield Found(match.start(), match.end(), kind, match.group())


def normal_code(shown: str) -> str:
    """Write a number the way it is compared: digits alone where it ends in six or more.

    People leave a shop's letters away, so ``HP-77120345`` and ``77120345`` are one order.
    """
    compact = re.sub(r"[^A-Z0-9]", "", shown.upper())
    digits = re.fullmatch(r"[A-Z]{0,4}(\d{6,})", compact)
    return digits.group(1) if digits else compact


def _kind(text: str, match: re.Match[str], asked: IdKind | None) -> IdKind | None:
    shown = match.group()
    if _UNIT.match(text, match.end()) or _MONEY_BEFORE.search(text[: match.start()][-6:]):
        return None
    prefixed = next((kind for part, kind in _PREFIX.items() if part in shown), None)
    cue = prefixed or _cue_before(text, match.start()) or asked
    if cue is not None:
        return cue
    hidden = not shown.isdigit() or len(shown) >= _BARE
    return IdKind.REFERENCE if hidden else None


def _cue_before(text: str, start: int, *, close: bool = False) -> IdKind | None:
    """Find the nearest word before a place that names a sort of number."""
    before = re.split(r"[.!?\n]\s", text[max(0, start - _REACH) : start])[-1]
    cues = list(_CUE.finditer(before))
    if not cues or cues[-1].lastgroup is None:
        return None
    if close and not _AFTER_CUE.fullmatch(before, cues[-1].end()):
        return None
    return IdKind[cues[-1].lastgroup]
