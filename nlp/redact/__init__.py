"""Redaction: identifiers and known names become typed pseudonyms before anything else is done."""
