"""One message of an export, as a turn's plain text and the parts that are not analysed."""

from dataclasses import dataclass

from domain.conversation import MAX_TEXT, Channel, Part, PartKind, Role
from ingest.clean.auto_replies import is_auto_reply
from ingest.clean.html import html_to_text, is_html
from ingest.clean.marks import settle
from ingest.clean.quotes import find_quotes
from ingest.clean.signatures import find_signatures
from ingest.outcome import Cleaned, Tally

_WRITTEN = frozenset({Channel.EMAIL, Channel.FORM})


@dataclass(frozen=True)
class Message:
    """Clean text with its marks."""

    text: str
    parts: tuple[Part, ...]


def clean_message(
    raw: str, channel: Channel, role: Role, tally: Tally, subject: str | None = None
) -> Message:
    """Turn what an export holds into plain text and mark what is not analysed.

    HTML becomes text on every channel. Quotations, signatures and automatic replies are
    sought in what people wrote by mail or form; chats and calls have none.

    Parameters
    ----------
    raw : str
        Text or HTML.
    channel : Channel
        Where it was said.
    role : Role
        Who said it.
    tally : Counter
        Takes counts by `Cleaned`.
    subject : str, optional
        Subject of this very mail, where the export has one.
    """
    text = raw.replace("\r\n", "\n").replace("\r", "\n")
    parts: tuple[Part, ...] = ()
    # What is too long will be refused; no time is spent on it.
    if len(text) <= MAX_TEXT * 4 and is_html(text):
        text, parts = html_to_text(text)
        tally[Cleaned.HTML] += 1
    if not text.strip():
        tally[Cleaned.EMPTY_TURN] += 1
    elif len(text) <= MAX_TEXT and channel in _WRITTEN and role in (Role.CUSTOMER, Role.AGENT):
        parts = mark_mail(text, parts, subject)
    else:
        parts = settle(text, parts)
    for part in parts:
        tally[part.kind.value] += 1
    return Message(text, parts)


def mark_mail(
    text: str, known: tuple[Part, ...] = (), subject: str | None = None
) -> tuple[Part, ...]:
    """Mark quotations, signatures and automatic replies in one mail.

    Parameters
    ----------
    text : str
        Plain text of the mail.
    known : tuple of Part
        What its markup already told.
    subject : str, optional
        Subject of this very mail.

    Returns
    -------
    tuple of Part
        In order, apart from one another, inside the text.
    """
    quotes = settle(text, [*known, *find_quotes(text)])
    own = _own(text, quotes)
    if is_auto_reply("\n".join(text[start:end] for start, end in own), subject):
        return settle(text, [Part(kind=PartKind.AUTO_REPLY, start=0, end=len(text))])
    signatures = [part for start, end in own for part in find_signatures(text, start, end)]
    return settle(text, [*quotes, *signatures])


def _own(text: str, parts: tuple[Part, ...]) -> list[tuple[int, int]]:
    """Stretches of the text that no part covers."""
    edges = [0, *(edge for part in parts for edge in (part.start, part.end)), len(text)]
    return [(s, e) for s, e in zip(edges[::2], edges[1::2], strict=True) if text[s:e].strip()]
