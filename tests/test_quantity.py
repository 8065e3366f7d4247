"""Spellings of task-level cpu and memory."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskfit.definition import Unknown
from taskfit.sizing.quantity import (
    amount_of_memory,
    cpu_units,
    in_unit_of,
    is_usual_cpu,
    is_usual_memory,
    memory_mib,
)


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


@pytest.mark.parametrize(
    ("text", "amount", "written"),
    [
        ("512", 2048, "2048"),
        (512, 2048, "2048"),
        ("1 vCPU", 2048, "2 vCPU"),
        (".25 vcpu", 1024, "1 vcpu"),
        ("1 vCPU", 512, "512"),  # half of one; fractions are not always taken
        ("1 vcpus", 3072, "3 vcpus"),
        ("2GB", 4096, "4GB"),
        ("2 gib", 4096, "4 gib"),
        (" 2  GB ", 4096, " 4  GB "),
        ("2 GB", 4608, "4608"),
        ("512 MB", 4608, "4608 MB"),
        ("512MiB", 4608, "4608MiB"),
        ("1 core", 2048, "2048"),
        ("${CPU}", 2048, "2048"),
    ],
)
def test_an_amount_keeps_the_unit_that_it_is_written_in(text: object, amount: int, written: str) -> None:
    assert in_unit_of(text, amount) == written


@pytest.mark.parametrize(
    ("text", "unit", "mib"),
    [
        ("750", "MiB", 750),
        ("1572864", "bytes", 1.5),
        ("1536", "KiB", 1.5),
        ("3", "GiB", 3072),
        ("2g", "MiB", 2048),
        ("2G", "bytes", 2048),
        ("2GiB", "bytes", 2048),
        ("2gb", "bytes", 2048),
        ("1.5g", "bytes", 1536),
        ("750MiB", "bytes", 750),
        ("512k", "MiB", 0.5),
        ("1t", "MiB", 1_048_576),
        ("1048576B", "GiB", 1),
        (" 750 m ", "bytes", 750),
        ("9" * 18, "MiB", 10**18 - 1),
        ("9" * 19, "MiB", None),
        ("", "MiB", None),
        ("m", "MiB", None),
        ("12x", "MiB", None),
        ("-1g", "MiB", None),
    ],
)
def test_memory_as_runtimes_spell_it(text: str, unit: str, mib: float | None) -> None:
    assert amount_of_memory(text, unit) == mib


def test_a_quantity_has_at_most_32_characters() -> None:
    assert cpu_units("0" * 31 + "1") == memory_mib(" " * 31 + "1") == 1
    assert isinstance(cpu_units("0" * 32 + "1"), Unknown)
    assert isinstance(memory_mib(" " * 32 + "1"), Unknown)


@pytest.mark.parametrize("written", [256.0, 256.5, "256.5", ".1 vCPU"])
def test_an_amount_is_whole(written: object) -> None:
    assert cpu_units(written) == (256 if written == 256.0 else Unknown(str(written), "wrong-type"))
