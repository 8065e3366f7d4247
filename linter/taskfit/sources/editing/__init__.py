"""Changes of a definition as edits of its text."""
