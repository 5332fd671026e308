"""How long the utterances of a call last."""

from dataclasses import dataclass

from domain.conversation import Role
from samples.contact import Contact
from samples.ids import draw
from samples.source_format import SourceTurn

MS_A_WORD = 340
BREATH_MS = 150


@dataclass(frozen=True)
class Span:
    """One utterance with its place in the call, in milliseconds."""

    turn: SourceTurn
    start_ms: int
    end_ms: int


def spans(contact: Contact, overlap_every: int = 0) -> list[Span]:
    """Lay the turns of a call along its time.

    Parameters
    ----------
    contact : Contact
        A call.
    overlap_every : int
        About one utterance in so many runs into the next one; 0 for none.
    """
    turns = contact.source.turns
    found = []
    for position, turn in enumerate(turns):
        start = _milliseconds(turn)
        natural = start + 300 + MS_A_WORD * len(turn.text.split())
        following = _milliseconds(turns[position + 1]) if position + 1 < len(turns) else None
        end = natural
        if following is not None and following > start:
            end = max(start + BREATH_MS, min(natural, following - BREATH_MS))
            if overlap_every and draw(f"{contact.key} overlap {position}", overlap_every) == 0:
                end = following + 400
        found.append(Span(turn, start, end))
    return found


def customers_voice(contact: Contact) -> str:
    """Name the customer's voice so that no agent of the call has the same name."""
    first = contact.customer.name.split()[0]
    agents = {turn.name for turn in contact.source.turns}
    return contact.customer.name if first in agents else first


def voice(contact: Contact, turn: SourceTurn) -> str | None:
    """Name the speaker of a turn; None for what no one says, such as hold music."""
    if turn.role is Role.CUSTOMER:
        return customers_voice(contact)
    if turn.role is Role.AGENT:
        return turn.name or "Agent"
    return "Assistant" if turn.role is Role.BOT else None


def _milliseconds(turn: SourceTurn) -> int:
    return int(turn.at.total_seconds() * 1000)
