"""Journey types: which kinds of journeys there are, and which kind a new one is."""
