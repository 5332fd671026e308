"""What the analyses share: which contacts, what came of them, and how sure a figure is."""
