"""Before and after a change: matched, censoring-aware, held against placebo dates."""
