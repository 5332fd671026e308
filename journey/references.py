"""Numbers that name a matter: orders, bookings, tickets, invoices, as written or spoken."""

import re

_DIGITS = {
    "zero": "0", "oh": "0", "o": "0", "one": "1", "two": "2", "three": "3", "four": "4",
    "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
}  # fmt: skip
_REPEATS = {"double": 2, "triple": 3}
_CODE = re.compile(r"(?<![\w@.+/-])[A-Za-z]{0,6}[-#]?\d[A-Za-z\d]*(?:-[A-Za-z\d]+)*(?![\w@])")
_LETTERED = re.compile(r"\b(?=[A-Z\d]*\d)(?=[A-Z\d]*[A-Z])[A-Z\d]{5,12}\b")
_NOT_A_CODE = re.compile(
    r"\d{4}-\d{2}-\d{2}|\d{1,2}-\d{1,2}(-\d{2,4})?"  # dates
    r"|\d+(st|nd|rd|th|[ap]m|cm|mm|kg|mb|gb|h|m|s|x\d*)",  # ordinals and units
    re.IGNORECASE,
)
_SPELT = re.compile(r"(?:\b[A-Za-z]+\b[\s,-]*)+")
_WORD = re.compile(r"[A-Za-z]+")
_FILLERS = frozenset(("uh", "um", "er", "erm", "hm", "for", "and", "like", "kilo"))
MIN_DIGITS = 3
MIN_LENGTH = 5


def references(text: str) -> dict[str, str]:
    """Find what reads as the number of an order, booking, ticket, invoice or case.

    Parameters
    ----------
    text : str
        Any text; spoken digits and letters (``W F B, six, K for kilo, two``) are read too.

    Returns
    -------
    dict of str to str
        Numbers, folded to capitals and digits, to their kind: the letters before them, or
        else their shape. A long run of digits stands without the letters before it, so
        that ``HP-77120345`` and ``77120345`` meet.
    """
    found = {m.group() for pattern in (_CODE, _LETTERED) for m in pattern.finditer(text)}
    found |= set(_spoken(text))
    # The one with letters comes last and gives its kind.
    forms = ((_form(code), _kind(code)) for code in sorted(found, key=lambda c: c[0].isalpha()))
    return {form: kind for form, kind in forms if form}


def _kind(code: str) -> str:
    plain = re.sub(r"[^A-Z\d]", "", code.upper())
    letters = re.sub(r"\d.*", "", plain)
    return letters if len(letters) > 1 else re.sub(r"\d", "9", plain)


def _form(code: str) -> str | None:
    if _NOT_A_CODE.fullmatch(code):
        return None
    plain = re.sub(r"[^A-Z\d]", "", code.upper())
    digits = sum(c.isdigit() for c in plain)
    lettered = digits < len(plain) and len(plain) >= MIN_LENGTH
    told = digits >= MIN_DIGITS or (lettered and digits)
    if plain.startswith("0") or len(plain) < MIN_LENGTH or not told:
        return None
    tail = re.sub(r"^[A-Z]+", "", plain)
    return tail if tail.isdigit() and len(tail) >= MIN_LENGTH else plain


def _spoken(text: str) -> list[str]:
    """Read runs of spoken digits and single letters."""
    found = []
    for run in _SPELT.finditer(text):
        code, times = "", 1
        for word in [*_WORD.findall(run.group()), "end"]:
            low = word.lower()
            if low in _REPEATS:
                times = _REPEATS[low]
            elif low in _DIGITS and not (low == "o" and not code):
                code, times = code + _DIGITS[low] * times, 1
            elif (len(word) == 1 and word.isupper() and word != "I") or (
                code and word.isupper() and len(word) <= 4
            ):
                code += word
            elif word.isupper() and 2 <= len(word) <= 4:
                code = word
            elif low not in _FILLERS or not code:
                found.append(code)
                code = ""
    return [code for code in found if len(code) >= MIN_LENGTH and re.search(r"\d", code)]
