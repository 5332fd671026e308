"""Speech that the recogniser made up: segments that fail its own measures."""

from collections.abc import Mapping
from typing import Any

MIN_LOGPROB = -1.0
MAX_COMPRESSION = 2.4
MAX_NO_SPEECH = 0.6
"""Whisper's own thresholds (Radford et al. 2022, section 4.5)."""


def failed(segment: Mapping[str, Any]) -> bool:
    """Tell whether a Whisper segment is failed or silent and must not be analysed.

    Failed: mean log probability below -1, or text so repetitive that it compresses
    better than 2.4 times. Silent: probability of no speech above 0.6 while the words are
    not sure either (mean log probability below -0.5), or above 0.9 alone.

    Parameters
    ----------
    segment : mapping
        A segment with ``avg_logprob``, ``compression_ratio`` and ``no_speech_prob``;
        a measure that is missing says nothing.
    """
    logprob = _number(segment.get("avg_logprob"))
    compression = _number(segment.get("compression_ratio"))
    silence = _number(segment.get("no_speech_prob")) or 0.0
    if logprob is not None and logprob < MIN_LOGPROB:
        return True
    if compression is not None and compression > MAX_COMPRESSION:
        return True
    unsure = logprob is not None and logprob < MIN_LOGPROB / 2
    return silence > 0.9 or (silence > MAX_NO_SPEECH and unsure)


def _number(value: object) -> float | None:
    try:
        return None if value is None else float(str(value))
    except ValueError:
        return None
