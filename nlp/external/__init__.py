"""Classifiers by others (Hugging Face) in place of a shipped head, or beside the heads."""
