"""Tools for writing a profile: a start from definitions, test cases, a fit to observed use."""
