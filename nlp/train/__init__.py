"""Fitting of heads. Nothing here is needed to tag."""
