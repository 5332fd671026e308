"""Speakers written into subtitle text: ``Name: text``, ``- text``."""

import re
from collections.abc import Iterator, Sequence

_NAME = re.compile(
    r"[-\u2013]?\s*(?P<name>[^\W\d_][\w .'\u2019\-]{0,38}[\w.)]|[^\W\d_]):\s+(?P<text>.*)$"
)
_DASH = re.compile(r"[-\u2013]\s+(?P<text>.*)$")


def named(lines: Sequence[str], speaker: str = "") -> Iterator[tuple[str, str]]:
    """Part the lines of a cue by speaker.

    ``Name: text`` starts a named speaker; names have at most four words. Lines that start
    with a dash, where there are several, are by turns the first and the second voice.

    Parameters
    ----------
    lines : sequence of str
        Lines of one cue without markup.
    speaker : str
        Who speaks by the markup; ``""`` where it does not say.

    Yields
    ------
    speaker, text : str
        Lines of one speaker joined by blanks.
    """
    dashes = sum(1 for line in lines if _DASH.match(line))
    voice, said = speaker, list[str]()
    for line in lines:
        match = None if speaker else _NAME.match(line)
        dash = _DASH.match(line) if dashes > 1 and not match else None
        if (match and len(match["name"].split()) <= 4) or dash:
            if said:
                yield voice, " ".join(said)
            voice = match["name"].strip() if match else _other(voice, speaker, bool(said))
            said = [(match or dash or {"text": line})["text"]]
        elif line.strip():
            said.append(line.strip())
    if said and " ".join(said).strip():
        yield voice, " ".join(said).strip()


def _other(voice: str, speaker: str, spoken: bool) -> str:
    """The voice of a dashed line: the second one, when the first has spoken."""
    if not spoken:
        return voice
    return "-" if voice != "-" else speaker
