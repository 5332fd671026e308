"""Lenses on journeys: each answers one question of a support lead, and every number opens."""
