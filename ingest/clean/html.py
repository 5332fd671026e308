"""HTML to readable text: paragraphs and lists stay, markup, scripts and styles go."""

import re

from domain.conversation import Part, PartKind
from ingest.clean.tags import Tag, tokens

_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "center", "dd", "div", "dl", "dt", "fieldset",
    "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "main",
    "nav", "ol", "p", "pre", "section", "table", "tr", "ul",
})  # fmt: skip
_SILENT = frozenset({"head", "template", "noscript", "svg", "object"})
_VOID = frozenset({
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source",
    "track", "wbr",
})  # fmt: skip
_TAG = re.compile(
    r"</?(?:p|div|br|span|html|body|table|tr|td|a|b|i|u|em|strong|ul|ol|li|blockquote|h[1-6]|"
    r"font|img|pre|hr|style|head)(?:\s[^<>]{0,2000})?/?>",
    re.IGNORECASE,
)
_QUOTE_CLASSES = (
    "gmail_quote",
    "yahoo_quoted",
    "moz-cite-prefix",
    "protonmail_quote",
    "zmail_extra",
)
_QUOTE_IDS = ("divrplyfwdmsg", "appendonsend", "mail-editor-reference-message-container")
_SIGNATURE_MARKS = (
    "gmail_signature",
    "moz-signature",
    "protonmail_signature",
    "ms-outlook-mobile-signature",
)


def is_html(text: str) -> bool:
    """Tell whether a text holds HTML markup. ``<3`` and ``<a@b.example>`` are none."""
    return "<" in text and _TAG.search(text) is not None


def html_to_text(html: str) -> tuple[str, tuple[Part, ...]]:
    """Turn HTML into text and mark quotations and signatures that the markup names.

    Parameters
    ----------
    html : str
        A fragment or a document, however broken.

    Returns
    -------
    text : str
        Paragraphs parted by line ends, list items led by ``- ``.
    parts : tuple of Part
        Quoted and signature stretches of the text, in characters.
    """
    writer = _Writer()
    for token in tokens(html):
        if isinstance(token, str):
            writer.data(token)
        elif token.end:
            writer.end(token.name)
        else:
            writer.start(token)
    return writer.result()


class _Writer:
    """Collects text; remembers where a marked element began."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._length = 0
        self._at_line_start = True
        self._open: list[tuple[str, PartKind | None, int]] = []
        self._marks: list[tuple[PartKind, int, int]] = []
        self._silent = 0
        self._verbatim = 0

    def start(self, tag: Tag) -> None:
        """Take a start tag."""
        if tag.name in _SILENT:
            self._silent += 1
            return
        self._layout(tag.name)
        if tag.name not in _VOID:
            self._verbatim += tag.name == "pre"
            self._open.append((tag.name, _kind(tag), self._length))
        if tag.marks.get("id") in _QUOTE_IDS:
            # Outlook: all after this element is the message replied to.
            self._marks.append((PartKind.QUOTED, self._length, -1))

    def end(self, name: str) -> None:
        """Take an end tag. Only a near element is closed: in mail, many have no start."""
        if name in _SILENT:
            self._silent = max(0, self._silent - 1)
            return
        for depth in range(len(self._open) - 1, max(-1, len(self._open) - 33), -1):
            if self._open[depth][0] == name:
                self._close(depth)
                break
        if name in _BLOCKS or name == "li":
            self._break()

    def data(self, data: str) -> None:
        """Take text."""
        if self._silent:
            return
        if self._verbatim:
            self._write(data)
            return
        words = " ".join(data.split())
        if data[:1].isspace():
            self._space()
        if words:
            self._write(words)
        if words and data[-1:].isspace():
            self._space()

    def result(self) -> tuple[str, tuple[Part, ...]]:
        """Give the text without blanks at its ends, and the marks in it."""
        if self._open:
            self._close(0)
        raw = "".join(self._pieces)
        text = raw.strip()
        shift = len(raw) - len(raw.lstrip())
        return text, tuple(p for m in self._marks if (p := _part(m, shift, len(text))))

    def _layout(self, name: str) -> None:
        if name == "br":
            self._write("\n")
        elif name in _BLOCKS or name == "li":
            self._break()
        if name == "li":
            self._write("- ")
        if name in ("td", "th"):
            self._space()

    def _close(self, depth: int) -> None:
        for name, kind, start in reversed(self._open[depth:]):
            self._verbatim -= name == "pre"
            if kind is not None:
                self._marks.append((kind, start, self._length))
        del self._open[depth:]

    def _write(self, piece: str) -> None:
        if piece:
            self._pieces.append(piece)
            self._length += len(piece)
            self._at_line_start = piece.endswith("\n")

    def _space(self) -> None:
        if not self._at_line_start and self._pieces and not self._pieces[-1].endswith(" "):
            self._write(" ")

    def _break(self) -> None:
        if not self._at_line_start:
            self._write("\n")


def _kind(tag: Tag) -> PartKind | None:
    classes = tag.marks.get("class", "")
    names = f"{classes} {tag.marks.get('id', '')}"
    if any(mark in names for mark in _SIGNATURE_MARKS) or "signature" in names.split():
        return PartKind.SIGNATURE
    if tag.name == "blockquote" or any(mark in names for mark in _QUOTE_CLASSES):
        return PartKind.QUOTED
    return None


def _part(mark: tuple[PartKind, int, int], shift: int, size: int) -> Part | None:
    kind, start, end = mark
    start = max(0, start - shift)
    end = size if end < 0 else min(size, max(0, end - shift))
    return Part(kind=kind, start=start, end=end) if start < end else None
