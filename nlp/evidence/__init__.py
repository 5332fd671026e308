"""The words that carried a label: what its log-odds lose when they are left out."""

from nlp.evidence.explain import Explainer
from nlp.evidence.scorers import Scorer, VectorHead, VectorScorer

__all__ = ["Explainer", "Scorer", "VectorHead", "VectorScorer"]
