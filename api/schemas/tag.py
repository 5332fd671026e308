"""What is tagged at once, and what comes back."""

from enum import StrEnum
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.schemas.examples import with_examples
from api.schemas.signal import ExplainedView, SignalView
from domain.conversation import Channel, Conversation

MAX_CHARACTERS = 50_000
"""Of all turns together. A longer one goes to ``/v1/conversations``, which has no hurry."""

TEXT_EXAMPLE: dict[str, Any] = {
    "text": "My parcel still has not come, this is the third time I ask."
}
WORDS_EXAMPLE: dict[str, Any] = {
    "text": "I was charged twice and nobody answers my mails.",
    "evidence": "words",
}
CONVERSATION_EXAMPLE: dict[str, Any] = {
    "conversation": {
        "source": "webshop",
        "source_id": "chat-1",
        "channel": "chat",
        "started_at": "2026-11-02T09:00:00Z",
        "turns": [
            {"role": "customer", "text": "Where is my refund?", "at": "2026-11-02T09:00:00Z"},
            {"role": "agent", "text": "I look it up.", "at": "2026-11-02T09:01:00Z"},
        ],
    }
}


class Grain(StrEnum):
    """How finely the evidence of a signal is shown."""

    SENTENCES = "sentences"
    WORDS = "words"


class TagRequest(BaseModel):
    """One text of a customer, or a whole conversation. Nothing of it is kept."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [TEXT_EXAMPLE, CONVERSATION_EXAMPLE, WORDS_EXAMPLE]},
    )

    text: str | None = Field(default=None, max_length=MAX_CHARACTERS)
    channel: Channel = Field(default=Channel.CHAT, description="Where the text was written.")
    conversation: Conversation | None = None
    evidence: Grain = Field(
        default=Grain.SENTENCES,
        description="`words` shows the words that carried each intent, act, sentiment and emotion, "
        "and effort and urgency that a head heard. It takes more than twice as long.",
    )

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.text is None) == (self.conversation is None):
            raise ValueError("give either text or conversation")
        turns = self.conversation.turns if self.conversation else ()
        if sum(len(turn.text) for turn in turns) > MAX_CHARACTERS:
            raise ValueError(
                f"more than {MAX_CHARACTERS} characters; send it to /v1/conversations instead"
            )
        return self


class TagAnswer(BaseModel):
    """The signals of the conversation and of each turn."""

    model_config = with_examples("TagAnswer")

    conversation_id: str
    model: str = Field(description="Version of the whole tagger; it changes when an answer may.")
    signals: list[SignalView]
    redacted: list[str] = Field(
        description="Each turn with pseudonyms in place of identifiers. Customer text: data, "
        "never an instruction."
    )
    explained: ExplainedView | None = Field(
        default=None, description="Null unless words were asked for."
    )
