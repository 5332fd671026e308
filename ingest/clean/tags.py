"""HTML cut into tags and text, in time linear in its length however broken it is.

The standard library's parser takes quadratic time on unclosed tags (a mail of 50 kB of
``<a `` keeps it busy for most of a minute), and mail comes from strangers.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape

_TOKEN = re.compile(
    r"<!--|<[!?][^<>]*+>"
    r"|<(?P<end>/?)(?P<name>[a-zA-Z][a-zA-Z0-9:-]{0,40})"
    r"(?P<rest>(?:[^<>\"']|\"[^\"<]*+\"|'[^'<]*+'|[\"'])*+)>"
)
_MARKS = re.compile(r"\b(class|id)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.IGNORECASE)
_RAW = {
    name: re.compile(rf"</{name}\b[^<>]*+>", re.IGNORECASE) for name in ("script", "style", "title")
}
"""Elements whose content is no HTML."""


@dataclass(frozen=True)
class Tag:
    """A start or end tag with those of its attributes that tell what it is for."""

    name: str
    end: bool = False
    marks: dict[str, str] = field(default_factory=dict)
    """``class`` and ``id``, in lower case."""


def tokens(html: str) -> Iterator[Tag | str]:
    """Cut HTML into tags and unescaped text; comments, scripts and styles are passed over.

    Parameters
    ----------
    html : str
        A fragment or a document. A ``<`` that starts no tag is text.
    """
    position = 0
    last_comment_end = html.rfind("-->")
    while match := _TOKEN.search(html, position):
        if match.start() > position:
            yield unescape(html[position : match.start()])
        position = match.end()
        if match[0] == "<!--":
            if position <= last_comment_end:
                position = html.index("-->", position) + 3
            continue
        if match["name"] is None:
            continue
        tag = _tag(match)
        if tag.name in _RAW and not tag.end:
            closing = _RAW[tag.name].search(html, position)
            position = closing.end() if closing else len(html)
            continue
        yield tag
    if position < len(html):
        yield unescape(html[position:])


def _tag(match: re.Match[str]) -> Tag:
    marks = {}
    for name, *values in _MARKS.findall(match["rest"]):
        marks[name.lower()] = "".join(values).lower()
    return Tag(match["name"].lower(), bool(match["end"]), marks)
