"""Text to trees in which each value knows its place."""
