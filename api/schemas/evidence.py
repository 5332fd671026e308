"""Signals of one conversation with the words behind them."""

from pydantic import BaseModel

from api.schemas.examples import with_examples
from api.schemas.signal import ExplainedView, SignalView


class EvidenceAnswer(BaseModel):
    """Signals, their evidence in words where it could be found."""

    model_config = with_examples("EvidenceAnswer")

    conversation_id: str
    signals: list[SignalView]
    explained: ExplainedView
