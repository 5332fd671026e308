"""Whether a contact was resolved, as its last turns show it.

Rules on who had the last word and on how its sentences say that the matter stands
(:mod:`nlp.endings`). Each rule has the share of talks in which it is right (`RULES`);
the probability of the label is that share, the smaller the weaker the words that set the
rule off, and below ``SURE`` the reading abstains. ``unclear`` is said where nothing at the
end tells how the matter stands, such as an agent's question that was never answered.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.conversation import Conversation, Role
from domain.signal import AbstainReason
from nlp.endings import Stand
from nlp.reading import WholeReading

LABELS = ("resolved", "unresolved", "promised", "unclear")
SURE = 0.6
"""Probability below which the reading abstains."""
_HELD = 0.5
"""Probability from which a sentence is held to say a state."""
_ECHO = 12
"""Characters of a question that only repeats what was said: "Tomorrow? Okay."."""
_WORDED = 0.8
"""Probability of a state that the words themselves show."""
_AHEAD = 0.15
"""A deed this much surer than the promise beside it stands for both."""
_GONE = 0.6
"""The same for a customer who turns away: short words such as "fine" sound like it."""
_FLOOR = 0.6
"""Share of a rule's probability that is left when its words are weakest."""

RULES: dict[str, tuple[str, float]] = {
    "left": ("unresolved", 0.95),
    "still_broken": ("unresolved", 0.90),
    "says_solved": ("resolved", 0.95),
    "asks_unanswered": ("unresolved", 0.75),
    "told_no": ("unresolved", 0.78),
    "told_no_thanked": ("unresolved", 0.65),
    "promised": ("promised", 0.85),
    "waits": ("promised", 0.70),
    "done_thanked": ("resolved", 0.90),
    "done": ("resolved", 0.75),
    "answered": ("resolved", 0.65),
    "thanked": ("resolved", 0.70),
    "never_answered": ("unresolved", 0.80),
    "agent_asks": ("unclear", 0.70),
    "nothing_told": ("unclear", 0.60),
}


@dataclass(frozen=True)
class Verdict:
    """A rule that fits, with the sentence that set it off and how strongly, 0 to 1."""

    rule: str
    stand: Stand | None
    strength: float = 1.0

    @property
    def probability(self) -> float:
        """Of the rule's label."""
        return RULES[self.rule][1] * (_FLOOR + (1.0 - _FLOOR) * self.strength)


@dataclass(frozen=True)
class Run:
    """Sentences that one side says in a row."""

    stands: tuple[Stand, ...]

    def says(self, *states: str) -> tuple[float, Stand | None]:
        """Give how strongly a state is said at most, and where; later ones win a draw."""
        scored = [(max(s.states.get(state, 0.0) for state in states), s) for s in self.stands]
        return max(reversed(scored), key=lambda pair: pair[0], default=(0.0, None))


_NOTHING = Run(())


@dataclass(frozen=True)
class End:
    """The last word of each side."""

    word: Run
    """The customer's after the agent's last; empty where the agent ends."""
    asked: Run
    """The customer's last before the agent's last."""
    reply: Run
    """The agent's last."""
    before: Run
    """The agent's last but one."""


def resolve(
    conversation: Conversation, stands: Sequence[Stand], *, understood: bool = True
) -> WholeReading:
    """Read how the matter stands at the end of a conversation.

    Parameters
    ----------
    conversation : Conversation
        Of it, who spoke is looked at, bots too.
    stands : sequence of Stand
        Sentences of the last turns, in order.
    understood : bool
        Whether the language is one that the words and heads know.
    """
    verdict = judge(conversation, stands)
    if verdict is None:
        return WholeReading("unclear", 0.0, reason=AbstainReason.NO_TEXT)
    probability = verdict.probability
    reason = AbstainReason.LOW_PROBABILITY if probability < SURE else None
    return WholeReading(
        RULES[verdict.rule][0],
        probability,
        evidence=() if verdict.stand is None else (verdict.stand.place,),
        reason=reason if understood else AbstainReason.UNKNOWN_LANGUAGE,
    )


def judge(conversation: Conversation, stands: Sequence[Stand]) -> Verdict | None:
    """Find the first rule that fits; None where the customer said nothing."""
    if not any(stand.role is Role.CUSTOMER for stand in stands):
        return None
    end = end_of(stands)
    if not end.reply.stands:
        return _without_agent(conversation, end)
    return _by_customer(end) if end.word.stands else _by_agent(end)


def end_of(stands: Sequence[Stand]) -> End:
    """Give the last word of each side; the customer spoke."""
    runs: list[tuple[Role, list[Stand]]] = []
    for stand in stands:
        if not runs or runs[-1][0] is not stand.role:
            runs.append((stand.role, []))
        runs[-1][1].append(stand)
    agent = [Run(tuple(run)) for role, run in runs if role is Role.AGENT]
    customer = [Run(tuple(run)) for role, run in runs if role is Role.CUSTOMER]
    if not agent:
        return End(customer[-1], _NOTHING, _NOTHING, _NOTHING)
    word = customer.pop() if runs[-1][0] is Role.CUSTOMER else _NOTHING
    asked = customer[-1] if customer else _NOTHING
    return End(word, asked, agent[-1], agent[-2] if len(agent) > 1 else _NOTHING)


def _without_agent(conversation: Conversation, end: End) -> Verdict:
    told = _told(end.word)
    if told is not None:
        return told
    last = end.word.stands[-1]
    bot = any(turn.role is Role.BOT and turn.public for turn in conversation.turns)
    thanks, stand = end.word.says("thanks")
    if bot and thanks >= _HELD:
        return Verdict("thanked", stand, thanks)
    asks, stand = end.word.says("asks")
    if bot and asks < _HELD:
        return Verdict("nothing_told", last)
    return Verdict("never_answered", stand if asks >= _HELD else last)


def _told(run: Run) -> Verdict | None:
    """Find the customer's own statement that it is well, or is not; the latest wins."""
    said = []
    for rule, state, held in (
        ("left", "gives_up", _GONE),
        ("still_broken", "broken", _HELD),
        ("says_solved", "solved", _HELD),
    ):
        strength, stand = run.says(state)
        if stand is not None and strength >= held:
            said.append((stand.place, Verdict(rule, stand, strength)))
    return max(said, key=lambda pair: pair[0])[1] if said else None


def _by_customer(end: End) -> Verdict:
    told = _told(end.word)
    if told is not None:
        return told
    asks, question = end.word.says("asks")
    if question is not None and asks >= _HELD and _last_but_courtesy(question, end.word):
        return Verdict("asks_unanswered", question, asks)
    owed = _owed(end)
    if owed is not None:
        return owed
    waits, waiting = end.word.says("waits")
    if waits >= _HELD:
        return Verdict("waits", waiting, waits)
    thanks, thanking = end.word.says("thanks")
    return _by_deeds(end, thanking if thanks >= _HELD else None)


def _by_deeds(end: End, thanking: Stand | None) -> Verdict:
    """Judge by what the agent did, where the customer took it, with thanks or without."""
    no, refusal = end.reply.says("refuses")
    done, deed = end.reply.says("done")
    if no >= _HELD and no > done:
        return Verdict("told_no_thanked" if thanking else "told_no", refusal, no)
    if done < _HELD:
        done, deed = end.before.says("done")
    if done >= _HELD:
        return Verdict("done_thanked" if thanking else "done", deed, done)
    if thanking is not None:
        return Verdict("thanked", thanking, thanking.states["thanks"])
    return _answered(end) or Verdict("nothing_told", (end.word.stands or end.reply.stands)[-1])


def _answered(end: End) -> Verdict | None:
    """Find an agent's answer to a customer's question."""
    asked, _ = end.asked.says("asks")
    answer, stand = end.reply.says("other", "done")
    back, _ = end.reply.says("asks")
    told = answer >= _WORDED or len(end.reply.stands) > 1
    return Verdict("answered", stand, asked) if told and back < _HELD <= asked else None


def _by_agent(end: End) -> Verdict:
    told = _told(end.asked)
    if told is not None and told.rule == "says_solved":
        return told
    owed = _owed(end)
    asks, question = end.reply.says("asks")
    no, _ = end.reply.says("refuses")
    done, _ = end.reply.says("done")
    again = told is not None and told.strength >= _WORDED and bool(end.before.stands)
    if told is not None and again and owed is None and max(no, done) < _HELD:
        return told
    if question is not None and asks >= _HELD and (owed is None or _later(question, owed.stand)):
        return Verdict("agent_asks", question, asks)
    if owed is not None:
        return owed
    courtesy, _ = end.reply.says("closes")
    if courtesy >= _HELD and max(no, done) < _HELD and end.before.stands:
        return _by_customer(End(end.asked, _NOTHING, end.before, _NOTHING))
    if max(no, done) < _HELD and told is not None and end.before.stands:
        return told
    return _by_deeds(end, None)


def _last_but_courtesy(question: Stand, run: Run) -> bool:
    after = [stand for stand in run.stands if stand.place > question.place]
    echo = question.place[2] - question.place[1] <= _ECHO
    if after and echo:
        return False
    return all(max(s.states["thanks"], s.states["other"]) >= _HELD for s in after)


def _later(one: Stand, other: Stand | None) -> bool:
    return other is not None and one.place > other.place


def _owed(end: End) -> Verdict | None:
    """Find a promise of the agent's last words that nothing later made good."""
    promise, stand = end.reply.says("promises")
    done, _ = end.reply.says("done")
    if promise >= _HELD and done - promise < _AHEAD:
        return Verdict("promised", stand, promise)
    done, _ = end.reply.says("done", "refuses")
    promise, stand = end.before.says("promises")
    if promise >= _HELD and done < _HELD:
        return Verdict("promised", stand, promise)
    return None
