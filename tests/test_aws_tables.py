"""The tables of facts speak of fields that AWS has, and what the schema knows is asked of the schema."""

from __future__ import annotations

import pytest

from taskfit import task_schema
from taskfit.policy import bundled
from taskfit.sizing.aws import Unsupported

STRUCTURES = {"task": "", "container": "ContainerDefinition", "volume": "Volume"}

FIELDS = [
    pytest.param(structure, field, id=f"{name}-{field.field}")
    for name, platform in bundled.aws().platforms.items()
    for part, structure in STRUCTURES.items()
    for field in getattr(platform, part)
]


@pytest.mark.parametrize(("structure", "field"), FIELDS)
def test_a_field_that_a_platform_lacks_is_one_that_aws_has(structure: str, field: Unsupported) -> None:
    assert task_schema.type_of(structure, field.field) in {"string", "integer", "boolean", "array", "object"}
    assert field.instead.endswith(".")


def test_the_types_of_fields_come_from_the_schema() -> None:
    assert {"essential", "privileged", "readOnly", "configuredAtLaunch"} <= task_schema.fields_of_type("boolean")
    assert {"cpu", "containerPort", "sizeInGiB", "ignoredExitCodes"} <= task_schema.fields_of_type("integer")
    assert "family" not in task_schema.fields_of_type("integer")
    with pytest.raises(KeyError):
        task_schema.type_of("ContainerDefinition", "linuxParameters/nope")
