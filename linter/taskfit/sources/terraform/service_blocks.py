"""The services of a folder, and the blocks that belong to them."""

from __future__ import annotations

import re

from taskfit.record import Mutable, field
from taskfit.sources.terraform.hcl_file import HclFile
from taskfit.sources.terraform.resource import SERVICE, TASK_DEFINITION
from taskfit.sources.terraform.syntax import Attribute, Block

TARGET = "aws_appautoscaling_target"
POLICY = "aws_appautoscaling_policy"
GROUPS = ("aws_lb_target_group", "aws_alb_target_group")
LAUNCH = ("aws_launch_template", "aws_launch_configuration")
INSTANCES = "aws_autoscaling_group"
_ARN = re.compile(rf"(?<![\w.-])({'|'.join(GROUPS)})\.([\w-]+)(?:\[[^\]]*\]|\.\*)*\.(?:arn|id)\b(?:\[[^\]]*\])?")
"""The ARN of a target group, or of each of several that one block makes."""
_WORD = re.compile(r"[A-Za-z_][\w-]*|\?")
_OF_SINGLE = frozenset(("concat", "element", "join", "one", "tostring", "try"))
"""Functions that take the one ARN out of a list."""
KINDS = (SERVICE, TARGET, POLICY, *GROUPS, *LAUNCH, INSTANCES)


class ServiceBlocks(Mutable):
    """Services, their scaling and their target groups."""

    by_kind: dict[str, list[tuple[HclFile, Block]]] = field(default_factory=dict)
    """The blocks by the type of the resource."""
    users: dict[str, list[tuple[HclFile, Block]]] = field(default_factory=dict)
    """The services that refer to a definition, by the definition's name."""
    scaling: dict[tuple[str, str], list[tuple[HclFile, Block]]] = field(default_factory=dict)
    """Scaling targets and policies by their type and the service that their resource id refers to, "" for none."""
    policies: dict[str, list[tuple[HclFile, Block]]] = field(default_factory=dict)
    """Scaling policies that refer to no service, by the scaling target that they refer to."""
    groups: dict[tuple[str, str], tuple[HclFile, Block]] = field(default_factory=dict)
    """Target groups by type and name."""

    def copy(self) -> ServiceBlocks:
        """A copy to which more resources can be added."""
        return ServiceBlocks(
            {kind: [*found] for kind, found in self.by_kind.items()},
            {name: [*found] for name, found in self.users.items()},
            {key: [*found] for key, found in self.scaling.items()},
            {name: [*found] for name, found in self.policies.items()},
            {**self.groups},
        )

    def add(self, file: HclFile, block: Block) -> None:
        """Add a resource of one of `KINDS`."""
        self.by_kind.setdefault(block.labels[0], []).append((file, block))
        target = block.attributes.get("task_definition")
        if block.labels[0] == SERVICE and target is not None:
            for name in sorted(referred(TASK_DEFINITION, target)):
                self.users.setdefault(name, []).append((file, block))
        if block.labels[0] in GROUPS:
            self.groups[block.labels[0], block.labels[1]] = (file, block)
        resource = block.attributes.get("resource_id")
        if block.labels[0] in (TARGET, POLICY) and resource is not None:
            services = sorted(referred(SERVICE, resource))
            targets = sorted(referred(TARGET, resource)) if block.labels[0] == POLICY and not services else []
            for name in targets:
                self.policies.setdefault(name, []).append((file, block))
            for name in services or ([] if targets else [""]):
                self.scaling.setdefault((block.labels[0], name), []).append((file, block))


def group_of(attribute: Attribute) -> tuple[str, str] | None:
    """The type and name of the target group of which an expression is the ARN, whatever its conditions."""
    text = attribute.value.text
    found = {(match[1], match[2]) for match in _ARN.finditer(text)}
    others = set(_WORD.findall(_ARN.sub("", text))) - _OF_SINGLE
    return found.pop() if len(found) == 1 and not others else None


def referred(kind: str, attribute: Attribute) -> set[str]:
    """The names of resources of a type that an expression refers to."""
    return set(re.findall(rf"\b{kind}\.([\w-]+)", attribute.value.text))
