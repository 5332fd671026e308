"""Who is who in a call, when the transcript only numbers its voices."""

import re
from collections.abc import Mapping, Sequence

from domain.conversation import Role
from ingest.outcome import Repair, Tally

_NAMES: Mapping[Role, re.Pattern[str]] = {
    Role.BOT: re.compile(r"\b(?:bot|ivr|virtual assistant|voicebot|automated)\b", re.IGNORECASE),
    Role.SYSTEM: re.compile(r"\b(?:system|announcement|music)\b", re.IGNORECASE),
    Role.AGENT: re.compile(
        r"\b(?:agent|advis[eo]r|representative|rep|support|operator|teammate|clerk|berater(?:in)?"
        r"|mitarbeiter(?:in)?|conseiller|conseillère|agente|asesor|asesora)\b",
        re.IGNORECASE,
    ),
    Role.CUSTOMER: re.compile(
        r"\b(?:customer|caller|client|user|end.?user|kund(?:e|in)|anrufer(?:in)?|cliente?)\b",
        re.IGNORECASE,
    ),
}
_AGENT_TALK = re.compile(
    r"how (?:can|may) i help|you'?re through to|thank(?:s| you) for (?:calling|holding|waiting)"
    r"|bear with me|for security|anything else i can|wie kann ich (?:ihnen )?helfen"
    r"|comment puis-je vous aider|en qué puedo ayudar",
    re.IGNORECASE,
)


def role_by_name(label: str) -> Role | None:
    """Tell the role from a speaker's label, such as ``Agent 2``; None where it says nothing."""
    words = re.sub(r"[_\d]+", " ", label)
    return next((role for role, names in _NAMES.items() if names.search(words)), None)


def is_sound(text: str) -> bool:
    """Tell whether a text describes a sound, as ``[hold music]``, and so is nobody's words."""
    return text.startswith(("[", "(", "\u266a")) and text.endswith(("]", ")", "\u266a"))


def roles_of(
    said: Sequence[tuple[str, str]], known: Mapping[str, Role], tally: Tally
) -> dict[str, Role]:
    """Give each speaker of a call a role.

    What the caller or the sidecar says counts first, then the label itself. Of the voices
    that are left, those that talk like agents are agents; if there is none, the first
    voice is the agent, who answers the call; the others are customers. Guesses are counted.

    Parameters
    ----------
    said : sequence of (speaker, text)
        The call in order of time. A label may be empty where the transcript has none.
    known : mapping of str to Role
        Roles that are known.
    tally : Counter
        Takes the number of speakers that were guessed.
    """
    order = list(dict.fromkeys(label for label, text in said if label or not is_sound(text)))
    roles = {
        label: role
        for label in order
        if (role := known.get(label) or (role_by_name(label) if label else None))
    }
    left = [label for label in order if label not in roles]
    tally[Repair.SPEAKER] += len(left)
    if len(order) == 1 and left:
        return {left[0]: Role.CUSTOMER}
    return roles | _guess(left, said, agent_known=Role.AGENT in roles.values())


def _guess(
    left: Sequence[str], said: Sequence[tuple[str, str]], *, agent_known: bool
) -> dict[str, Role]:
    agents = {label for label, text in said if label in left and _AGENT_TALK.search(text)}
    if len(agents) == len(left):
        agents = set(left[:1]) if len(left) > 1 else agents
    if not agents and not agent_known:
        agents = set(left[:1])
    return {label: Role.AGENT if label in agents else Role.CUSTOMER for label in left}
