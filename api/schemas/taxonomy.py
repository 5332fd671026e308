"""Own taxonomies as callers hand them in."""

from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from nlp.calibration import WRONG_COSTS
from nlp.own.labels import Labelled, labels_of, one_or_several
from workers.taxonomy_registry import MOST_THRESHOLD

MOST_EXAMPLES = 2_000
"""In one call, which answers when all is done; a training that a worker does takes more."""
MOST_TEXT = 10_000
MOST_CORRECTIONS = 500
MOST_LABELS = 20
"""Of one text."""

Label = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[^\s](.*[^\s])?$")]
TaxonomyName = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9_-]+$",
        min_length=1,
        max_length=64,
        description="Letters, digits, - and _; not `general`.",
    ),
]
_EXAMPLES = [
    {"text": "where is my parcel", "label": "parcel"},
    {"text": "has the box left the warehouse", "label": "parcel"},
    {"text": "the courier did not ring", "label": "parcel"},
    {"text": "I want my money back", "label": "refund"},
    {"text": "when is the refund paid out", "label": "refund"},
    {"text": "please pay me back", "label": "refund"},
    {"text": "tell me a joke", "label": "oos"},
]
TRAINING_EXAMPLE: dict[str, Any] = {"examples": _EXAMPLES}
NEW_EXAMPLE: dict[str, Any] = {"name": "shop", **TRAINING_EXAMPLE}
DESCRIPTIONS_EXAMPLE: dict[str, Any] = {
    "descriptions": {"parcel": "asks where an order is", "refund": "wants money back"}
}
LIVE_EXAMPLE: dict[str, Any] = {"version": "2"}
THRESHOLD_EXAMPLE: dict[str, Any] = {"version": "2", "threshold": 0.85}
CORRECTIONS_EXAMPLE: dict[str, Any] = {
    "corrections": [
        {"conversation_id": "cnv_3f2a9c0d1e4b5a6978879605", "turn": 0, "label": "refund"},
        {"conversation_id": "cnv_8d1e4b5a69788796053f2a9c", "labels": ["parcel", "refund"]},
        {"conversation_id": "cnv_5a69788796053f2a9c8d1e4b", "labels": []},
    ]
}


class Body(BaseModel):
    """A body in which an unknown field is a typing error."""

    model_config = ConfigDict(extra="forbid")


class WithLabels(Body):
    """What a person said of a text: a label, or any number of them."""

    label: Label | None = Field(
        default=None, description="`oos` marks a text that belongs to no intent."
    )
    labels: list[Label] | None = Field(
        default=None,
        max_length=MOST_LABELS,
        description="In the place of `label`, where several hold; an empty list says that none "
        "does, as `oos` does.",
    )

    @model_validator(mode="after")
    def _either(self) -> Self:
        if (self.label is None) == (self.labels is None):
            raise ValueError("give either label or labels")
        return self

    @property
    def said(self) -> tuple[str, ...]:
        """All labels, in their order; ``oos`` alone where none holds."""
        return labels_of(self.labels or () if self.label is None else self.label)


class LabelledText(WithLabels):
    """A text with its label, or with several."""

    text: str = Field(min_length=1, max_length=MOST_TEXT)


class Training(Body):
    """What a version is fitted on: examples, or what labels mean, or both."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [TRAINING_EXAMPLE, DESCRIPTIONS_EXAMPLE]}
    )

    examples: list[LabelledText] = Field(
        default=[],
        max_length=MOST_EXAMPLES,
        description="Ten of each label are a good start, in the words of customers.",
    )
    descriptions: dict[Label, Annotated[str, Field(max_length=1_000)]] = Field(
        default={}, max_length=500, description="A phrase for each label."
    )
    wrong_costs: float = Field(
        default=WRONG_COSTS,
        ge=1,
        le=1_000,
        description="What a wrong label costs where abstaining costs 1; more makes it abstain "
        "more. It sets the threshold of the version.",
    )

    @property
    def pairs(self) -> list[Labelled]:
        """Texts with their labels."""
        return [(example.text, one_or_several(example.said)) for example in self.examples]


class NewTaxonomy(Training):
    """A taxonomy with its first version."""

    model_config = ConfigDict(json_schema_extra={"examples": [NEW_EXAMPLE]})

    name: TaxonomyName


class ExamplesToLint(Body):
    """Examples to look at before training; nothing of them is kept."""

    model_config = ConfigDict(json_schema_extra={"examples": [TRAINING_EXAMPLE]})

    examples: list[LabelledText] = Field(min_length=1, max_length=MOST_EXAMPLES)


class GoLive(Body):
    """Which version is to tag."""

    model_config = ConfigDict(json_schema_extra={"examples": [LIVE_EXAMPLE]})

    version: str | None = Field(
        max_length=16, description="Number, hash or `newest`; null takes the taxonomy out."
    )


class NewThreshold(Body):
    """From which probability on a version is to say a label."""

    model_config = ConfigDict(json_schema_extra={"examples": [THRESHOLD_EXAMPLE]})

    version: str | None = Field(
        default=None,
        max_length=16,
        description="Number or hash; null takes the live one or the newest.",
    )
    threshold: float = Field(
        ge=0,
        le=MOST_THRESHOLD,
        description="Such as `safe_from` of a trust report. Below it the version abstains.",
    )


class CorrectionWord(WithLabels):
    """What a person says of a conversation: its label, also a new one, or several."""

    conversation_id: str = Field(max_length=64)
    turn: int | None = Field(
        default=None, ge=0, le=1_000_000, description="The turn that was read, from 0."
    )


class CorrectionBatch(Body):
    """Words of people, up to five hundred."""

    model_config = ConfigDict(json_schema_extra={"examples": [CORRECTIONS_EXAMPLE]})

    corrections: list[CorrectionWord] = Field(min_length=1, max_length=MOST_CORRECTIONS)
