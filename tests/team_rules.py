"""A team's own rule, as the text of its file."""

from __future__ import annotations

import json


def team_rule(schema: object, example: str) -> str:
    """The rule TEAM001 with a schema, in JSON, which is YAML as well; an example is as bad as it is good."""
    rule = {
        "code": "TEAM001",
        "name": "team-rule",
        "severity": "error",
        "summary": "A rule",
        "message": "It is broken.",
        "what": "What.",
        "why": "Why.",
        "fix": "Fix.",
        "schema": schema,
        "bad": [{"file": example, "at": [""]}],
        "good": [{"file": example}],
    }
    return json.dumps(rule)
