"""The server that editors talk to, over the Language Server Protocol: findings while typing, hovers, quick fixes."""
