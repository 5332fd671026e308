"""Cues: words of customers and agents that rules can read with certainty."""
