"""A team's settings."""
