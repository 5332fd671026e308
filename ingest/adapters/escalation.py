"""Names of groups, people and tags that tell of an escalation."""

import re

_UP = (
    r"escalat\w*|eskal\w*|supervisor\w*|team ?lead\w*|duty manager|second line|2nd line|third line"
    r"|3rd line|(?:tier|level|line|stufe|niveau|nivel) ?[23]|[lt][23]|second level|ombudsman"
)
_TAG = re.compile(rf"(?:^|[^a-z])(?:{_UP})(?:$|[^a-z0-9])")
_TARGET = re.compile(rf"(?:^|[^a-z])(?:{_UP}|complaints?)(?:$|[^a-z0-9])")


def target_escalates(name: str) -> bool:
    """Tell whether a group or a person's post stands above the first line.

    ``second_line``, ``Tier 2``, ``L3 support``, ``supervisor`` and ``complaints`` do; to
    ``billing`` and ``night shift`` a conversation is handed sideways.
    """
    return _TARGET.search(_words(name)) is not None


def tag_escalates(name: str) -> bool:
    """Tell whether a tag says so. ``complaint`` as a tag is a topic, not a desk."""
    return _TAG.search(_words(name)) is not None


def _words(name: str) -> str:
    return re.sub(r"[_\-./]+", " ", name.lower()[:256])
