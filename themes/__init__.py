"""Vectors of texts to themes that stay put: discovery, assignment, names, lineage.

No database, no HTTP, and no encoder: vectors are passed in. A tagging worker that only
assigns needs ``themes.assign`` and ``themes.model``, which import numpy alone.
"""
