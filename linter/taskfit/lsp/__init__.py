"""The Language Server Protocol server for editors: findings while typing, hovers, quick fixes."""
