"""The target group to which a load balancer of a service refers, also through calls of modules."""

from __future__ import annotations

import re

from taskfit.record import NamedTuple
from taskfit.sources.terraform.evaluation import Evaluation
from taskfit.sources.terraform.hcl_file import HclFile
from taskfit.sources.terraform.instances import ALONE
from taskfit.sources.terraform.service_blocks import group_of
from taskfit.sources.terraform.syntax import Attribute, Block

MAX_MODULES = 4
"""The maximum number of variables and outputs that pass an ARN on."""

_PASSED_ON = re.compile(
    r'(?:"\$\{)?\s*(?:var\.(?P<variable>[\w-]+)|module\.(?P<module>[\w-]+)\.(?P<output>[\w-]+))\s*(?:\}")?'
)
"""An expression that is a variable or the output of a module, and nothing else."""


class TargetGroup(NamedTuple):
    """The block of a target group in the module that creates it."""

    evaluation: Evaluation
    file: HclFile
    block: Block

    @property
    def call(self) -> tuple[HclFile, Block] | None:
        """The call in the root module that leads to it."""
        inner = self.evaluation
        while inner.caller is not None and inner.caller.call is not None:
            inner = inner.caller
        if inner.call is None:
            return None
        block = inner.call.block
        return next((each.value.file, block) for each in block.attributes.values())


def referred(arn: Attribute, evaluation: Evaluation, passed_on: int = 0) -> TargetGroup | None:
    """The target group of which an argument is the ARN; `None` if it may be another one, or is in no file."""
    named = group_of(arn)
    if named is not None:
        found = evaluation.module.services.groups.get(named)
        return TargetGroup(evaluation, *found) if found is not None else None
    match = _PASSED_ON.fullmatch(arn.value.text)
    if match is None or passed_on >= MAX_MODULES:
        return None
    given, other = None, None
    if match["variable"]:
        given, other = _argument(match["variable"], evaluation), evaluation.caller
    else:
        other = _called(match["module"], evaluation)
        given = other.module.outputs.get(match["output"]) if other is not None else None
    return referred(given, other, passed_on + 1) if given is not None and other is not None else None


def _argument(variable: str, evaluation: Evaluation) -> Attribute | None:
    return evaluation.call.block.attributes.get(variable) if evaluation.call is not None else None


def _called(name: str, evaluation: Evaluation) -> Evaluation | None:
    """The module that a call without `count` and `for_each` calls."""
    block = evaluation.module.modules.get(name)
    is_single = block is not None and {"count", "for_each"}.isdisjoint(block.attributes)
    return evaluation.called(block, ALONE) if block is not None and is_single else None
