"""Readings put into signals."""

from nlp.say.conversation import say
from nlp.say.subject import Makers, content_hash

__all__ = ["Makers", "content_hash", "say"]
