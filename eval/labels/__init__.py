"""Turns of the sample labelled by reading, twice, and which ones."""
