"""Spellings of task-level cpu and memory."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskfit.definition import Unknown
from taskfit.sizing.quantity import cpu_units, is_usual_cpu, is_usual_memory, memory_mib


@pytest.mark.parametrize(
    ("written", "units"),
    [
        (256, 256),
        ("256", 256),
        ("1 vCPU", 1024),
        (".25 vcpu", 256),
        ("0.5 vCPU", 512),
        ("1vcpu", 1024),
        (" 2    vCpU ", 2048),
        ("1.", 1),
    ],
)
def test_cpu(written: object, units: int) -> None:
    assert cpu_units(written) == units


@pytest.mark.parametrize(
    ("written", "mib"),
    [
        (512, 512),
        ("512", 512),
        ("2GB", 2048),
        (".5 gb", 512),
        ("1.5 GB", 1536),
        ("512 MB", 512),
        ("512MiB", 512),
        ("244 GB", 249856),
    ],
)
def test_memory(written: object, mib: int) -> None:
    assert memory_mib(written) == mib


@pytest.mark.parametrize(
    "written", [True, "", "one", "1,5 vCPU", "-1", "1e3", "0.3", "1 vCPU x", [], {}, "9" * 100, "1 core", "\u0661"]
)
def test_what_is_no_quantity_is_unknown(written: object) -> None:
    assert isinstance(cpu_units(written), Unknown)


def test_absent_and_unknown_stay_what_they_are() -> None:
    assert cpu_units(None) is None
    assert memory_mib(Unknown("${MEM}")) == Unknown("${MEM}")


@given(st.integers(0, 10**9), st.text(" ", max_size=3), st.sampled_from(["", "vcpu", "vCPU", "VCPU"]))
def test_every_whole_number_is_usual_and_exact(number: int, blanks: str, unit: str) -> None:
    written = f"{blanks}{number}{blanks}{unit}{blanks}"
    assert cpu_units(written) == number * (1024 if unit else 1)
    assert is_usual_cpu(written)


@pytest.mark.parametrize(
    ("written", "usual"), [(".5 vCPU", True), ("0.5 vCPU", False), ("1024", True), ("1.0 vCPU", False)]
)
def test_usual_cpu(written: str, usual: bool) -> None:
    assert is_usual_cpu(written) is usual


@pytest.mark.parametrize(
    ("written", "usual"), [("0.5 GB", True), ("1.5 GB", False), ("512 MB", False), ("2 gb", True), (".5GB", True)]
)
def test_usual_memory(written: str, usual: bool) -> None:
    assert is_usual_memory(written) is usual
