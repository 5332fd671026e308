"""What customers say it cost them: telling it again, being passed on, waiting, trying alone."""

from nlp.cues.rules import Cue, Rules

LABELS = ("repeats", "transferred", "waited", "tried_before")


def effort_cues(text: str) -> tuple[Cue, ...]:
    """Find the words by which a customer speaks of effort.

    Parameters
    ----------
    text : str
        One turn of a customer.

    Returns
    -------
    tuple of Cue
        Labels repeats, transferred, waited and tried_before; empty without such words.
    """
    return Rules.load("effort").cues(text)
