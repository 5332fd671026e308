"""How a contact ended: resolution and satisfaction, read in what was read of its turns."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from nlp.endings import EndingReader
from nlp.outcome import OutcomeModel
from nlp.parts import load_part, part
from nlp.read import ConversationRead
from nlp.satisfaction.model import SatisfactionModel


@dataclass(frozen=True)
class ClosingReader:
    """Reads the end of conversations."""

    endings: EndingReader
    outcome: OutcomeModel
    satisfaction: SatisfactionModel

    @classmethod
    def load(cls, weights: Path, spaces: Collection[str] = ()) -> "ClosingReader":
        """Load what is shipped in a folder, for some embedding spaces (see ``load_part``).

        Raises
        ------
        FileNotFoundError
            If a file is missing.
        """
        heads = [load_part(weights, f"ending_{role}", spaces) for role in ("customer", "agent")]
        return cls(
            EndingReader(*heads),
            OutcomeModel.load(part(weights, "resolution")),
            SatisfactionModel.load(part(weights, "satisfaction")),
        )

    def spaces(self) -> Iterator[str]:
        """Give the embedding spaces that the parts were fitted on."""
        yield from self.endings.spaces
        yield self.outcome.space
        yield self.satisfaction.space

    @property
    def makers(self) -> dict[str, str]:
        """Name and version of what reads resolution and satisfaction."""
        endings = f"{self.endings.version}-{self.outcome.version}"
        return {
            "resolution": f"ending-heads@{endings}",
            "satisfaction": f"satisfaction-model@{self.satisfaction.version}-{endings}",
        }

    def read(self, read: ConversationRead) -> ConversationRead:
        """Add resolution and satisfaction; neither where nobody spoke."""
        if not read.turns:
            return read
        stands = self.endings.read(read.turns)
        understood = any(turn.understood for turn in read.customer) or not read.customer
        resolution = self.outcome.read(read, stands, understood=understood)
        satisfaction = self.satisfaction.read(read, resolution, stands)
        return replace(read, resolution=resolution, satisfaction=satisfaction)
