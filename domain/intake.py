"""What became of a record that was handed in."""

from enum import StrEnum


class Stored(StrEnum):
    """Result of saving a record by its key."""

    KEPT = "kept"
    """It was new."""
    UPDATED = "updated"
    """Its key was known, and something in it is new."""
    DUPLICATE = "duplicate"
    """Nothing in it is new."""
    ERASED = "erased"
    """Its key was erased before, so it was not kept."""
