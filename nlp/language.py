"""Which language a text is in, among those that are configured (lingua, n-gram models)."""

from collections.abc import Sequence
from dataclasses import dataclass

from lingua import IsoCode639_1, LanguageDetector, LanguageDetectorBuilder

from domain.signal import AbstainReason

UNDETERMINED = "und"
"""BCP 47's code for a language that nobody knows."""
_LEAST_LETTERS = 16
"""Shorter texts ("ok danke") are told apart by luck only."""
_SURE = 0.8
_LONGEST = 1_000
"""Characters that are looked at: more do not change the answer."""


@dataclass(frozen=True)
class LanguageReading:
    """The language of a text.

    Attributes
    ----------
    code : str
        ISO 639-1, or ``und`` where there is no letter.
    probability : float
        0 to 1.
    reason : AbstainReason or None
        Why it is not to be relied on.
    """

    code: str
    probability: float
    reason: AbstainReason | None

    @property
    def sure(self) -> bool:
        """Whether it may be relied on."""
        return self.reason is None


class Languages:
    """Tells configured languages apart. Name few: each takes memory."""

    def __init__(self, codes: Sequence[str], detector: LanguageDetector | None) -> None:
        self._codes = codes
        self._detector = detector

    @classmethod
    def load(cls, codes: Sequence[str]) -> "Languages":
        """Make a detector.

        Parameters
        ----------
        codes : sequence of str
            ISO 639-1. With a single one, every text is held to be in it.

        Raises
        ------
        ValueError
            If a code is not one that the detector knows.
        """
        wanted = []
        for code in dict.fromkeys(codes):
            known = getattr(IsoCode639_1, code.upper(), None)
            if known is None:
                raise ValueError(f"language {code!r} is not known: use ISO 639-1 codes such as en")
            wanted.append(known)
        if len(wanted) < 2:
            return cls(tuple(codes), None)
        builder = LanguageDetectorBuilder.from_iso_codes_639_1(*wanted)
        return cls(tuple(codes), builder.with_low_accuracy_mode().build())

    def read(self, text: str) -> LanguageReading:
        """Tell the language of a text; short ones abstain."""
        letters = sum(c.isalpha() for c in text[:_LONGEST])
        if not letters:
            return LanguageReading(UNDETERMINED, 0.0, AbstainReason.NO_TEXT)
        if self._detector is None:
            return LanguageReading(self._codes[0] if self._codes else UNDETERMINED, 1.0, None)
        best = self._detector.compute_language_confidence_values(text[:_LONGEST])[0]
        code = best.language.iso_code_639_1.name.lower()
        sure = letters >= _LEAST_LETTERS and best.value >= _SURE
        return LanguageReading(
            code, float(best.value), None if sure else AbstainReason.LOW_PROBABILITY
        )
