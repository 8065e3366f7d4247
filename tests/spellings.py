"""A definition of the API in the spellings of other formats; an `Unknown` becomes a reference that nobody can resolve."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from taskfit.definition import Unknown

FREE_MAPS = ("dockerLabels", "driverOpts", "labels", "options")
IN_CLOUDFORMATION = {
    "efsVolumeConfiguration": "EFSVolumeConfiguration",
    "fsxWindowsFileServerVolumeConfiguration": "FSxWindowsFileServerVolumeConfiguration",
    "iam": "IAM",
    "properties": "ProxyConfigurationProperties",
    "s3filesVolumeConfiguration": "S3FilesVolumeConfiguration",
}
"""From the reference of AWS::ECS::TaskDefinition: names that differ in more than their first letter."""
LISTS_IN_TERRAFORM = {"placementConstraints": "placement_constraints", "volumes": "volume"}
BLOCKS_IN_TERRAFORM = (
    *("authorization_config", "docker_volume_configuration", "efs_volume_configuration", "ephemeral_storage"),
    *("fsx_windows_file_server_volume_configuration", "proxy_configuration", "runtime_platform"),
)
"""From the reference of aws_ecs_task_definition."""


def as_json(data: Mapping[str, Any]) -> str:
    """The definition itself."""
    return json.dumps(data, indent=2, default=lambda unknown: unknown.text)


def as_cloudformation(data: Mapping[str, Any]) -> str:
    """A template with the definition."""
    resource = {"Type": "AWS::ECS::TaskDefinition", "Properties": in_cloudformation(data)}
    return json.dumps({"Resources": {"T": resource}}, indent=2)


def in_cloudformation(value: Any, field: str = "") -> Any:
    """The properties of a resource."""
    if isinstance(value, Unknown):
        return {"Ref": "Nobody"}
    if isinstance(value, list):
        return [in_cloudformation(item, field) for item in value]
    if not isinstance(value, dict):
        return value
    if field in FREE_MAPS:
        return {key: in_cloudformation(item) if isinstance(item, Unknown) else item for key, item in value.items()}
    special = {**IN_CLOUDFORMATION, "fileSystemId": "FilesystemId"} if field.startswith("efs") else IN_CLOUDFORMATION
    return {special.get(key) or key[:1].upper() + key[1:]: in_cloudformation(item, key) for key, item in value.items()}


def as_terraform(data: Mapping[str, Any]) -> str:
    """A resource with the definition."""
    lines = []
    for key, item in data.items():
        name = LISTS_IN_TERRAFORM.get(key) or _snake(key)
        if key == "containerDefinitions":
            lines.append(f"{name} = jsonencode({hcl(item)})")
        elif name in BLOCKS_IN_TERRAFORM or key in LISTS_IN_TERRAFORM:
            lines += [_block(name, entry) for entry in (item if isinstance(item, list) else [item])]
        else:
            lines.append(f"{name} = {hcl(item)}")
    return 'resource "aws_ecs_task_definition" "app" {{\n{}\n}}\n'.format("\n".join(lines))


def _block(name: str, item: Any) -> str:
    if isinstance(item, Unknown):
        return f'dynamic "{name}" {{\n for_each = var.unknown\n content {{}}\n}}'
    lines = (f" {_snake(key) if key != 'sizeInGiB' else 'size_in_gib'} = {hcl(value)}" for key, value in item.items())
    return "{} {{\n{}\n}}".format(name, "\n".join(lines))


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def hcl(value: Any) -> str:
    """A value as an expression of HCL; JSON is one, but for what starts an interpolation."""
    if isinstance(value, Unknown):
        return "var.unknown"
    if isinstance(value, list):
        return f"[{', '.join(map(hcl, value))}]"
    if isinstance(value, dict):
        return "{{{}}}".format(", ".join(f"{hcl(key)} = {hcl(item)}" for key, item in value.items()))
    return json.dumps(value, ensure_ascii=False).replace("${", "$${")
