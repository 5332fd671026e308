"""What a transcript cannot say about its call: a small JSON file beside it."""

from typing import Any

from pydantic import Field, ValidationError

from domain.base import Record
from domain.conversation import Channel, Role
from domain.identity import Identifier
from ingest.build import RecordError, explain
from ingest.context import Context
from ingest.files import SIDECAR, SourceFile
from ingest.jsons import parse
from ingest.outcome import Tally

MAX_BYTES = 1 << 20


class Sidecar(Record):
    """``<name>.meta.json`` beside ``<name>.vtt``. Every field may be left out."""

    source: str | None = None
    source_id: str | None = None
    channel: Channel | None = None
    started_at: Any = None
    ended_at: Any = None
    identifiers: tuple[Identifier, ...] = ()
    customer_name: str | None = None
    subject: str | None = None
    brand: str | None = None
    language: str | None = None
    speakers: dict[str, Role] = Field(default_factory=dict)
    """Speaker label of the transcript to role."""
    status_history: tuple[dict[str, Any], ...] = ()
    handovers: tuple[dict[str, Any], ...] = ()
    ratings: tuple[dict[str, Any], ...] = ()
    metadata: dict[str, str] = Field(default_factory=dict)

    def fields(self, context: Context, tally: Tally) -> dict[str, Any]:
        """Give what stands here as fields of `Conversation`, with times read.

        Raises
        ------
        ValueError
            If a time cannot be read.
        """
        names = ("source", "source_id", "channel", "customer_name", "subject", "brand", "language")
        found = {name: value for name in names if (value := getattr(self, name)) is not None}
        for name in ("started_at", "ended_at"):
            if getattr(self, name) is not None:
                found[name] = context.clock.read(getattr(self, name), tally)
        for name in ("status_history", "handovers", "ratings"):
            rows = getattr(self, name)
            found[name] = [{**r, "at": context.clock.read(r.get("at"), tally)} for r in rows]
        return found | {"identifiers": self.identifiers, "metadata": dict(self.metadata)}


def sidecar_of(file: SourceFile) -> Sidecar:
    """Read the sidecar of a recording; an empty one where there is none.

    Raises
    ------
    RecordError
        If the sidecar is there but cannot be read. It names the field at fault.
    """
    path = file.path.with_name(file.stem + SIDECAR)
    if not path.is_file():
        return Sidecar()
    try:
        data = path.read_bytes() if path.stat().st_size <= MAX_BYTES else b""
        return Sidecar.model_validate(parse(data.removeprefix(b"\xef\xbb\xbf")))
    except ValidationError as error:
        field, reason = explain(error)
        raise RecordError(f"{path.name}: {field}", reason) from None
    except (OSError, ValueError):
        raise RecordError(path.name, "the sidecar is no JSON object of at most 1 MiB") from None
