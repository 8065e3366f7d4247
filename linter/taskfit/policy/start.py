"""The template of a user-defined rule, with comments; it is valid as it is."""

from __future__ import annotations

from taskfit.policy import rule_checks

START = """\
# A rule of your own. `taskfit rule test {file}` runs its examples, `taskfit rule {code}` shows its page once
# `rules: [{file}]` is in taskfit.yaml, and `taskfit schema rules` prints the schema of this file for an editor.
code: {code}
name: production-cpu              # lower-case words with hyphens: what is wrong
severity: warning                 # error: AWS rejects it, or it will break; warning; note
summary: A production task has less than 1 vCPU
what: >-
  Reports production tasks with less than 1 vCPU.
why: >-
  With less, our health checks time out during a deployment.
fix: >-
  Set cpu to {{limit}} CPU units or more.

# When the rule applies; all given conditions must hold, and one on an unknown value does not. Others are `tag`,
# `role`, `path`, `launch_type` and `schema`; or write an expression in CEL: when: task.family.endsWith("-prod")
when:
  family: "*-prod"

# What the condition applies to: task, container, essential container, service, port, environment variable, secret,
# volume or image.
target: task

# The condition, as a JSON Schema of the target. Sizes may have units and are normalised before comparing.
schema:
  properties:
    cpu: {{minimum: 1 vCPU}}
# Or as an expression in CEL, with the extra `cel`:
# assert: has(task.cpu) && task.cpu >= vcpu(1)

# The message; names in braces are replaced: value, limit, field, name, and fields of the task or target.
message: "{{task.family}} has {{value}} CPU units; production needs {{limit}}."

# Each example is a file. `rule test` runs them: the bad ones are reported, at the pointers in `at`, the good ones not.
bad:
  - file: |
      {{
        "family": "shop-prod",
        "cpu": "0.5 vCPU",
        "containerDefinitions": [{{"name": "app", "image": "shop:1", "memory": 512}}]
      }}
    at: [/cpu]
good:
  - file: |
      {{
        "family": "shop-prod",
        "cpu": "1024",
        "containerDefinitions": [{{"name": "app", "image": "shop:1", "memory": 512}}]
      }}
  - title: another stage
    file: |
      {{
        "family": "shop-dev",
        "cpu": "256",
        "containerDefinitions": [{{"name": "app", "image": "shop:1", "memory": 512}}]
      }}
"""


def text(code: str, file: str = "") -> str:
    """The template of a rule with this code and the name of its file, by default `CODE.yaml`.

    Raises `ValueError` for a code that a rule can't have.
    """
    for fault in rule_checks.faults_of_code(code):
        raise ValueError(f"{code}: {fault}")
    return START.format(code=code, file=file or f"{code}.yaml")
