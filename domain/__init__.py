"""The vocabulary of support journeys: frozen, typed records without any I/O."""
