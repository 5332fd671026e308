"""Formats in, canonical records out: one adapter a format, no database, no model."""
