"""Whether task-level cpu and memory are a Fargate size, in a spelling that AWS accepts."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from taskfit.checks.fargate import aws_answers
from taskfit.checks.proposals import enough, proposal, put, resize
from taskfit.definition import Unknown, known, read
from taskfit.dimensions import Size
from taskfit.finding import Change, Problem, Proposal
from taskfit.phrases import listed
from taskfit.sizing import quantity
from taskfit.sizing.wording import users

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from taskfit.checks.context import Case


def size(case: Case) -> Iterator[Problem]:
    """FIT101: CPU units and memory that are not a Fargate size."""
    if case.on_windows and case.on_arm:
        yield _windows_on_arm(case)
    table, windows = case.policy.fargate, bool(case.on_windows)
    cpu, memory = case.known_cpu, case.known_memory
    if cpu is not None and cpu not in table.cpus(windows=windows):
        yield _no_such_cpu(case, cpu)
    elif memory is not None and cpu is not None and not table.fits(cpu, memory, windows=windows):
        yield _no_such_pair(case, cpu, memory)
    elif memory is not None and cpu is None and memory not in _all_memories(case):
        yield _no_such_memory(case, memory)


def size_missing(case: Case) -> Iterator[Problem]:
    """FIT102: no task-level cpu or memory on Fargate."""
    missing = [key for key in ("cpu", "memory") if read(case.task.data, key) in (None, "")]
    if missing:
        absent = " and no ".join(f"`{key}`" for key in missing)
        answer = aws_answers(case, f"Fargate requires that '{missing[0]}' be defined at the task level.")
        smallest = _smallest_size(case)
        message = f"The task has no {absent}, which Fargate needs at task level.{answer}"
        yield Problem(
            "",
            message,
            help=f"Add {listed(missing, 'and')} beside `containerDefinitions`. {_words(smallest)}".strip(),
            proposal=_completed(case, missing, smallest),
        )


def unusual_unit(case: Case) -> Iterator[Problem]:
    """FIT108: a spelling of task cpu or memory that AWS is not known to accept, or that causes a permanent diff."""
    for key, written, amount, is_usual in (
        ("cpu", case.task.cpu, case.known_cpu, quantity.is_usual_cpu),
        ("memory", case.task.memory, case.known_memory, quantity.is_usual_memory),
    ):
        if amount is None or (isinstance(written, str) and written.isascii() and written.isdigit()):
            continue
        dialect, message = case.task.dialect, ""
        if not isinstance(written, str):
            if dialect.wrong_size:
                message = f"Task `{key}` is the number {written}, but the API takes a string, and {dialect.wrong_size}."
        elif dialect.lasting_difference:
            message = f'AWS stores "{written}" as "{amount}", so {dialect.lasting_difference} of `{key}`.'
        elif not is_usual(written):
            message = f'"{written}" is not a documented way to write task `{key}`.'
        if message:
            yield Problem(
                f"/{key}",
                message,
                help=f'Write "{amount}".',
                data={"have": written, "need": str(amount)},
                proposal=proposal("safe", Change("replace", f"/{key}", str(amount))),
            )


def _windows_on_arm(case: Case) -> Problem:
    answer = aws_answers(case, "No Fargate configuration exists for given values.")
    message = f"Fargate runs Windows on X86_64 only, not on ARM64.{answer}"
    return Problem("/runtimePlatform/cpuArchitecture", message, help="Set `cpuArchitecture` to X86_64.")


def _no_such_cpu(case: Case, cpu: int) -> Problem:
    windows = bool(case.on_windows)
    table, memory = case.policy.fargate, case.known_memory
    cpus = table.cpus(windows=windows)
    nearest = _neighbours(cpu, cpus)
    answer = _no_configuration(case) if cpu in table.cpus() else "Invalid 'cpu' setting for task."
    message = f"Fargate has no size of {cpu} CPU units{' for Windows' if windows else ''}; "
    message += f"the sizes are {listed(map(str, cpus), 'and')}.{aws_answers(case, answer)}"
    if memory is None:
        return Problem("/cpu", message, help=_nearest_amounts(nearest, "CPU units"), data={"have": cpu})
    sizes = {size for near in nearest for size in table.nearest(near, memory, windows=windows)}
    return _with_nearest(case, "/cpu", message, sorted(sizes))


def _no_such_pair(case: Case, cpu: int, memory: int) -> Problem:
    table, windows = case.policy.fargate, bool(case.on_windows)
    rule = f"{cpu} CPU units go with {_ranged(table.memories(cpu))}"
    message = f"Fargate has no size of {cpu} CPU units with {memory} MiB: {rule}."
    message += aws_answers(case, _no_configuration(case))
    return _with_nearest(
        case, "/memory", message, table.nearest(cpu, memory, windows=windows), (("/cpu", f"{cpu} CPU units"),)
    )


def _no_such_memory(case: Case, memory: int) -> Problem:
    nearest = _neighbours(memory, _all_memories(case))
    message = f"Fargate has no size of {memory} MiB, whatever its CPU units."
    return Problem("/memory", message, help=_nearest_amounts(nearest, "MiB"), data={"have": memory})


def _no_configuration(case: Case) -> str:
    return f"No Fargate configuration exists for given values: {case.known_cpu} CPU, {case.known_memory} memory."


def _with_nearest(
    case: Case, pointer: str, message: str, nearest: Sequence[Size], related: tuple[tuple[str, str], ...] = ()
) -> Problem:
    least = enough(case)
    holding = [size for size in nearest if size.cpu >= least.cpu and size.memory >= least.memory]
    if not holding and (larger := _larger(case)):
        holding = [larger]
    shown = holding or nearest
    sizes = listed((f"{size.cpu} CPU units with {size.memory} MiB" for size in shown), "and")
    holds = " that holds the containers" if 0 < len(holding) < len(nearest) else ""
    return Problem(
        pointer,
        message,
        help=f"The nearest {f'sizes{holds} are' if len(shown) > 1 else f'size{holds} is'} {sizes}.{_for_load(case, shown)}",
        related=related,
        proposal=_enlarged(case),
        data={
            "have": {"cpu": case.known_cpu, "memory": case.known_memory},
            "nearest": [{**size.as_dict(), "monthly_usd": case.monthly_usd(size.cpu, size.memory)} for size in shown],
        },
    )


def _enlarged(case: Case) -> Proposal | None:
    """The larger size; it is a guess if it takes more than one step of cpu, as the memory may be what is wrong."""
    size = _larger(case)
    above = [cpu for cpu in case.policy.fargate.cpus(windows=bool(case.on_windows)) if cpu > (case.known_cpu or 0)]
    is_step = size is not None and size.cpu in (case.known_cpu, *above[:1])
    return proposal("safe" if is_step else "unsafe", *resize(case, size))


def _for_load(case: Case, shown: Sequence[Size]) -> str:
    """A sentence on the recommended size for the declared capacity, if that is not the size shown."""
    assessment = case.assessment
    if assessment is None or assessment.expectation is None or len(case.recommendations) != 1:
        return ""
    [(_, recommendation)] = case.recommendations
    size = recommendation.size
    if size is None or recommendation.tasks > 1 or [size] == list(shown):
        return ""
    who = users(assessment.role_name, assessment.role, assessment.expectation.capacity)
    return f" For {who}, {size.cpu} CPU units with {size.memory} MiB are right ({assessment.profile.name} profile)."


def _larger(case: Case) -> Size | None:
    """The next size with at least this cpu and memory that holds the containers, with the same cpu if possible."""
    table, windows = case.policy.fargate, bool(case.on_windows)
    cpu, memory = case.known_cpu or 0, case.known_memory or 0
    least = enough(case)
    need = max(memory, least.memory)
    above = [Size(cpu, mib) for mib in table.memories(cpu, windows=windows) if mib >= need and cpu >= least.cpu]
    return above[0] if above else case.smallest(max(cpu, least.cpu), need)


def _nearest_amounts(amounts: Sequence[int], unit: str) -> str:
    return f"The nearest {'are' if len(amounts) > 1 else 'is'} {listed(map(str, amounts), 'and')} {unit}."


def _smallest_size(case: Case) -> Size | None:
    """The smallest size for what the task and its containers declare, if all of that is known."""
    containers = case.task.containers
    shares = [share for container in containers for share in (container.cpu, container.reserved_memory)]
    if not case.task.containers_are_complete or any(isinstance(share, Unknown) for share in shares):
        return None
    least = enough(case)
    cpu = case.known_cpu or least.cpu
    memory = case.known_memory or sum(known(container.reserved_memory) or 0 for container in containers)
    return case.smallest(max(cpu, least.cpu), max(memory, least.memory))


def _words(smallest: Size | None) -> str:
    if smallest is None:
        return ""
    return f'The smallest size that holds the containers is "cpu": "{smallest.cpu}", "memory": "{smallest.memory}".'


def _completed(case: Case, missing: Sequence[str], smallest: Size | None) -> Proposal | None:
    """The missing values from the smallest size, if the declared value is part of that size."""
    if smallest is None or any(isinstance(amount, Unknown) for amount in (case.cpu, case.memory)):
        return None
    if (case.known_cpu or smallest.cpu, case.known_memory or smallest.memory) != (smallest.cpu, smallest.memory):
        return None
    return proposal("unsafe", *(put(case.task.data, "", key, str(getattr(smallest, key))) for key in missing))


def _all_memories(case: Case) -> list[int]:
    table = case.policy.fargate
    return sorted({mib for cpu in table.cpus(windows=bool(case.on_windows)) for mib in table.memories(cpu)})


def _neighbours(amount: int, choices: Sequence[int]) -> list[int]:
    """The next choices below and above an amount that is not a choice."""
    below = [choice for choice in choices if choice < amount]
    above = [choice for choice in choices if choice > amount]
    return below[-1:] + above[:1]


def _ranged(memories: Sequence[int]) -> str:
    """Amounts of memory as short text: `16384 to 61440 MiB in steps of 4096`."""
    steps = {above - below for below, above in pairwise(memories)}
    if len(memories) > 3 and len(steps) == 1:
        return f"{memories[0]} to {memories[-1]} MiB in steps of {steps.pop()}"
    return f"{listed(map(str, memories), 'or')} MiB"
