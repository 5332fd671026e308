"""Amazon Contact Lens analysis files, with the contact records of Amazon Connect beside them."""

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Any

from ingest.adapters.contact_lens_call import one
from ingest.adapters.whole_text import whole
from ingest.build import RecordError, attempt
from ingest.context import Context
from ingest.fields import mapping, text
from ingest.files import SourceFile
from ingest.format import Format
from ingest.head import Head, head_of
from ingest.jsons import nodes, parse
from ingest.outcome import Outcome, Rejection
from ingest.spool import Spool

_NAME = re.compile(
    r"(?P<id>[0-9a-fA-F-]{8,64}|[^_]+)_analysis_(?P<twin>redacted_)?(?P<at>\d{4}-.+)$"
)


def _recognises(head: Head) -> bool:
    return _is_record(head) or _is_analysis(head)


def _is_record(head: Head) -> bool:
    return head.has("ContactId", "InitiationTimestamp") or head.has(
        "AWSContactTraceRecordFormatVersion"
    )


def _is_analysis(head: Head) -> bool:
    named = (
        "CustomerMetadata.ContactId" in head.paths or "ConversationCharacteristics" in head.paths
    )
    return named or all(p in head.paths for p in ("Participants", "Transcript"))


def _read(files: Sequence[SourceFile], context: Context) -> Iterator[Outcome]:
    with Spool() as spool:
        analyses = []
        for file in files:
            if _is_record(head_of(file)):
                yield from _records(file, spool)
            else:
                analyses.append(file)
        yield from _analyses(analyses, spool, context)


def _records(file: SourceFile, spool: Spool) -> Iterator[Rejection]:
    """Keep contact records by contact id: who called, when, and where it was passed to."""
    for node in nodes(file, ("ContactTraceRecords",)):
        if isinstance(node, Rejection):
            yield node
            continue
        key = text(mapping(node.value).get("ContactId"))
        if key is None:
            if node.page != "*":
                yield Rejection(node.where, "ContactId", "is missing")
            continue
        try:
            spool.put("record", key, "", node.value)
        except ValueError as error:
            yield Rejection(node.where, None, str(error))


def _analyses(files: Sequence[SourceFile], spool: Spool, context: Context) -> Iterator[Outcome]:
    raw = {_contact(file) for file in files if not _is_twin(file)}
    for file in files:
        if _is_twin(file) and _contact(file) in raw:
            reason = "the redacted twin of a file that is among those read"
            yield Rejection(file.name, None, reason, skipped=True)
        else:
            yield attempt(file.name, "a Contact Lens analysis", _one, file, spool, context)


def _one(file: SourceFile, spool: Spool, context: Context) -> Outcome:
    document = mapping(parse(whole(file)))
    known = mapping(document.get("CustomerMetadata")).get("ContactId")
    contact = text(known) or _contact(file)
    if contact is None:
        raise RecordError(
            "CustomerMetadata.ContactId",
            "is missing, and the file is not named <id>_analysis_<time>",
        )
    record = spool.one("record", contact)
    return one(file, contact, document, record, _body(file, document), context)


def _body(file: SourceFile, document: dict[str, Any]) -> str | None:
    """Give the text of an e-mail contact, which lies in a file of its own beside this one."""
    inputs = mapping(document.get("CustomerMetadata")).get("InputFiles")
    for name in _strings(inputs):
        path = file.path.with_name(PurePosixPath(name).name)
        if path != file.path and path.is_file():
            return whole(SourceFile(path, file.tally)).decode("utf-8", "replace")
    return None


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str) and value:
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)


def _contact(file: SourceFile) -> str | None:
    match = _NAME.match(file.stem)
    return match["id"] if match else None


def _is_twin(file: SourceFile) -> bool:
    match = _NAME.match(file.stem)
    return match is not None and match["twin"] is not None


FORMAT = Format("contact_lens", "Amazon Contact Lens", _recognises, _read, together=True)
