"""Signatures: the name block, the telephone's line and the lawyer's paragraph under a mail."""

import re

from domain.conversation import Part, PartKind
from ingest.clean.lines import Line, lines_of

MAX_BLOCK = 10
"""Lines under a closing that may still be a signature."""
MAX_TAIL = 80
"""Lines at the end of a text in which a signature is sought."""
MAX_WIDTH = 90
"""Characters of a signature's line. What is longer is a sentence."""

_DELIMITER = re.compile(r"--|\u2014")
_CLOSING = re.compile(
    r"(?:(?:(?:with )?(?:best|kind|kindest|warm|warmest|many)(?: and kind)? )?(?:regards|wishes)"
    r"|(?:yours )?(?:sincerely|faithfully|truly)(?: yours)?|yours|cheers|best|all the best"
    r"|mit (?:freundlichen|besten|herzlichen|lieben|vielen) gr(?:ü|ue)(?:ß|ss)en?|mfg|vg|lg"
    r"|(?:viele|beste|liebe|freundliche|herzliche|schöne) gr(?:ü|ue)(?:ß|ss)e|gr(?:u|ü)(?:ß|ss)e?"
    r"|(?:bien )?cordialement|bien à vous|(?:sincères |meilleures )?salutations"
    r"|(?:un )?(?:cordial )?saludos?|saludos cordiales|atentamente|cordialmente"
    r"|(?:cordiali|distinti) saluti|met vriendelijke groet(?:en)?|atenciosamente)"
    r"[ ,.!\u2013-]*",
    re.IGNORECASE,
)
_THANKS = re.compile(
    r"(?:(?:many )?thanks(?: in advance| again| so much)?|thank you(?: very much| in advance)?"
    r"|(?:vielen |besten |herzlichen )?dank(?: im voraus)?|danke|merci(?: d'avance)?"
    r"|(?:muchas )?gracias)[ ,.!]*",
    re.IGNORECASE,
)
_DEVICE = re.compile(
    r"(?:sent from (?:my|mail for|outlook|yahoo|samsung|proton|a|an)\b.{0,60}|sent via .{0,40}"
    r"|get outlook for .{0,40}|von meinem .{1,40} gesendet.{0,20}"
    r"|gesendet (?:von|mit|aus) (?:meinem|der|outlook|mail|gmx|web)\b.{0,60}"
    r"|diese nachricht wurde von meinem .{1,60}gesendet.{0,60}"
    r"|envoyé (?:de|depuis|à partir d)\b.{1,60}|enviado desde (?:mi|outlook|yahoo)\b.{0,60}"
    r"|inviato da(?:l mio)? .{1,40}|verzonden vanaf .{1,40}|enviado do meu .{1,40})",
    re.IGNORECASE,
)
_DISCLAIMER = re.compile(
    r"(?:this (?:e-?mail|message|communication).{0,60}\b(?:confidential|privileged|intended)"
    r"|the information (?:contained )?in this (?:e-?mail|message)"
    r"|(?:confidentiality|legal|privacy) notice\b|disclaimer:"
    r"|diese (?:e-?mail|nachricht).{0,60}\bvertrauliche?"
    r"|ce (?:message|courriel|mail).{0,60}\bconfidentiel"
    r"|este (?:mensaje|correo).{0,60}\bconfidencial"
    r"|please consider the environment before printing)",
    re.IGNORECASE,
)
_POSTSCRIPT = re.compile(r"P\.?\s?S\.?\b[:. ]", re.IGNORECASE)


def find_signatures(text: str, start: int, end: int) -> list[Part]:
    """Mark the signature at the end of one author's own text.

    Knows the delimiter ``-- `` (RFC 3676, 4.3), closings such as "Kind regards" with the
    short lines that follow, "Sent from my …" lines and confidentiality notices, in English,
    German, French and Spanish. Thanks are kept: only the name under them is marked. A
    sentence, a question or a postscript is never taken into a signature.

    Parameters
    ----------
    text : str
        The whole text.
    start, end : int
        The author's own stretch of it, which ends where a quotation begins.

    Returns
    -------
    list of Part
        Kind ``signature``.
    """
    lines = lines_of(text, start, end)[-MAX_TAIL:]
    parts = []
    position = 0
    while position < len(lines):
        stop = _signature_end(lines, position)
        if stop > position:
            span = (lines[position].start, lines[stop - 1].end)
            parts.append(Part(kind=PartKind.SIGNATURE, start=span[0], end=span[1]))
        position = max(stop, position + 1)
    return parts


def _signature_end(lines: list[Line], position: int) -> int:
    """Index behind the signature that starts at this line; the position itself for none."""
    line = lines[position].text
    if not line or (len(line) > 400 and not _DISCLAIMER.match(line)):
        return position
    if _DEVICE.fullmatch(line):
        return position + 1
    if _DISCLAIMER.match(line):
        return _paragraph_end(lines, position)
    previous = lines[position - 1].text if position else ""
    if _DELIMITER.fullmatch(line) or _CLOSING.fullmatch(line):
        return _block_end(lines, position)
    if _THANKS.fullmatch(previous) and _is_name(line):
        return _block_end(lines, position)
    return position


def _block_end(lines: list[Line], position: int) -> int:
    """End of a block of short lines that reaches the end of the text, or a postscript."""
    filled = 0
    for index in range(position + 1, len(lines)):
        line = lines[index].text
        if _POSTSCRIPT.match(line):
            return index
        if _DISCLAIMER.match(line) or _DEVICE.fullmatch(line):
            return index
        filled += bool(line)
        if filled > MAX_BLOCK or not _fits(line):
            return position
    return len(lines)


def _fits(line: str) -> bool:
    return len(line) <= MAX_WIDTH and "?" not in line and not _is_sentence(line)


def _is_sentence(line: str) -> bool:
    words = line.split()
    lower = sum(1 for word in words if word[:1].islower())
    return len(words) > 7 and lower > len(words) / 2


def _is_name(line: str) -> bool:
    words = line.strip(" ,.").split()
    return 1 <= len(words) <= 4 and all(word[:1].isupper() and word[-1:] != "?" for word in words)


def _paragraph_end(lines: list[Line], position: int) -> int:
    while position < len(lines) and lines[position].text:
        position += 1
    return position
