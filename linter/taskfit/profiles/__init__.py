"""How a team makes its profile: a start from definitions, worked cases, a fit to observed use."""
