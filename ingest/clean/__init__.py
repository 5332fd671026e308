"""Cleaning: what a customer said, apart from what mail and markup put around it."""
