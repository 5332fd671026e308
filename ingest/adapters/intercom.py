"""Intercom conversations: a page, an array or one a line, with teams and admins beside them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ingest.adapters.intercom_conversation import one
from ingest.build import attempt
from ingest.context import Context
from ingest.fields import mapping, text
from ingest.files import SourceFile
from ingest.format import Format
from ingest.head import Head
from ingest.jsons import Node, nodes
from ingest.outcome import Outcome, Rejection

PAGES = ("conversations", "teams", "admins")


def _recognises(head: Head) -> bool:
    whole = ("conversations.item.source.author", "conversations.item.conversation_parts")
    bare = head.has("source.author") or head.has("conversation_parts.conversation_parts")
    names = head.has("teams.item.name") or head.has("admins.item.name")
    return bare or head.has_any(*whole) or names


def _read(files: Sequence[SourceFile], context: Context) -> Iterator[Outcome]:
    names = dict(_names(files))
    for file in files:
        for node in nodes(file, PAGES):
            if isinstance(node, Rejection):
                yield node
            elif _is_conversation(node):
                yield _one(node, names, context)


def _one(node: Node, names: Mapping[str, str], context: Context) -> Outcome:
    identity = text(mapping(node.value).get("id"))
    where = f"{node.where.partition('#')[0]}#{identity}" if identity else node.where
    value = mapping(node.value)
    return attempt(where, "an Intercom conversation", one, value, where, names, context)


def _is_conversation(node: Node) -> bool:
    kind = mapping(node.value).get("type")
    return node.page == "conversations" or (node.page == "" and kind not in ("team", "admin"))


def _names(files: Sequence[SourceFile]) -> Iterator[tuple[str, str]]:
    """Give the names of teams and admins by id. There are few of them."""
    for file in files:
        for node in nodes(file.uncounted(), PAGES):
            value: dict[str, Any] = mapping(node.value) if isinstance(node, Node) else {}
            identity, name = text(value.get("id")), text(value.get("name"))
            if identity and name and value.get("type") in ("team", "admin"):
                yield identity, name


FORMAT = Format("intercom", "Intercom conversations", _recognises, _read, together=True)
