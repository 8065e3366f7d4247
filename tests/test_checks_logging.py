"""Which options of awslogs are reported, and which may be something else."""

from __future__ import annotations

from typing import Any

import pytest
from test_checks_fargate import case

from taskfit.checks import logging
from taskfit.definition import Partial, Unknown
from taskfit.policy import bundled

NEEDED = {"awslogs-group": "/ecs/web", "awslogs-region": "eu-west-1", "awslogs-stream-prefix": "web"}


def problems(options: dict[str, Any], image: str = "nginx", driver: str = "awslogs") -> list[tuple[str, str]]:
    logs = {"logDriver": driver, "options": options}
    container = {"name": "web", "image": image, "logConfiguration": logs}
    found = logging.log_configuration(case({"containerDefinitions": [container]}))
    return [(each.pointer.rpartition("/")[2], each.help) for each in found]


@pytest.mark.parametrize("name", sorted(bundled.aws().limits.awslogs_options.values))
def test_every_option_that_aws_documents_may_be_set(name: str) -> None:
    assert problems({**NEEDED, name: "true"}) == []


@pytest.mark.parametrize(
    ("name", "value", "advice"),
    [
        ("tag", "web", "Remove the option."),
        ("awslogs-endpoint", Unknown("${ENDPOINT}"), "Remove the option."),
        ("awslogs-datetimeformat", "%Y", "Did you mean awslogs-datetime-format?"),
        ("Mode", "non-blocking", "Did you mean mode?"),
    ],
)
def test_another_option_is_reported_whatever_its_value(name: str, value: object, advice: str) -> None:
    assert problems({**NEEDED, name: value}) == [(name, advice)]
    assert problems(Partial({name: value})) == [(name, advice)]


@pytest.mark.parametrize(("name", "value"), [("tag", None), ("${option}", "x"), ("{{ option }}", "x")])
def test_an_option_without_a_value_or_a_known_name_is_not_reported(name: str, value: object) -> None:
    assert problems({**NEEDED, name: value}) == []


def test_other_drivers_have_other_options() -> None:
    assert problems({"splunk-url": "https://logs", "tag": "web"}, driver="splunk") == []


def test_an_empty_group_is_reported_unless_the_definition_is_still_to_be_filled_in() -> None:
    assert problems({**NEEDED, "awslogs-group": ""}) == [("awslogs-group", "Name the log group.")]
    assert problems({**NEEDED, "awslogs-group": ""}, image="") == []
    assert problems({**NEEDED, "awslogs-group": Unknown("${GROUP}")}) == []
