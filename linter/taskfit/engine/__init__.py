"""Applies rules to definitions, and suppresses, compares and fixes the findings."""
