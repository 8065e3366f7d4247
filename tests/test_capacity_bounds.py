"""Declared capacity at its ends: the largest number, the words of a command one by one, and what is absent or hidden."""

from __future__ import annotations

from typing import Any

import pytest
from test_capacity import PROCESSES, WORKERS, declared, environment, scaled

from taskfit.definition import TaskDefinition, Unknown
from taskfit.sizing.capacity import LARGEST_CAPACITY, declared_capacity, declares, may_declare
from taskfit.sizing.command import LONGEST_SCRIPT, Word, command_words
from taskfit.sizing.demand import Term
from taskfit.sizing.profile import Role
from taskfit.sizing.source import Factor, Factors, Source

NUMBER = Factor(variable="N")
HEAP = Factor(variable="HEAP", unit="MiB")
REQUESTS = Factor(service="requests_per_task", default=100)
UNKNOWN = Unknown("${X}")


@pytest.mark.parametrize(
    ("value", "number", "is_huge"),
    [
        ("1", 1, False),
        ("0", None, False),
        ("1000000000", 10**9, True),  # as many digits as the largest
        ("1000000001", None, True),
        ("999999999", 999_999_999, False),
        ("10000000000", None, True),
        ("0001", 1, False),
        ("0000000012", 12, False),
        ("00000000012", None, False),
        ("0" * 30, None, False),
        ("0" * 30 + "1", None, False),
        (" 99999999999 ", None, True),
        ("99999999999x", None, False),
        ("٣٣٣٣٣٣٣٣٣٣٣", None, False),
        ("", None, False),
        (UNKNOWN, None, False),
        (None, None, False),
    ],
)
def test_a_number_has_a_largest_value(value: Any, number: int | None, is_huge: bool) -> None:
    found = declared(environment(N=value) if value is not None else {}, NUMBER)
    assert (found.number, found.factors[0].is_huge) == (number, is_huge)


@pytest.mark.parametrize(
    ("value", "number"),
    [("0", None), ("0.1", 1), ("1", 1), ("1.5", 2), ("1000000000", 10**9), ("1000000001", None), ("1g", 1024)],
)
def test_memory_is_rounded_up_and_has_a_largest_value(value: str, number: int | None) -> None:
    assert declared(environment(HEAP=value), HEAP).number == number


def test_a_product_has_a_largest_value() -> None:
    factors = (NUMBER, Factor(variable="M"))
    assert declared(environment(N="100000", M="10000"), *factors).number == LARGEST_CAPACITY
    assert declared(environment(N="100001", M="10000"), *factors).number is None
    assert declared(environment(N="100001", M="10000"), *factors).invalid == ()


def test_what_messages_call_it_and_where_it_is() -> None:
    factors = (Factor(variable=("A", "B")), Factor(option="-t", program="gunicorn", default=2))
    both = declared({**environment(B="4"), "command": ["gunicorn", "-t", "3"]}, *factors)
    assert both.title == "B x gunicorn -t"
    assert both.pointer == "/containerDefinitions/0/environment/0/value"
    assert list(map(str, both.factors)) == ["B is 4", "gunicorn -t is 3"]
    one = declared({"command": ["gunicorn", "-t", "3"]}, *factors)
    assert one.pointer == "/containerDefinitions/0/command/2"
    assert [each.title for each in one.absent] == ["A or B"]
    none = declared({"command": ["gunicorn"]}, *factors)
    assert none.pointer == "/containerDefinitions/0"
    assert str(none.factors[1]) == "gunicorn -t is 2 by default"
    unknown = declared(environment(A=UNKNOWN), *factors[:1])
    assert (str(unknown.factors[0]), [text for _, text in unknown.unknown]) == ("A is ${X}", [UNKNOWN])


@pytest.mark.parametrize(("factor", "words"), [(NUMBER, "a whole number of at least 1"), (HEAP, "an amount of memory")])
def test_what_a_value_has_to_be(factor: Factor, words: str) -> None:
    assert declared(environment(N="x", HEAP="x"), factor).factors[0].takes == words
    assert declared({}, factor).factors[0].takes == words


TWO = Factor(any=(Source(option="-w"), Source(variable="N"), Source(variable="M")))


@pytest.mark.parametrize(
    ("container", "number", "is_absent"),
    [
        ({**environment(N="3"), "command": ["x"]}, 3, False),
        (environment(N="3"), 3, False),  # though the image's own command may have the option
        (environment(M="4"), 4, False),
        ({}, None, False),
        ({"command": ["x"]}, None, True),
    ],
)
def test_a_source_that_is_left_to_the_image_is_no_end(
    container: dict[str, Any], number: int | None, is_absent: bool
) -> None:
    found = declared(container, TWO)
    assert (found.number, bool(found.absent)) == (number, is_absent)


@pytest.mark.parametrize(
    ("container", "certainly", "possibly"),
    [
        (environment(N="3"), True, True),
        (environment(N=UNKNOWN), True, True),
        (environment(M="3"), True, True),
        (environment(X="3"), False, False),
        ({"environmentFiles": [{"value": "arn:x"}]}, False, True),
        ({"environment": UNKNOWN}, False, True),
        ({"command": ["x", "-w", "3"]}, True, True),
        ({"command": ["x", UNKNOWN]}, False, True),
        ({}, False, False),
    ],
)
def test_whether_a_container_gives_a_factor(container: dict[str, Any], certainly: bool, possibly: bool) -> None:
    task = TaskDefinition({"family": "f", "containerDefinitions": [{"name": "app", **container}]})
    factors = Factors((REQUESTS, TWO))
    assert declares(task.containers[0], factors, task) is certainly
    assert may_declare(task.containers[0], factors, task) is possibly


@pytest.mark.parametrize(
    ("policies", "number"),
    [
        ([("ALBRequestCountPerTarget", 500), ("ALBRequestCountPerTarget", 700)], 700),
        ([("ALBRequestCountPerTarget", 700), ("ALBRequestCountPerTarget", 500)], 700),
        ([("ECSServiceAverageCPUUtilization", 70), ("ALBRequestCountPerTarget", 500)], 500),
        ([("ECSServiceAverageCPUUtilization", 70)], 100),
        ([("ALBRequestCountPerTarget", 500), ("ALBRequestCountPerTarget", UNKNOWN)], None),
        ([("ECSServiceAverageCPUUtilization", UNKNOWN)], 100),
        ([("ALBRequestCountPerTarget", 1_234_567.0)], 1_234_567),
        ([("ALBRequestCountPerTarget", 0.5)], None),
        ([("ALBRequestCountPerTarget", 10**9)], 10**9),
        ([("ALBRequestCountPerTarget", 10**9 + 1)], None),
        ([("ALBRequestCountPerTarget", None)], 100),
    ],
)
def test_the_most_requests_of_several_policies(policies: list[tuple[str, Any]], number: int | None) -> None:
    services = tuple(scaled(metric, target) for metric, target in policies)
    assert declared({}, REQUESTS, services=services).number == number


GAP = "\0"


@pytest.mark.parametrize(
    ("container", "words"),
    [
        ({}, None),
        ({"command": []}, []),
        ({"command": ["a", "b c"]}, ["a", "b c"]),
        ({"command": ["a b", "c"]}, ["a b", "c"]),
        ({"command": ["a 'b c'"]}, ["a", "b c"]),
        ({"command": "a 'b c' d"}, ["a", "b c", "d"]),
        ({"command": "a 'b"}, ["a", "'b"]),  # a quotation that is not closed
        ({"command": ["sh", "-c", "a b", "name", "x y"]}, ["a", "b", "name", "x y"]),
        ({"command": ["tini", "--", "/bin/bash", "-ec", "a && b", "name"]}, ["tini", "--", "a", "&&", "b", "name"]),
        ({"command": ["sh", "-c", "a b", "sh", "-c", "c d"]}, ["a", "b", "c", "d"]),
        ({"command": ["sh", "-c"]}, []),
        ({"command": ["sh", "-x", "a b"]}, ["sh", "-x", "a b"]),
        ({"command": ["sh", "script.sh"]}, ["sh", "script.sh"]),
        ({"command": ["x", "-c", "a b"]}, ["x", "-c", "a b"]),
        ({"command": ["sh"]}, ["sh"]),
        ({"command": [UNKNOWN, "-c", "a b"]}, [GAP]),  # it may be a shell
        ({"command": [UNKNOWN, "a b"]}, [GAP, "a b"]),
        ({"command": ["a", 8, 1.5, True, False, None, {}]}, ["a", "8", "1.5", "true", "false", GAP, GAP]),
        ({"command": ["x" * LONGEST_SCRIPT]}, ["x" * LONGEST_SCRIPT]),
        ({"command": "x" * LONGEST_SCRIPT}, ["x" * LONGEST_SCRIPT]),
        ({"command": "x" * (LONGEST_SCRIPT + 1)}, [GAP]),
        ({"entryPoint": ["a"], "command": "b c"}, ["a", "b", "c"]),
        ({"entryPoint": [], "command": None}, []),
    ],
    ids=str,
)
def test_the_words_of_a_command(container: dict[str, Any], words: list[str] | None) -> None:
    task = TaskDefinition({"family": "f", "containerDefinitions": [{"name": "app", **container}]})
    found = command_words(task.containers[0])
    assert (None if found is None else [word.text for word in found]) == words


def test_where_the_words_of_a_command_are() -> None:
    container = {"name": "app", "entryPoint": ["a"], "command": ["sh", "-c", "b c", "d"]}
    task = TaskDefinition({"family": "f", "containerDefinitions": [container]})
    assert command_words(task.containers[0]) == [
        Word("a", "/containerDefinitions/0/entryPoint/0"),
        Word("b", "/containerDefinitions/0/command/2"),
        Word("c", "/containerDefinitions/0/command/2"),
        Word("d", "/containerDefinitions/0/command/3"),
    ]


@pytest.mark.parametrize(
    ("command", "number"),
    [
        (["celery", "-c"], None),
        (["celery", "-c", "8", "-c", "9"], 9),
        (["celery", "-c", "8", UNKNOWN], None),
        (["celery", UNKNOWN, "--concurrency", "8"], 8),
        (["celery", UNKNOWN, "-c", "8"], None),  # which may be a shell and its script
        (["celery", "-c", UNKNOWN, "--concurrency", "8"], 8),
        (["celery", "-c", UNKNOWN], None),
        (["celery", "-c", "8", "--loglevel", UNKNOWN], None),  # which may be `-c 9`, as one word of a list can't
        (["celery", "-c0x"], None),
        (["celery", "-cx"], None),
        (["celery", "--concurrency8"], None),
        (["celery", "--concurrency="], None),
        (["celery", "--concurrency=7"], 7),
        ([UNKNOWN, "-c", "8"], None),
    ],
    ids=str,
)
def test_the_value_of_an_option(command: list[Any], number: int | None) -> None:
    assert declared({"command": command}, PROCESSES).number == number


@pytest.mark.parametrize(
    ("script", "number"),
    [
        ("gunicorn -w 4", 4),
        ("gunicorn -w 4 & other -w 9", 4),
        ("gunicorn -w 4 | other -w 9", 4),
        ("gunicorn -w 4 || other -w 9", 4),
        ("gunicorn -w 4; gunicorn -w 5", 5),
        ("other gunicorn -w 4", 4),
        ("gunicorn; other -w 9", None),
        ("./gunicorn -w 4", 4),
        ("gunicorn.py -w 4", None),
    ],
)
def test_an_option_belongs_to_the_program_before_it(script: str, number: int | None) -> None:
    assert declared({"command": ["sh", "-c", script]}, WORKERS).number == number


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("-cx", "absent"),
        ("-c8", "known"),
        ("-c8x", "invalid"),
        (Unknown("-c${N}"), "unknown"),
        (Unknown("-c8${N}"), "unknown"),
    ],
)
def test_a_value_that_is_attached_to_an_option_begins_with_a_digit(word: Any, kind: str) -> None:
    found = declared({"command": ["celery", word]}, PROCESSES)
    kinds = {"absent": found.absent, "known": found.load, "invalid": found.invalid, "unknown": found.unknown}
    assert [name for name, value in kinds.items() if value] == [kind]


MIXED = Factors([Factor(variable="A"), Factor(option="--jobs")])


@pytest.mark.parametrize(
    ("fields", "certainly", "perhaps"),
    [
        ({}, False, False),
        ({"environment": [{"name": "A", "value": "1"}]}, True, True),
        ({"environment": [{"name": "B", "value": "1"}]}, False, False),
        ({"command": ["run"]}, False, False),
        ({"command": ["run", "--jobs", "3"]}, True, True),
        ({"command": UNKNOWN}, False, True),
        ({"environment": [{"name": "A", "value": "1"}], "command": ["run"]}, True, True),
        ({"environment": [{"name": "A", "value": "1"}], "environmentFiles": UNKNOWN}, True, True),
        ({"environmentFiles": [{"type": "s3", "value": "x"}]}, False, True),
    ],
)
def test_what_a_container_declares_certainly_and_perhaps(
    fields: dict[str, Any], *, certainly: bool, perhaps: bool
) -> None:
    task = TaskDefinition({"containerDefinitions": [{"name": "app", **fields}]})
    found = (declares(task.containers[0], MIXED, task), may_declare(task.containers[0], MIXED, task))
    assert found == (certainly, perhaps)


def test_without_a_service_container_nothing_is_declared() -> None:
    task = TaskDefinition({"containerDefinitions": [{"name": "app", "environment": [{"name": "N", "value": "5"}]}]})
    terms = (Term(label="t", amount=100),)
    role = Role(unit="jobs", capacity=(NUMBER,), memory=terms)
    assert declared_capacity(role, None, task) is None
    assert declared_capacity(Role(memory=terms), task.containers[0], task) is None
    found = declared_capacity(role, task.containers[0], task)
    assert found
    assert found.number == 5
