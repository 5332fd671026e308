"""Plain text as the HTML that mail programs and messengers make of it."""

import html
import re

QUOTE_INTRO = re.compile(r"^(On .+ wrote:|Am .+ schrieb .+:|-+ ?Original Message ?-+|From: .+)$")


def paragraphs(text: str) -> str:
    """Write short text as paragraphs with line breaks.

    Parameters
    ----------
    text : str
        Plain text; blank lines part paragraphs.
    """
    blocks = re.split(r"\n{2,}", text.strip("\n"))
    return "".join(f"<p>{_lines(block.splitlines())}</p>" for block in blocks)


def mail(text: str) -> str:
    """Write a mail: signature in a block of its own, quoted lines in a blockquote.

    Parameters
    ----------
    text : str
        Plain text with ``-- `` before the signature and ``> `` before quoted lines.
    """
    pieces = []
    for kind, lines in _sections(text):
        if kind == "quote":
            inner = paragraphs("\n".join(re.sub(r"^>+ ?", "", line) for line in lines))
            pieces.append(f'<blockquote type="cite">{inner}</blockquote>')
        elif kind == "signature":
            pieces.append(f'<div class="signature"><p>{_lines(lines)}</p></div>')
        elif any(line.strip() for line in lines):
            pieces.append(paragraphs("\n".join(lines)))
    return "".join(pieces)


def _sections(text: str) -> list[tuple[str, list[str]]]:
    """Part a mail into runs of lines of one kind."""
    sections: list[tuple[str, list[str]]] = [("text", [])]
    for line in text.splitlines():
        kind = sections[-1][0]
        if line.startswith(">"):
            kind = "quote"
        elif line.rstrip() == "--":
            kind = "signature"
        elif kind == "quote" or QUOTE_INTRO.match(line):
            kind = "text"
        if kind != sections[-1][0]:
            sections.append((kind, []))
        sections[-1][1].append(line)
    return sections


def _lines(lines: list[str]) -> str:
    return "<br>".join(html.escape(line, quote=False) for line in lines)
