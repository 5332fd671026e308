"""The tagger: conversations in, signals and redactions out."""

from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from domain.conversation import Conversation, Role
from domain.explanation import Explanation
from domain.head_config import HeadConfig
from domain.redaction import Redaction
from domain.signal import Signal
from nlp.encoder import Encoder
from nlp.entities.extract import Extractor
from nlp.entities.found import Entity
from nlp.evidence import Explainer, Request, Scorer, TalkScorer, VectorHead, VectorScorer
from nlp.external.heads import ExternalHeads
from nlp.heads import Head
from nlp.language import LanguageReading, Languages
from nlp.own.model import OwnTaxonomy
from nlp.own.reading import OwnReading, own_reading
from nlp.own.say import model_of, say_own
from nlp.parts import WEIGHTS as WEIGHTS
from nlp.parts import checked, top
from nlp.precision import Wanted
from nlp.read import (
    KNOWN_LANGUAGES,
    ConversationRead,
    Said,
    TurnRead,
    need,
    said,
    to_be_read,
)
from nlp.redact.redact import Hidden, redact, redact_text
from nlp.say import Makers, say
from nlp.shipped import Shipped
from nlp.taxonomy import FOLDER
from nlp.threads import settle
from nlp.turns import Place, TurnReader
from nlp.vectors import NoCache, VectorCache, Vectors
from nlp.version import files_version, rules_version, short_hash

_PART = 192
"""Conversations whose sentences share the encoder's batches."""
_AHEAD = 2
"""Parts that are read at a time."""


@dataclass(frozen=True)
class TaggerConfig:
    """What a tagger is made of.

    Attributes
    ----------
    model_dir : Path
        Where ``nlp.models.build`` put the encoder.
    encoder : str
        Hugging Face id or path.
    languages : tuple of str
        ISO 639-1 codes that are told apart.
    threads : int
        Of the encoder; 0 takes all cores.
    heads : mapping of str to HeadConfig
        Classifiers by others, in place of the heads of that name or beside them.
    precision : {"auto", "int8", "bf16", "f32"}
        In which the encoder computes, see :func:`nlp.precision.chosen`.
    weights : Path
        Tuned top and heads, see :mod:`nlp.parts`.
    """

    model_dir: Path
    encoder: str
    languages: tuple[str, ...]
    threads: int = 0
    heads: Mapping[str, HeadConfig] = field(default_factory=dict)
    precision: Wanted = "auto"
    weights: Path = WEIGHTS


@dataclass(frozen=True)
class Tagged:
    """What was read in one conversation.

    Attributes
    ----------
    signals : tuple of Signal
        Of its turns, then of itself.
    redactions : tuple of tuple of Redaction
        One tuple a turn.
    need : float32 array of shape (D,), or None
        Unit vector of what the customer needs; None where nothing was said.
    space : str
        Version of the embedding space of ``need`` and ``said``.
    said : tuple of Said
        The customer's turns, sentence by sentence.
    """

    conversation_id: str
    signals: tuple[Signal, ...]
    redactions: tuple[tuple[Redaction, ...], ...]
    need: NDArray[np.float32] | None
    space: str
    said: tuple[Said, ...]


class Tagger:
    """Reads conversations. The same text gets the same answer, alone or in a batch."""

    def __init__(
        self,
        vectors: Vectors,
        shipped: Shipped,
        languages: Languages,
        extractor: Extractor,
        external: ExternalHeads | None = None,
    ) -> None:
        self._vectors = vectors
        self._heads = shipped
        self._turns = TurnReader(vectors, shipped, languages, extractor)
        self._languages = languages
        self._extractor = extractor
        self._external = external or ExternalHeads({})
        self.own: tuple[OwnTaxonomy, ...] = ()
        """Own taxonomies that take part in tagging, of this encoder."""
        closing = shipped.closing
        context = "" if shipped.context is None else f"-{shipped.context.version}"
        self._shipped = Makers(
            intents=f"general-heads@{_version(shipped.general)}{context}",
            sentiment=f"sentiment-head@{_version(shipped.sentiment)}{context}",
            emotion=f"emotion-head@{_version(shipped.emotion)}{context}",
            language=f"lingua@{version('lingua-language-detector')}",
            rules=f"rules@{rules_version()}",
            taxonomy=f"general@{files_version([FOLDER / 'general.yaml'])}",
            acts="" if shipped.acts is None else f"acts-head@{shipped.acts.version}",
            cues=f"cue-heads@{'-'.join(head.version for head in shipped.cues.values())}{context}",
            **({} if closing is None else closing.makers),
        )
        self._makers = self._external.makers(self._shipped)

    @classmethod
    def load(cls, config: TaggerConfig, cache: VectorCache | None = None) -> "Tagger":
        """Load models. Do so in the process that tags, after it was forked.

        Parameters
        ----------
        config : TaggerConfig
            What to load.
        cache : VectorCache, optional
            Where vectors are kept; nowhere when missing.

        Raises
        ------
        ModelError
            If the encoder or a configured classifier is not built, or the folder of weights
            holds none.
        """
        settle()
        weights = checked(config.weights)
        encoder = Encoder.load(
            config.model_dir, config.encoder, config.threads, top(weights), config.precision
        )
        return cls(
            Vectors(encoder, NoCache() if cache is None else cache),
            Shipped.load(weights, encoder.model.tops),
            Languages.load(config.languages),
            Extractor.load(),
            ExternalHeads.load(config.model_dir, config.heads, config.threads),
        )

    @property
    def left_out(self) -> tuple[str, ...]:
        """Shipped heads that do not fit the encoder: what they would say is not said."""
        return self._heads.left_out

    @property
    def version(self) -> str:
        """Changes when encoder, heads, taxonomy or rules change."""
        makers = self._makers
        parts = (self.space, makers.intents, makers.sentiment, makers.language, makers.rules)
        more = (
            makers.taxonomy,
            makers.emotion,
            makers.acts,
            makers.cues,
            makers.resolution,
            makers.satisfaction,
        )
        return short_hash(part.encode() for part in (*parts, *more, *self._external.versions))

    @property
    def space(self) -> str:
        """Version of the embedding space."""
        return self._vectors.space

    @property
    def vectors(self) -> Vectors:
        """What reads texts for own taxonomies."""
        return self._vectors

    def read_own(
        self, conversations: Sequence[Conversation], taxonomy: OwnTaxonomy
    ) -> list[OwnReading]:
        """Read conversations under a version of an own taxonomy, live or not."""
        self._tune((taxonomy,))
        found = self._read(conversations, own=(taxonomy,))
        return [own_reading(read, taxonomy, self.space) for read in found]

    def tag(self, conversations: Sequence[Conversation], *, needs: bool = True) -> list[Tagged]:
        """Tag conversations; their sentences share the encoder's batches.

        Parameters
        ----------
        conversations : sequence of Conversation
            Any number; a single one is a batch of one.
        needs : bool
            Whether the vectors of what was said are asked for too: they cost a part of a pass,
            and no signal needs them.
        """
        own = self.own
        self._tune(own)
        parts = [
            conversations[first : first + _PART] for first in range(0, len(conversations), _PART)
        ]
        if len(parts) < 2:
            found = self._read(conversations, needs=needs, own=own)
            return [self._tagged(read, needs, own) for read in found]
        tagged: list[Tagged] = []
        # While the encoder is at one part, Python is at the next and says what the last held.
        with ThreadPoolExecutor(_AHEAD, "reader") as readers:
            ahead: deque[Future[list[ConversationRead]]] = deque()
            for part in parts:
                ahead.append(readers.submit(self._read, part, needs=needs, own=own))
                if len(ahead) > _AHEAD:
                    tagged += [self._tagged(read, needs, own) for read in ahead.popleft().result()]
            for last in ahead:
                tagged += [self._tagged(read, needs, own) for read in last.result()]
        return tagged

    def read(self, conversations: Sequence[Conversation]) -> list[ConversationRead]:
        """Read conversations without saying signals, for fitting and measuring."""
        return self._read(conversations)

    def explain(self, conversation: Conversation, signals: Sequence[Signal]) -> Explanation:
        """Find the words that carried signals; costs some encoder passes of its own.

        Parameters
        ----------
        conversation : Conversation
            As it was tagged.
        signals : sequence of Signal
            Those of this tagger get words; others, such as those of an older model, none.
        """
        own = self.own
        self._tune(own)
        heads: dict[str, VectorHead] = {model_of(one): one.head for one in own}
        named = (
            (self._shipped.intents, self._heads.general),
            (self._shipped.sentiment, self._heads.sentiment),
            (self._shipped.emotion, self._heads.emotion),
            (self._shipped.acts, self._heads.acts),
        )
        heads |= {name: head for name, head in named if head is not None}
        plain = VectorScorer(self._vectors.uncached, heads)
        request, context = Request(conversation), self._heads.context
        scorer: Scorer = (
            plain
            if context is None
            else TalkScorer(plain, request, self._vectors, context, self._shipped)
        )
        return Explainer([scorer, *self._external.scorers]).explain(request, signals)

    def _tagged(self, read: ConversationRead, needs: bool, own: Sequence[OwnTaxonomy]) -> Tagged:
        return Tagged(
            read.conversation.id,
            (
                *say(read, self._makers),
                *say_own(read, own, self.space),
                *self._external.say(read),
            ),
            tuple(hidden.redactions for hidden in read.hidden),
            need(read.customer) if needs else None,
            self.space,
            tuple(said(turn) for turn in read.customer) if needs else (),
        )

    def _read(
        self,
        conversations: Sequence[Conversation],
        *,
        needs: bool = True,
        own: Sequence[OwnTaxonomy] = (),
    ) -> list[ConversationRead]:
        hidden = [redact(conversation) for conversation in conversations]
        places = [
            place
            for number, conversation in enumerate(conversations)
            for place in self._places(number, conversation, needs, own)
        ]
        turns = self._external.read(self._turns.read(conversations, hidden, places))
        by_number: dict[int, list[TurnRead]] = {}
        for place, turn in zip(places, turns, strict=True):
            by_number.setdefault(place.number, []).append(turn)
        return [
            self._joined(conversation, hidden[number], by_number.get(number, []))
            for number, conversation in enumerate(conversations)
        ]

    def _places(
        self, number: int, conversation: Conversation, needs: bool, own: Sequence[OwnTaxonomy]
    ) -> list[Place]:
        """List the turns to read; vectors of the customer's are asked for where they are used."""
        read = [place for place, turn in enumerate(conversation.turns) if to_be_read(turn)]
        mine = {place for place in read if conversation.turns[place].role is Role.CUSTOMER}
        compared = needs or bool(own) or len(mine) > 1
        tuned = tuple(one.head.space for one in self._tuned(own))
        return [
            Place(number, place, compared, tuned) if place in mine else Place(number, place, False)
            for place in read
        ]

    def _tune(self, own: Sequence[OwnTaxonomy]) -> None:
        """Have the tops of tuned taxonomies at hand."""
        tuned = self._tuned(own)
        if tuned:
            self._vectors.tune([one.adapter for one in tuned if one.adapter is not None])

    def _tuned(self, own: Sequence[OwnTaxonomy]) -> list[OwnTaxonomy]:
        return [o for o in own if o.adapter is not None and o.base_space == self.space]

    def _joined(
        self, conversation: Conversation, hidden: tuple[Hidden, ...], turns: Sequence[TurnRead]
    ) -> ConversationRead:
        mine = [turn for turn in turns if turn.of_customer]
        said = " ".join(turn.turn.body for turn in mine)
        language = mine[0].language if len(mine) == 1 else self._languages.read(said)
        read = ConversationRead(
            conversation,
            hidden,
            tuple(replace(turn, understood=_understood(turn, language)) for turn in turns),
            language,
            self._subject(conversation),
        )
        closing = self._heads.closing
        return read if closing is None else closing.read(read)

    def _subject(self, conversation: Conversation) -> tuple[Entity, ...]:
        """Find entities in the subject, the first of each label: it has no turn to point at."""
        if not conversation.subject:
            return ()
        cover = redact_text(conversation.subject)
        day = conversation.started_at.date()
        (entities,) = self._extractor.extract([conversation.subject], [cover.found], [day])
        first = {entity.label: entity for entity in reversed(entities)}
        return tuple(first[label] for label in sorted(first))


def _version(head: Head | None) -> str:
    return "none" if head is None else head.version


def _understood(turn: TurnRead, language: LanguageReading) -> bool:
    """Whether the heads know the language: the turn's own, else the conversation's.

    Where neither can be told, the text is short and is read as if it were known.
    """
    for reading in (turn.language, language):
        if reading.sure:
            return reading.code in KNOWN_LANGUAGES
    return True
