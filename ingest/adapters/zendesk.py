"""Zendesk: tickets joined with comments, audits, metrics and ratings, wherever they lie."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ingest.adapters.zendesk_pages import PAGES, Router, recognises
from ingest.adapters.zendesk_ticket import Names, one
from ingest.build import attempt
from ingest.context import Context
from ingest.files import SourceFile
from ingest.format import Format
from ingest.jsons import Node, nodes
from ingest.outcome import Outcome, Rejection, Repair
from ingest.spool import Spool

PIECES = ("comment", "audit")


def _read(files: Sequence[SourceFile], context: Context) -> Iterator[Outcome]:
    with Spool() as spool:
        for file in files:
            yield from _fill(spool, file)
        yield from _tickets(spool, context)
        yield from _orphans(spool)


def _fill(spool: Spool, file: SourceFile) -> Iterator[Rejection]:
    router = Router(spool, file)
    for node in nodes(file, PAGES):
        rejection = node if isinstance(node, Rejection) else _put(router, node)
        if rejection is not None:
            yield rejection
    unplaced = router.finish()
    if unplaced is not None:
        yield unplaced


def _put(router: Router, node: Node) -> Rejection | None:
    try:
        return router.put(node)
    except (ValueError, TypeError, AttributeError):
        return Rejection(node.where, None, "it has not the shape of a Zendesk record")


def _tickets(spool: Spool, context: Context) -> Iterator[Outcome]:
    names = Names(spool)
    for key, ticket, place, repeats in spool.each("ticket"):
        where = f"{place}#{key}"
        args = (key, ticket, where, spool, names, context)
        outcome = attempt(where, "a Zendesk ticket", one, *args)
        if repeats and not isinstance(outcome, Rejection):
            counts = {**outcome.repairs, Repair.REPEATED.value: repeats}
            outcome = replace(outcome, repairs=counts)
        yield outcome


def _orphans(spool: Spool) -> Iterator[Rejection]:
    for kind in PIECES:
        for key, count, place in spool.orphans(kind, of="ticket"):
            if not key.startswith("?"):
                yield Rejection(
                    f"{place}#{key}",
                    "ticket_id",
                    f"{count} {kind}(s) of a ticket that is not among the files; "
                    "import tickets and comments together",
                )


FORMAT = Format("zendesk", "Zendesk export", recognises, _read, together=True)
