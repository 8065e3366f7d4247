"""The common model of all input formats: a task definition, and the services that run it."""

from taskfit.definition.contents import Contents
from taskfit.definition.dialect import JSON, Dialect, Misspelling
from taskfit.definition.service import LoadBalancer, ScalingPolicy, Service, whole_number
from taskfit.definition.task import Container, TaskDefinition
from taskfit.definition.values import (
    GAP,
    NO_CONTAINERS,
    Partial,
    Unknown,
    complete,
    equal,
    escape,
    known,
    objects,
    read,
    read_as,
    split_pointer,
)

__all__ = [
    "GAP",
    "JSON",
    "NO_CONTAINERS",
    "Container",
    "Contents",
    "Dialect",
    "LoadBalancer",
    "Misspelling",
    "Partial",
    "ScalingPolicy",
    "Service",
    "TaskDefinition",
    "Unknown",
    "complete",
    "equal",
    "escape",
    "known",
    "objects",
    "read",
    "read_as",
    "split_pointer",
    "whole_number",
]
