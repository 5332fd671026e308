"""The command line: a thin face over the same functions as the API and the workers."""
