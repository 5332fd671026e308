"""Turns read by encoder, heads and rules, all turns of a batch together."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from domain.conversation import Conversation, Role, Turn
from nlp.acts import read_acts
from nlp.context import ContextReader, TurnScores, in_places
from nlp.cues.heads import heard_of_agent, heard_of_customer
from nlp.cues.rules import Cue
from nlp.cut import cut_turn
from nlp.emotion import read_emotions
from nlp.entities.extract import Extractor
from nlp.entities.found import Entity
from nlp.intents import IntentReader, TurnIntents
from nlp.language import LanguageReading, Languages
from nlp.read import TurnRead
from nlp.reading import LabelReading, MoodReading
from nlp.redact.found import Found
from nlp.redact.redact import Hidden
from nlp.sentiment import read_moods
from nlp.shipped import Shipped
from nlp.taxonomy import general
from nlp.vectors import TextVectors, Vectors

BySpace = Mapping[str, TextVectors]
"""One text in each embedding space that it was read in."""


@dataclass(frozen=True)
class Place:
    """A turn to be read.

    Attributes
    ----------
    number : int
        Of its conversation in the batch.
    position : int
        In the conversation.
    compared : bool
        Whether its vector is asked for: to keep it, or to compare turns with one another.
    own : tuple of str
        Embedding spaces of tuned taxonomies that are to read it.
    """

    number: int
    position: int
    compared: bool
    own: tuple[str, ...] = ()


class TurnReader:
    """Reads turns. Rules run beside the encoder, which leaves Python alone while it computes."""

    def __init__(
        self, vectors: Vectors, shipped: Shipped, languages: Languages, extractor: Extractor
    ) -> None:
        self._vectors = vectors
        self._shipped = shipped
        self._intents = (
            None
            if shipped.general is None
            else IntentReader(shipped.general, general(), _holds(shipped.context))
        )
        self._languages = languages
        self._extractor = extractor
        # Its thread starts with the first text, so that a fork before it does no harm.
        self._beside = ThreadPoolExecutor(1, "rules")

    def read(
        self,
        conversations: Sequence[Conversation],
        hidden: Sequence[Sequence[Hidden]],
        places: Sequence[Place],
    ) -> list[TurnRead]:
        """Read the turns at ``places``.

        Parameters
        ----------
        conversations : sequence of Conversation
            The batch.
        hidden : sequence of sequence of Hidden
            What is redacted in each turn of each conversation.
        places : sequence of Place
            Whose turns are read; ``language`` is left for the caller to weigh.
        """
        turns = [conversations[place.number].turns[place.position] for place in places]
        covers = [hidden[place.number][place.position] for place in places]
        rules = self._beside.submit(self._rules, conversations, places, turns, covers)
        read = self._encoded(places, turns, covers)
        customers = [row for row, turn in enumerate(turns) if turn.role is Role.CUSTOMER]
        talks = self._in_talks(places, turns, read)
        in_talks = {place: talks[row] for place, row in enumerate(customers) if row in talks}
        wants, moods, felt = self._of_customers([read[row] for row in customers], in_talks)
        acts = self._acts(read, turns)
        found = rules.result()
        places_of = {row: place for place, row in enumerate(customers)}
        return [
            TurnRead(
                position=place.position,
                turn=turn,
                hidden=cover,
                vectors=self._main(by_space),
                by_space=by_space,
                entities=entities,
                language=language,
                understood=True,
                intents=wants[places_of[row]] if row in places_of else None,
                mood=moods[places_of[row]] if row in places_of else None,
                emotions=felt[places_of[row]] if row in places_of else (),
                acts=acts[row],
                heard=self._heard(turn.role, by_space, talks.get(row)),
            )
            for row, (place, turn, cover, by_space, (entities, language)) in enumerate(
                zip(places, turns, covers, read, found, strict=True)
            )
        ]

    def _encoded(
        self, places: Sequence[Place], turns: Sequence[Turn], covers: Sequence[Hidden]
    ) -> list[BySpace]:
        """Encode turns, those that are asked for in the same spaces together."""
        groups: dict[tuple[str, ...], list[int]] = {}
        for row, (place, turn) in enumerate(zip(places, turns, strict=True)):
            groups.setdefault(self._spaces(turn.role, place), []).append(row)
        read: list[BySpace] = [{}] * len(turns)
        for spaces, rows in groups.items():
            cuts = [cut_turn(turns[row].body, covers[row].plain) for row in rows]
            by_space = self._vectors.read_in(spaces, cuts)
            for number, row in enumerate(rows):
                read[row] = {space: by_space[space][number] for space in spaces}
        return read

    def _spaces(self, role: Role, place: Place) -> tuple[str, ...]:
        shipped = self._shipped
        heads = [shipped.acts, shipped.cues.get(role)]
        if role is Role.CUSTOMER:
            heads += [shipped.general, shipped.sentiment, shipped.emotion]
        spaces = [head.space for head in heads if head is not None]
        spaces += [] if shipped.closing is None else shipped.closing.endings.spaces
        if place.compared or not spaces:
            spaces.append(self._vectors.space)
        return tuple(dict.fromkeys([*spaces, *place.own]))

    def _main(self, by_space: BySpace) -> TextVectors:
        own = self._vectors.space
        return by_space[own] if own in by_space else next(iter(by_space.values()))

    def _in_talks(
        self, places: Sequence[Place], turns: Sequence[Turn], texts: Sequence[BySpace]
    ) -> dict[int, TurnScores]:
        """Read customers' turns in their place in the talk, by row."""
        context = self._shipped.context
        if context is None:
            return {}
        said = [text[context.near.space] for text in texts]
        rows = [
            row
            for row, turn in enumerate(turns)
            if turn.role is Role.CUSTOMER and said[row].whole is not None
        ]
        told = zip(places, turns, said, strict=True)
        placed = in_places((place.number, turn.role, turn.body, text) for place, turn, text in told)
        return dict(zip(rows, context.read(placed), strict=True))

    def _of_customers(
        self, texts: Sequence[BySpace], in_talks: Mapping[int, TurnScores]
    ) -> tuple[
        Sequence[TurnIntents | None],
        Sequence[MoodReading | None],
        Sequence[tuple[LabelReading, ...]],
    ]:
        """Read what customers want and how they feel."""
        shipped, nothing = self._shipped, [None] * len(texts)
        wants: Sequence[TurnIntents | None] = nothing
        moods: Sequence[MoodReading | None] = nothing
        felt: Sequence[tuple[LabelReading, ...]] = [()] * len(texts)
        if self._intents is not None:
            wants = self._intents.read(
                [text[self._intents.space] for text in texts],
                {n: one.intents for n, one in in_talks.items() if one.intents is not None},
            )
        if shipped.sentiment is not None:
            space = shipped.sentiment.space
            moods = [
                _in_its_talk(mood, in_talks.get(place))
                for place, mood in enumerate(
                    read_moods(shipped.sentiment, [text[space] for text in texts])
                )
            ]
        if shipped.emotion is not None:
            space = shipped.emotion.space
            felt = read_emotions(
                shipped.emotion,
                [text[space] for text in texts],
                {n: one.emotions for n, one in in_talks.items() if one.emotions is not None},
                {} if shipped.context is None else shipped.context.emotions.thresholds,
            )
        return wants, moods, felt

    def _acts(
        self, texts: Sequence[BySpace], turns: Sequence[Turn]
    ) -> Sequence[tuple[LabelReading, ...]]:
        head = self._shipped.acts
        if head is None:
            return [()] * len(texts)
        return read_acts(head, [text[head.space] for text in texts], [t.body for t in turns])

    def _heard(self, role: Role, text: BySpace, talk: TurnScores | None) -> tuple[Cue, ...]:
        head, context = self._shipped.cues.get(role), self._shipped.context
        if head is None:
            return ()
        if role is not Role.CUSTOMER:
            return heard_of_agent(head, text[head.space])
        if talk is None or context is None:
            return ()
        return heard_of_customer(head, text[head.space], talk.cues, context.cues.thresholds)

    def _rules(
        self,
        conversations: Sequence[Conversation],
        places: Sequence[Place],
        turns: Sequence[Turn],
        covers: Sequence[Hidden],
    ) -> list[tuple[tuple[Entity, ...], LanguageReading]]:
        """Find entities and the language of each turn."""
        bodies = [turn.body for turn in turns]
        entities = self._extractor.extract(
            bodies,
            [_within(cover, body) for cover, body in zip(covers, bodies, strict=True)],
            [
                (turn.at or conversations[place.number].started_at).date()
                for turn, place in zip(turns, places, strict=True)
            ],
        )
        return list(zip(entities, self._told(bodies), strict=True))

    def _told(self, bodies: Sequence[str]) -> Iterator[LanguageReading]:
        return (self._languages.read(body) for body in bodies)


def _in_its_talk(mood: MoodReading | None, talk: TurnScores | None) -> MoodReading | None:
    if mood is None or talk is None or talk.mood is None:
        return mood
    return replace(mood, probabilities=talk.mood)


def _holds(context: ContextReader | None) -> float:
    return 0.5 if context is None else context.intents.thresholds["holds"]


def _within(hidden: Hidden, body: str) -> tuple[Found, ...]:
    """Leave out what stands in a part that is not analysed."""
    return tuple(item for item in hidden.found if not body[item.start : item.end].isspace())
