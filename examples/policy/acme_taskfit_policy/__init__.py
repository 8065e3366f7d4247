"""The policy of Acme: `rules/` and `profiles/` are data, `checks.py` what no schema and no expression can say."""
