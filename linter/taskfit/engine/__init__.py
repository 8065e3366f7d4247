"""Rules x definitions -> findings, and what happens to findings."""
