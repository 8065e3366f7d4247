"""The version of taskfit."""

__version__ = "0.1.0"
