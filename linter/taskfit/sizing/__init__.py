"""The sizing core: what a task of a role needs for its capacity, which Fargate sizes there are, and what they cost."""
