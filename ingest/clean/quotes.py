"""Quoted mail: what somebody else wrote, under or between the lines of a reply.

Own rules, line by line, because the offsets of what is quoted must be kept, time must be
linear in the length of a hostile mail, and no line of the customer's may be hidden.
"""

import re

from domain.conversation import Part, PartKind
from ingest.clean.lines import Line, lines_of

MAX_LINE = 400
"""Longer lines introduce no quotation."""

# "On <date>, <somebody> wrote:" as mail programs write it; a digit must stand in it.
_WROTE = re.compile(
    r"(?:On|Am|Le|El|Il|Op|Em|Den|På|Dnia|W dniu)\b.{4,300}?"
    r"\b(?:wrote|schrieb|a écrit|escribió|ha scritto|schreef|escreveu|skrev|napisał\(?a?\)?)"
    r"\b.{0,120}:$",
    re.IGNORECASE,
)
_NAMED = re.compile(
    r".{0,100}<[^<>\s]{3,200}@[^<>\s]{1,200}>.{0,20}"
    r"(?:(?:wrote|schrieb|a écrit|escribió|ha scritto|schreef)\b.{0,80})?:$",
    re.IGNORECASE,
)
_ONLY_MAIL = re.compile(
    r"[*\s]*(?:Sent|Subject|Cc|Reply-To|Gesendet|Betreff|Envoyé|Objet|Enviado|Enviado el|Asunto"
    r"|Inviato|Oggetto|Verzonden|Onderwerp)[*\s]*:",
    re.IGNORECASE,
)
_MARKED = re.compile(r">(?:[\s>]|$|[^\W\d]{2})")
_OPENERS = re.compile(r"(?:On|Am|Le|El|Il|Op|Em|Den|På|Dnia|W dniu)\b", re.IGNORECASE)
_SEPARATOR = re.compile(
    r"[-_ ]{2,}\s*(?:Original Message|Original-Nachricht|Ursprüngliche Nachricht|"
    r"Message d['\u2019]origine|Message original|Mensaje original|Messaggio originale|"
    r"Oorspronkelijk bericht|Mensagem original|Forwarded message|Weitergeleitete Nachricht|"
    r"Message transféré|Mensaje reenviado)\s*[-_ ]{2,}$"
    r"|(?:Begin forwarded message|Anfang der weitergeleiteten (?:Nachricht|E-Mail)|"
    r"Début du message réexpédié|Inicio del mensaje reenviado)\s*:$"
    r"|##-.{0,200}-##$",
    re.IGNORECASE,
)
_HEADER = re.compile(
    r"[*\s]*(?:(?P<who>From|Von|De|Da|Van|Expéditeur|Remitente)"
    r"|(?P<rest>Sent|Date|To|Subject|Cc|Reply-To|Gesendet|Datum|An|Betreff|Envoyé|À|Objet|"
    r"Enviado|Enviado el|Fecha|Para|Asunto|Inviato|Data|Oggetto|Verzonden|Aan|Onderwerp))"
    r"[*\s]*:",
    re.IGNORECASE,
)


def find_quotes(text: str) -> list[Part]:
    """Mark the quoted stretches of a mail.

    Knows attribution lines ("On … wrote:" and its forms in ten languages, also broken over
    up to three lines), separators ("-----Original Message-----"), header blocks
    ("Von: … Gesendet: …") and ``>`` lines (RFC 3676). A quotation that is not led by ``>``
    runs to the end of the mail; one that is ends with its ``>`` lines, so that answers
    between the lines stay the customer's.

    Parameters
    ----------
    text : str
        The plain text of one mail.

    Returns
    -------
    list of Part
        Kind ``quoted``, in order.
    """
    lines = lines_of(text)
    parts: list[Part] = []
    position = 0
    while position < len(lines):
        size = _intro(lines, position)
        stop = position
        if size or _quoted(lines[position]):
            stop = _run_end(lines, position + size)
        if size and stop == position + size:
            parts.append(_part(lines[position].start, len(text)))
            break
        if stop > position:
            parts.append(_part(lines[position].start, lines[stop - 1].end))
        position = max(stop, position + 1)
    return parts


def _part(start: int, end: int) -> Part:
    return Part(kind=PartKind.QUOTED, start=start, end=end)


def _run_end(lines: list[Line], position: int) -> int:
    """Index behind the run of ``>`` lines that starts here, blank lines inside it taken."""
    end = position
    while position < len(lines) and (not lines[position].text or _quoted(lines[position])):
        position += 1
        if _quoted(lines[position - 1]):
            end = position
    return end


def _quoted(line: Line) -> bool:
    # ">50" and ">:(" are a customer's own.
    return _MARKED.match(line.text) is not None


def _intro(lines: list[Line], position: int) -> int:
    """How many lines here introduce a quotation; 0 for none."""
    line = lines[position].text
    if not line or len(line) > MAX_LINE:
        return 0
    if _SEPARATOR.match(line):
        return 1
    if _is_underline(line) and position + 1 < len(lines):
        return _with_header(lines, position)
    return _attribution(lines, position) or _header_block(lines, position)


def _is_underline(line: str) -> bool:
    return len(line) >= 20 and not line.strip("_-")


def _with_header(lines: list[Line], position: int) -> int:
    follow = position + 1
    while follow < len(lines) and not lines[follow].text:
        follow += 1
    block = _header_block(lines, follow) if follow < len(lines) else 0
    return follow - position + block if block else 0


def _attribution(lines: list[Line], position: int) -> int:
    first = lines[position].text
    if _NAMED.fullmatch(first) and any(c.isdigit() for c in first):
        return 1
    if not _OPENERS.match(first):
        return 0
    for size in (1, 2, 3):
        joined = " ".join(line.text for line in lines[position : position + size])
        if len(joined) > MAX_LINE:
            return 0
        if _WROTE.fullmatch(joined) and any(c.isdigit() for c in joined):
            return size
    return 0


def _header_block(lines: list[Line], position: int) -> int:
    match = _HEADER.match(lines[position].text)
    if match is None or match["who"] is None:
        return 0
    following = lines[position + 1 : position + 8]
    found = 0
    for count, line in enumerate(following, start=1):
        if _HEADER.match(line.text[:MAX_LINE]):
            found = count
        elif not line.text and found:
            break
    block = lines[position : position + found + 1]
    return found + 1 if found and any(_is_of_mail(line.text) for line in block) else 0


def _is_of_mail(line: str) -> bool:
    """Whether a header line belongs to mail: "From: London, To: Lisbon" is a journey."""
    return _ONLY_MAIL.match(line[:MAX_LINE]) is not None or "@" in line
