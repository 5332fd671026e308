"""Measuring: quality of what is read and joined, speed, and the training of what is shipped."""
