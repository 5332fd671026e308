"""What repeat contacts are associated with, and what they cost."""
