"""What texts are read with."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

MODELS_EXAMPLE: dict[str, Any] = {
    "tagger": "4be1c07a",
    "encoder": {
        "id": "sentence-transformers/all-MiniLM-L6-v2",
        "sha256": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        "space": "all-MiniLM-L6-v2@53aa51172d14.1",
        "dimension": 384,
        "precision": "bf16",
        "licence": "Apache-2.0",
    },
    "heads": [
        {
            "name": "sentiment",
            "version": "9c1f2ab0",
            "space": "all-MiniLM-L6-v2@53aa51172d14.1",
            "labels": ["negative", "neutral", "positive"],
            "thresholds": {},
            "calibration": "one temperature, on development texts",
            "trained_on": [{"name": "own examples", "licence": "Apache-2.0"}],
        }
    ],
    "rules": "77aa01de",
    "taxonomies": [
        {"name": "general", "version": "1f0e9d8c", "labels": 34, "live_since": None},
        {
            "name": "shop",
            "version": "0a1b2c3d",
            "labels": 12,
            "live_since": "2026-11-20T08:00:00Z",
        },
    ],
}


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
    """A head: vectors to labels."""

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


class TaxonomyView(BaseModel):
    """A taxonomy that takes part in tagging."""

    name: str
    version: str
    labels: int
    live_since: datetime | None = Field(description="null for the one that ships.")


class ModelsView(BaseModel):
    """All that texts are read with."""

    model_config = ConfigDict(json_schema_extra={"examples": [MODELS_EXAMPLE]})

    tagger: str = Field(
        description="Version of the whole: it changes when an answer may. Each conversation "
        "carries the one that read it."
    )
    encoder: EncoderView
    heads: list[HeadView]
    rules: str = Field(description="Version of redaction, entities, language and summary.")
    taxonomies: list[TaxonomyView]
