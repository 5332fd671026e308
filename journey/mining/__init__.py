"""Event logs: which paths cases take, how often, how long, and what comes next."""
