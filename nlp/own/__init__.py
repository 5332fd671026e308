"""Own taxonomies: a head on the shared vectors, fitted from examples or descriptions."""
