"""The registry of events: canonical names, aliases, channel labels, outcome markers."""
