"""Reads task-level cpu and memory in every spelling that ECS accepts: `1024`, `"1024"`, `"1 vCPU"`, `".5 GB"`."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache

from taskfit.definition import Unknown

UNITS_PER_VCPU = 1024
MIB_PER_GB = 1024

_NUMBER = r"\s*([0-9]+(?:\.[0-9]*)?|\.[0-9]+)\s*"
_CPU = rf"(?ai){_NUMBER}(vcpus?)?\s*"
_MEMORY = rf"(?ai){_NUMBER}(gb|gib|mb|mib)?\s*"
_FACTORS = {"vcpu": UNITS_PER_VCPU, "vcpus": UNITS_PER_VCPU, "gb": MIB_PER_GB, "gib": MIB_PER_GB, "mb": 1, "mib": 1}
_LONGEST = 32
"""Characters; a longer text is not a quantity."""

# What AWS documents or is known to accept: whole numbers with or without a unit, and fractions that begin with a
# point (`.25 vCPU`); for memory also `0.5 GB`, as in the documentation. Any case, any number of spaces.
_USUAL_CPU = r"(?ai)\s*(?:[0-9]+|(?:[0-9]+|\.[0-9]+)\s*vcpu)\s*"
_USUAL_MEMORY = r"(?ai)\s*(?:[0-9]+|(?:[0-9]+|\.[0-9]+|0\.5)\s*gb)\s*"


def cpu_units(value: object) -> int | Unknown | None:
    """Task-level cpu in CPU units (1 vCPU = 1024); `Unknown` for what can't be read."""
    return _amount(value, _CPU)


def memory_mib(value: object) -> int | Unknown | None:
    """Task-level memory in MiB (1 GB = 1024); `Unknown` for what can't be read."""
    return _amount(value, _MEMORY)


def is_usual_cpu(text: str) -> bool:
    """Whether AWS is known to accept the spelling."""
    return re.fullmatch(_USUAL_CPU, text) is not None


def is_usual_memory(text: str) -> bool:
    """Whether AWS is known to accept the spelling."""
    return re.fullmatch(_USUAL_MEMORY, text) is not None


def in_unit_of(text: object, amount: int) -> str:
    """An amount of CPU units or MiB, converted to the unit in a text if that gives a whole number."""
    match = re.fullmatch(r"(\s*)[0-9.]+(\s*([a-z]+)\s*)", str(text), re.IGNORECASE | re.ASCII)
    factor = match and _FACTORS.get(match[3].lower())
    if not match or not factor or amount % factor:
        return str(amount)
    return f"{match[1]}{amount // factor}{match[2]}"


def _amount(value: object, pattern: str) -> int | Unknown | None:
    if value is None or isinstance(value, Unknown):
        return value
    text = str(value)
    return _read(text, pattern) if len(text) <= _LONGEST else Unknown(text, "wrong-type")


@lru_cache(256)
def _read(text: str, pattern: str) -> int | Unknown:
    """The amount in a text; cached, as a team's tasks have few sizes."""
    if text.isascii() and text.isdigit():
        return int(text)
    match = re.fullmatch(pattern, text)
    if match is None:
        return Unknown(text, "wrong-type")
    amount = Fraction(match[1]) * _FACTORS.get((match[2] or "").lower(), 1)
    return int(amount) if amount.denominator == 1 else Unknown(text, "wrong-type")


_AMOUNT = r"(?ai)\s*([0-9]{1,18}(?:\.[0-9]{1,9})?)\s*(?:([kmgt])(?:i?b)?|(b))?\s*"
_BYTES = {"b": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40, "bytes": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}


def amount_of_memory(text: str, unit: str) -> Fraction | None:
    """Memory as runtimes spell it (`12g`, `750MiB`, `1536`), in MiB; a number without a unit is in `unit`.

    All units are powers of 1024, as in the options of the JVM, Node and Go. `None` for what is not an amount.
    """
    match = re.fullmatch(_AMOUNT, text)
    if match is None:
        return None
    return Fraction(match[1]) * _BYTES[(match[2] or match[3] or "").lower() or unit] / 2**20
