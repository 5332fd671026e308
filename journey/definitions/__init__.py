"""Journey definitions: where a journey starts and ends, its stages, and what is to be reached."""
