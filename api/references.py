"""How callers name a conversation: by our id, or by its source's as ``zendesk:123``."""

import re
from typing import Annotated

from fastapi import Path

from domain.conversation import conversation_id

ConversationRef = Annotated[
    str,
    Path(
        max_length=350,
        description="Our id (`cnv_…`), or the source and what it calls the conversation: "
        "`zendesk:123`. A source id with a slash in it is reached by our id only.",
        examples=["zendesk:123"],
    ),
]
_OURS = re.compile(r"cnv_[0-9a-f]{24}")


def to_id(reference: str) -> str:
    """Give our id of a conversation; one that nobody knows simply finds nothing."""
    source, colon, source_id = reference.partition(":")
    if not colon or _OURS.fullmatch(reference):
        return reference
    return conversation_id(source, source_id)
