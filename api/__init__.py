"""The HTTP face: parse, call one function, answer."""
