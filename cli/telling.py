"""Journeys as people read them: a table of many, a timeline of one."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from rich.markup import escape
from rich.table import Table
from sqlalchemy.orm import Session

from cli.console import output
from domain.conversation import Conversation
from domain.journey import EntryKind, Journey, TimelineEntry
from domain.outcome import OutcomeKind, OutcomeState
from domain.redaction import redacted
from domain.signal import SignalKind
from storage import conversations

QUOTE_CHARS = 110
COLOURS = {
    EntryKind.CONTACT: "bold cyan",
    EntryKind.EVENT: "magenta",
    EntryKind.OUTCOME: "bold yellow",
    EntryKind.HANDOVER: "red",
}


def journey_table(journeys: Sequence[Journey]) -> Table:
    """Show one journey a row."""
    table = Table(box=None, pad_edge=False)
    for name in ("need", "opened"):
        table.add_column(name, no_wrap=True)
    for name in ("contacts", "effort"):
        table.add_column(name, justify="right")
    table.add_column("channels, and what came of it")
    for journey in journeys:
        table.add_row(
            f"{need(journey)}\n[dim]{journey.id}[/dim]",
            f"{journey.opened_at:%Y-%m-%d}",
            str(journey.effort.contacts),
            f"{journey.effort.score:.0f}",
            f"{' > '.join(journey.channels)}\n[dim]{', '.join(endings(journey))}[/dim]",
        )
    return table


def need(journey: Journey) -> str:
    """Give the main need in words."""
    intents = (s for s in journey.signals if s.kind is SignalKind.INTENT)
    first = next(intents, None)
    return "not told" if first is None else words(first.label)


def endings(journey: Journey) -> list[str]:
    """Give the outcomes that came about, each once."""
    came = [o.kind for o in journey.outcomes if o.state is OutcomeState.YES]
    return [words(kind) for kind in dict.fromkeys(came)] or ["still open"]


def words(code: str) -> str:
    """Write a code the way it is said."""
    return code.replace("_", " ")


def tell(session: Session, journey: Journey) -> None:
    """Print a journey from start to end, with the words behind it, redacted."""
    effort = journey.effort
    output.print(
        f"[bold]{need(journey)}[/bold]  {journey.id}  "
        f"{effort.contacts} contacts, effort {effort.score:.0f} of 100"
    )
    parts = ", ".join(
        f"{words(name)} {points:g}" for name, points in effort.parts.items() if points
    )
    if parts:
        output.print(f"[dim]effort: {parts}[/dim]")
    if effort.seconds_to_resolution is not None:
        output.print(f"[dim]to resolution: {span(effort.seconds_to_resolution)}[/dim]")
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True, style="dim")
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    known = conversations.get_many(session, journey.issue.conversation_ids)
    for entry in _once(journey.timeline):
        colour = COLOURS.get(entry.kind, "default")
        what = f"[{colour}]{entry.kind}[/{colour}]"
        table.add_row(f"{entry.at:%m-%d %H:%M}", what, escape(_line(session, entry, known)))
    output.print(table)


def span(seconds: float) -> str:
    """Write a duration the way people say it."""
    whole = timedelta(seconds=round(seconds))
    hours = whole.seconds // 3600
    if whole.days:
        return f"{whole.days} d {hours} h"
    return f"{hours} h {whole.seconds % 3600 // 60} min"


def _once(timeline: Iterable[TimelineEntry]) -> Iterable[TimelineEntry]:
    """Say a repeat contact once, by its shortest window."""
    said: set[tuple[object, ...]] = set()
    for entry in sorted(timeline, key=lambda e: (e.at, _window(e))):
        key = (entry.at, entry.kind, entry.name, entry.subject_id)
        if entry.kind is not EntryKind.OUTCOME or key not in said:
            said.add(key)
            yield entry


def _window(entry: TimelineEntry) -> float:
    hours = entry.details.get("window_hours")
    return float(hours) if isinstance(hours, int | float) else 0.0


def _line(session: Session, entry: TimelineEntry, known: dict[str, Conversation]) -> str:
    if entry.kind is EntryKind.TURN:
        return f"{words(entry.name)}, {entry.details['role']}: {_quote(session, entry, known)}"
    if entry.kind is EntryKind.CONTACT:
        talk = known.get(entry.subject_id)
        return entry.name if talk is None else f"{entry.name} ({talk.source}:{talk.source_id})"
    if entry.kind is EntryKind.OUTCOME:
        return _outcome(entry)
    return ", ".join([words(entry.name), *_plain(entry)])


def _outcome(entry: TimelineEntry) -> str:
    within = f" within {_window(entry):g} h" if entry.name == OutcomeKind.REPEAT_CONTACT else ""
    return words(entry.name) + within


def _plain(entry: TimelineEntry) -> Iterable[str]:
    return (f"{name} {value}" for name, value in entry.details.items() if value is not None)


def _quote(session: Session, entry: TimelineEntry, known: dict[str, Conversation]) -> str:
    id_, position = str(entry.details["conversation_id"]), entry.details["turn"]
    talk = known.get(id_)
    if talk is None or not isinstance(position, int) or position >= len(talk.turns):
        return ""
    hidden = conversations.redactions(session, id_)[position]
    if hidden is None:
        return "(not read yet)"
    shown = " ".join(redacted(talk.turns[position].body, hidden).split())
    return shown if len(shown) <= QUOTE_CHARS else f"{shown[:QUOTE_CHARS]}…"
