"""Whether a customer's words show that it is urgent, and why."""

from nlp.cues.rules import Cue, Rules

PRESSING = "pressing"
"""Reason of what a head hears to press, without a word for why."""


def urgency_cues(text: str) -> tuple[Cue, ...]:
    """Find the words that show urgency.

    Parameters
    ----------
    text : str
        One turn of a customer.

    Returns
    -------
    tuple of Cue
        Labelled by reason: asap, deadline, stranded, medical, money or safety; empty
        without such words.
    """
    return Rules.load("urgency").cues(text)
