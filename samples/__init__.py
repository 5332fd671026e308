"""Support conversations written for this project, and the exports rendered from them."""
