"""The words that carried a label: what its log-odds lose when they are left out."""

from nlp.evidence.explain import Explainer
from nlp.evidence.request import Request
from nlp.evidence.scorers import Scorer, VectorHead, VectorScorer
from nlp.evidence.talk import TalkScorer

__all__ = ["Explainer", "Request", "Scorer", "TalkScorer", "VectorHead", "VectorScorer"]
