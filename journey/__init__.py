"""Records to journeys: identities, issues, outcomes, effort and timelines, by pure functions."""
