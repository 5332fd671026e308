"""The formats that are known, in the order in which a file is tried on them."""

from ingest.adapters import (
    canonical,
    cloudevents,
    contact_lens,
    csv_conversations,
    csv_events,
    intercom,
    segment,
    srt,
    webvtt,
    whisper,
    zendesk,
)
from ingest.format import Format
from ingest.head import Head

FORMATS: tuple[Format, ...] = (
    canonical.FORMAT,
    intercom.FORMAT,
    contact_lens.FORMAT,
    cloudevents.FORMAT,
    zendesk.FORMAT,
    segment.FORMAT,
    whisper.FORMAT,
    webvtt.FORMAT,
    srt.FORMAT,
    csv_conversations.FORMAT,
    csv_events.FORMAT,
)


def names() -> tuple[str, ...]:
    """Give the names of all formats, as ``--format`` takes them."""
    return tuple(known.name for known in FORMATS)


def by_name(name: str) -> Format:
    """Give the format of a name.

    Raises
    ------
    ValueError
        If there is none. The message lists those that are known.
    """
    for known in FORMATS:
        if known.name == name:
            return known
    raise ValueError(f"the format {name!r} is not known; known are auto, {', '.join(names())}")


def detect(head: Head) -> Format | None:
    """Tell the format of a file from its beginning; None where no format fits."""
    return next((known for known in FORMATS if known.recognises(head)), None)
