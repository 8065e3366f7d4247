"""Parses text into trees in which each value has its place."""
