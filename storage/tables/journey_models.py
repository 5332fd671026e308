"""What is fitted on journeys."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Base, JsonObject


class JourneyModelRow(Base):
    """The present model of a kind; a new fit takes its place."""

    __tablename__ = "journey_models"

    kind: Mapped[str] = mapped_column(primary_key=True)
    """``types`` or ``next_step``."""
    version: Mapped[str]
    """Hash of the data."""
    made_at: Mapped[datetime]
    journeys: Mapped[int]
    """It was fitted on so many."""
    data: Mapped[JsonObject]
    """Counts, weights and names of activities; no text."""
