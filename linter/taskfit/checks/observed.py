"""Whether a size fits what services really use of it, and what the use says of the capacity that is declared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from taskfit.dimensions import DIMENSIONS, UNITS, Size
from taskfit.finding import Problem
from taskfit.sizing.assessment import excess
from taskfit.sizing.observed import LEAST_DAYS

if TYPE_CHECKING:
    from taskfit.checks.context import Case
    from taskfit.dimensions import Dimension
    from taskfit.sizing.observed import Observed, ServiceVerdict


def idle_cpu(case: Case) -> Iterator[Problem]:
    """FIT801: a smaller cpu would carry what the service uses."""
    yield from _idle(case, "cpu")


def idle_memory(case: Case) -> Iterator[Problem]:
    """FIT802: a smaller memory would carry what the service uses."""
    yield from _idle(case, "memory")


def hot_cpu(case: Case) -> Iterator[Problem]:
    """FIT803: the average is above the line at which the service adds tasks."""
    yield from _hot(case, "cpu")


def hot_memory(case: Case) -> Iterator[Problem]:
    """FIT804: the average is above that line, or the maximum leaves less than the buffer against running out."""
    yield from _hot(case, "memory")


def too_little_data(case: Case) -> Iterator[Problem]:
    """FIT805: measured for less than a day, so nothing is said of the size."""
    for service in case.deployed.uses if case.deployed else ():
        if service.use.days < LEAST_DAYS:
            hours = service.use.days * 24
            yield Problem(
                "",
                f"{service.service} was measured for {hours:.3g} of the 24 hours that it takes to judge its size "
                f"({service.use.source}).",
                help="Look again when it has run for a day, or look at more of the past with --days.",
                data={"service": service.service, "days": service.use.days},
                subject=service.service,
            )


def observed_against_declared(case: Case) -> Iterator[Problem]:
    """FIT806: the declared capacity asks for much more than is used, or for too little of what is."""
    assessment = case.assessment
    if assessment is None or assessment.expectation is None or assessment.capacity is None:
        return
    capacity, expectation = assessment.capacity, assessment.expectation
    for judged in case.judged:
        for dimension in DIMENSIONS:
            observed = getattr(judged.verdict, dimension)
            if observed is None or not _disagree(case, dimension, observed):
                continue
            floor = getattr(expectation.floor, dimension)
            used = f"{judged.service.service} {_uses(judged, dimension, observed)}, which asks for {observed.need}"
            unit_of_load = assessment.role.unit
            if observed.state == "idle":
                advice = f"Its tasks may carry fewer {unit_of_load} than they declare: lower {capacity.title}, or"
            elif observed.state == "hot":
                advice = f"Its {unit_of_load} take more than the profile says: lower {capacity.title}, or"
            else:
                advice = (
                    f"Its {unit_of_load} take more than the profile says: don't make the task that small before you"
                )
            yield Problem(
                capacity.pointer,
                f"{capacity.title} is {expectation.capacity}, which needs {floor} {UNITS[dimension]} "
                f"({case.profile.name} profile), but {used}.",
                help=f"{advice} correct the profile.",
                related=((f"/{dimension}", f"{observed.have} {UNITS[dimension]}"),),
                data={
                    "service": judged.service.service,
                    "have": observed.have,
                    "need": floor,
                    "observed": observed.need,
                },
                subject=judged.service.service,
            )


def _idle(case: Case, dimension: Dimension) -> Iterator[Problem]:
    for judged in case.judged:
        observed = getattr(judged.verdict, dimension)
        if observed is None or observed.state != "idle" or _disagree(case, dimension, observed):
            continue
        threshold = getattr(case.profile, dimension).scale_down
        yield _problem(case, judged, dimension, observed, f"less than the {threshold:.0%} at which it would scale down")


def _hot(case: Case, dimension: Dimension) -> Iterator[Problem]:
    for judged in case.judged:
        observed = getattr(judged.verdict, dimension)
        if observed is None or observed.state != "hot":
            continue
        if dimension == "memory" and observed.average <= case.profile.memory.scale_up:
            why = f"more than the {observed.line:.0%} that leave a buffer against running out of memory"
        else:
            why = f"more than the {observed.line:.0%} at which it should have more tasks or bigger ones"
        yield _problem(case, judged, dimension, observed, why)


def _problem(case: Case, judged: ServiceVerdict, dimension: Dimension, observed: Observed, why: str) -> Problem:
    better = judged.verdict.size
    difference = _difference(case, judged)
    return Problem(
        f"/{dimension}",
        f"{judged.service.service} {_uses(judged, dimension, observed)}, {why} ({case.profile.name} profile).",
        help=_advice(judged, better, difference),
        label=f"{observed.average:.0%} used",
        data={
            "service": judged.service.service,
            "have": observed.have,
            "need": observed.need,
            "average": observed.average,
            "maximum": observed.maximum,
            "recommended": better and better.as_dict(),
            "monthly_usd": difference,
        },
        subject=judged.service.service,
    )


def _uses(judged: ServiceVerdict, dimension: Dimension, observed: Observed) -> str:
    """What is used, in words, with its source."""
    use = judged.service.use
    average, maximum = getattr(use, f"{dimension}_average"), getattr(use, f"{dimension}_maximum")
    parts = [f"{_percent(average, observed.line)} on average"] if average is not None else []
    parts += [f"{_percent(maximum, observed.line)} at most"] if maximum is not None else []
    return f"uses {' and '.join(parts)} of {observed.have} {UNITS[dimension]} ({use.source}, {use.days:.3g} days)"


def _percent(share: float, line: float | None) -> str:
    """In whole per cent, if that does not hide on which side of the line it is."""
    digits = next((digits for digits in (0, 1) if share == line or round(share, digits + 2) != line), 2)
    return f"{share:.{digits}%}"


def _advice(judged: ServiceVerdict, better: Size | None, difference: float | None) -> str:
    if better is None:
        return "No Fargate size is big enough; split the load over more tasks."
    advice = f"Set cpu to {better.cpu} and memory to {better.memory} MiB"
    if not difference:
        return f"{advice}."
    tasks = judged.service.desired
    whose = f"for its {tasks} tasks" if tasks > 1 else "for its task"
    return f"{advice}: ${abs(difference):.2f} a month {'more' if difference > 0 else 'less'} {whose}."


def _difference(case: Case, judged: ServiceVerdict) -> float | None:
    """USD/month of all desired tasks from the size they have to the better one; `None` where it is not known."""
    better = judged.verdict.size
    if better is None or not case.on_fargate:
        return None
    spot = judged.service.on_spot
    now = case.monthly_usd(judged.size.cpu, judged.size.memory, spot=spot)
    then = case.monthly_usd(better.cpu, better.memory, spot=spot)
    return None if now is None or then is None else round((then - now) * judged.service.desired, 2)


def _disagree(case: Case, dimension: Dimension, observed: Observed) -> bool:
    """Whether use and declared capacity can't both be right about a size."""
    expectation = case.assessment.expectation if case.assessment else None
    if expectation is None:
        return False
    floor: int = getattr(expectation.floor, dimension)
    if observed.state == "idle":
        return observed.need < floor
    if observed.state == "hot":
        return observed.have >= floor
    # Too much for the capacity, but what is used would not go into the size that is right for it.
    right: int = getattr(expectation.recommended, dimension, observed.have)
    return excess(case, case.assessment, dimension) is not None and min(observed.need, observed.have) > right
