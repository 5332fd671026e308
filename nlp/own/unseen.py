"""What tuning a top on examples leaves out, so that something stays to be measured on."""

import hashlib

_ONE_IN = 7


def unseen(text: str) -> bool:
    """Tell whether tuning leaves an example out: one in seven, the same ones each time.

    The head is fitted on them too, but their vectors do not know their labels. So they tell how
    sure the head may be of new texts, and what a later version is worth.
    """
    digest = hashlib.sha256(text.strip().casefold().encode("utf-8", "surrogatepass")).digest()
    return digest[0] % _ONE_IN == 0
