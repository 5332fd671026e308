"""All configuration: one object, read from ``THROUGHLINE_*`` and passed in."""

from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from domain.head_config import HeadConfig

COSTS = {"call": 8.0, "email": 5.0, "chat": 4.0, "social": 4.0, "form": 5.0, "other": 5.0}

GRACE_SECONDS = 60
"""A task that hangs is ended by force so long after it was asked to end."""
RABBITMQ_SECONDS = 1_800
"""RabbitMQ's ``consumer_timeout``: it closes the channel of a message in work for longer."""


class Settings(BaseSettings):
    """What an operator can set. Every name is an environment variable ``THROUGHLINE_<NAME>``."""

    model_config = SettingsConfigDict(
        env_prefix="THROUGHLINE_", env_file=".env", env_ignore_empty=True, extra="ignore"
    )

    database_url: SecretStr = SecretStr("sqlite:///var/throughline.db")
    """SQLAlchemy URL; ``postgresql://…`` for a server."""
    database_connections: int = Field(default=10, ge=2)
    """PostgreSQL: connections that one process opens at most; a worker process uses five, and
    works with one hand instead of two where it may open fewer."""
    database_pooler: bool = False
    """A pooler such as PgBouncer in transaction mode stands before PostgreSQL."""
    statement_seconds: float = Field(default=30.0, ge=0)
    """PostgreSQL: a statement of the API is ended after this, and answered 503; 0 for never."""
    keep_days: float | None = Field(default=None, gt=0)
    """Records in which nothing happened for so long are erased with all that was read of them;
    journeys they were part of are built anew from the rest. Unset: they are kept for ever."""
    broker_url: SecretStr | None = None
    """``amqp://…`` or ``redis://…``; without one, tasks run inside this process."""
    model_dir: Path = Path("var/models")
    """Where built models lie. They are made by ``throughline models build``."""
    encoder: str = "sentence-transformers/all-MiniLM-L6-v2"
    """Hugging Face id or local path. Only the default is shipped; others must be at hand."""
    heads: Annotated[dict[str, HeadConfig], NoDecode] = Field(default_factory=dict)
    """Classifiers by others: JSON, or the path of a YAML file with the same; docs/models.md."""
    weights: Path = Path(__file__).parent.parent / "nlp" / "weights"
    """Folder that ``throughline train`` wrote: its parts stand in the place of those that ship."""
    taxonomy_dir: Path = Path("var/taxonomies")
    """Where own taxonomies lie, one folder each."""
    mart_dir: Path = Path("var/mart")
    """Where tables for analysis are kept: codes, ids and numbers, no text. All processes of a
    host share them; they are made anew where they are missing."""
    threads: int = Field(default=0, ge=0)
    """Threads of the encoder; 0 takes all cores."""
    precision: Literal["auto", "int8", "bf16", "f32"] = "auto"
    """Number format of the encoder. ``auto``: bf16 where the processor has it, else f32. ``int8``
    is faster on processors with VNNI; set the same for all processes of a database, since its
    vectors compare only with each other."""
    data: Path = Path("data")
    """Labelled data sets for training and evaluation. Not needed to run."""
    languages: tuple[str, ...] = ("en", "de", "es", "fr", "it", "nl", "pt")
    """Languages that are told apart, ISO 639-1. Each takes memory."""
    repeat_window_hours: float = Field(default=168.0, gt=0)
    """A contact about the same issue inside this window is a repeat contact."""
    silence_hours: float = Field(default=72.0, gt=0)
    """A conversation without a status has ended after this much silence."""
    issue_window_days: float = Field(default=30.0, gt=0)
    """Contacts further apart than this are never one issue."""
    contact_costs: dict[str, Annotated[float, Field(ge=0)]] = Field(
        default_factory=lambda: dict(COSTS)
    )
    """What a contact costs, by channel, as JSON; ``other`` for the rest. The defaults are
    placeholders: the analyses say money by them."""
    currency: str = Field(default="EUR", max_length=8)
    """Of the costs; written behind amounts."""
    tagger: str = "workers.model:load_tagger"
    """What gives the tagger: ``module:function``, called with settings and database."""
    lease_seconds: float = Field(default=60.0, gt=0)
    """A worker without a sign of life for so long is held to be lost: others take its work."""
    visibility_seconds: int = Field(default=3_600, gt=0)
    """Redis only: a message that is in work for longer is handed to a second worker."""
    task_seconds: int = Field(default=600, gt=0, validate_default=True)
    """A task of a worker that takes longer hangs: it is ended, a minute later by force."""
    vector_days: float = Field(default=90.0, gt=0)
    """Cached vectors are forgotten after this; they are made again when they are needed."""
    vector_rows: int = Field(default=2_000_000, gt=0)
    """Cached vectors that are kept, about 1 kB each; the oldest beyond are forgotten."""
    namer_url: str | None = None
    """OpenAI-compatible service that names themes, such as ``http://127.0.0.1:8080/v1``; key
    phrases and redacted examples go there. None: names come from key phrases, nothing is sent."""
    namer_model: str = "default"
    """The naming service's model, as the service calls it."""
    namer_key: SecretStr | None = None
    """The naming service's key."""
    worker_memory_mb: int = Field(default=3_000, gt=0)
    """A worker process above this finishes its task and is replaced."""
    worker_nice: int | None = Field(default=None, ge=0, le=19)
    """How far a worker steps back on the processor for whatever else runs on its machine, such as
    the API. Unset: 10 where it only reads again or finds themes, else 0."""
    waiting_limit: int = Field(default=1_000_000, gt=0)
    """Records and events are refused with 429 while more pieces of work than this wait; turns of
    live conversations are always taken."""
    api_memory_mb: int = Field(default=3_000, gt=0)
    """An API process above this lets no direct call queue: it answers 429 instead."""
    stuck_seconds: float = Field(default=300.0, gt=0)
    """``/readyz`` says no when work has waited for so long and nothing was finished meanwhile."""
    log_format: Literal["json", "text"] = "json"
    """Log lines of ``serve`` and ``worker``: for machines or for people."""
    metrics_port: int = Field(default=0, ge=0, le=65_535)
    """Where a worker answers Prometheus; 0: nowhere. The API does at ``/metrics``."""
    metrics_host: str = "127.0.0.1"
    """The address of that port; it needs no key, so keep it inside."""
    otlp_endpoint: str | None = None
    """OpenTelemetry collector, such as ``http://127.0.0.1:4318``; None: nothing is traced."""
    trace_share: float = Field(default=1.0, ge=0, le=1)
    """Share of calls that are traced, where the caller does not say."""
    max_body_bytes: int = Field(default=8_000_000, gt=0)
    """Largest request body that the API reads."""
    development_key: bool = True
    """Embedded mode only: accept the key ``dev`` so that a newcomer can call the API at once."""

    @field_validator("task_seconds")
    @classmethod
    def _fits_the_broker(cls, given: int, info: ValidationInfo) -> int:
        url, visible = info.data.get("broker_url"), info.data.get("visibility_seconds", 0)
        if url is None:
            return given
        redis = not url.get_secret_value().startswith("amqp")
        most = visible if redis else RABBITMQ_SECONDS
        why = "THROUGHLINE_VISIBILITY_SECONDS" if redis else "RabbitMQ's consumer_timeout"
        if given + GRACE_SECONDS >= most:
            raise ValueError(
                f"a task may take {given} s and {GRACE_SECONDS} s of grace, but {why} is {most} s: "
                "the broker would give its message to a second worker. "
                f"Set it below {most - GRACE_SECONDS}"
                + (", or THROUGHLINE_VISIBILITY_SECONDS higher" if redis else "")
            )
        return given

    @field_validator("heads", mode="before")
    @classmethod
    def _read_heads(cls, given: Any) -> Any:  # noqa: ANN401
        if not isinstance(given, str):
            return given
        if given.lstrip().startswith("{"):
            return yaml.safe_load(given)
        if not Path(given).is_file():
            raise ValueError(f"THROUGHLINE_HEADS is neither JSON nor a file that is there: {given}")
        return yaml.safe_load(Path(given).read_text(encoding="utf-8"))

    @property
    def embedded(self) -> bool:
        """Whether one process does it all: no broker."""
        return self.broker_url is None
