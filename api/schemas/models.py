"""What texts are read with."""

from collections.abc import Mapping
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.examples import with_examples
from nlp.about import State


class SourceView(BaseModel):
    """What a head was trained on."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    licence: str


class EncoderView(BaseModel):
    """The encoder: texts to vectors."""

    model_config = ConfigDict(from_attributes=True)

    id: str = Field(description="Hugging Face id or path, as configured.")
    sha256: str = Field(description="Of the weights it was built from.")
    space: str = Field(description="Version of its embedding space; only such vectors compare.")
    dimension: int
    precision: str = Field(description="In which this process's machine computes.")
    licence: str | None = Field(description="null where it is not the one that ships.")


class HeadView(BaseModel):
    """A shipped head: vectors to labels."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    version: str = Field(description="Changes with its content.")
    space: str = Field(description="The embedding space it was fitted on.")
    labels: list[str]
    thresholds: Mapping[str, float] = Field(
        description="Probability from which a label is held to be true; empty where the best "
        "label is taken."
    )
    calibration: str | None
    trained_on: list[SourceView]
    state: State = Field(
        description="`serves`; `replaced`: a classifier says its labels instead (heads of turns "
        "may still read its scores); `left_out`: it does not fit the encoder."
    )
    reason: str | None = Field(
        description="Which classifier, as on its signals' `model`, or why it is left out."
    )


class ClassifierView(BaseModel):
    """A classifier by others, from the configuration."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    model: str = Field(description="Hugging Face id or path, as configured.")
    version: str = Field(
        description="Of weights and configuration. A signal's `model` is `hf-NAME:` and this."
    )
    sha256: str = Field(description="Of its weights.")
    in_place: bool = Field(
        description="Whether it takes the place of the shipped heads of its name, or says a set of "
        "labels of its own."
    )
    labels: list[str] = Field(description="As they are called here.")
    threshold: float = Field(description="Probability from which a label holds.")


class TaxonomyView(BaseModel):
    """A taxonomy that takes part in tagging."""

    name: str
    version: str
    labels: int
    live_since: datetime | None = Field(description="null for the one that ships.")


class ModelsView(BaseModel):
    """All that texts are read with."""

    model_config = with_examples("ModelsView")

    tagger: str = Field(
        description="Version of the whole: it changes when an answer may. Each conversation "
        "carries the one that read it."
    )
    encoder: EncoderView
    heads: list[HeadView]
    classifiers: list[ClassifierView] = Field(description="As configured; empty without any.")
    rules: str = Field(description="Version of redaction, entities, language and summary.")
    taxonomies: list[TaxonomyView]
