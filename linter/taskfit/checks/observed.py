"""Whether a size fits the measured use of services, and whether the use fits the declared capacity."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from taskfit.dimensions import DIMENSIONS, UNITS
from taskfit.finding import Problem
from taskfit.record import NamedTuple
from taskfit.sizing.assessment import excess
from taskfit.sizing.observed import LEAST_DAYS
from taskfit.sizing.recommendation import observations, task_usd

if TYPE_CHECKING:
    from taskfit.checks.context import Case
    from taskfit.dimensions import Dimension
    from taskfit.sizing.assessment import Measure
    from taskfit.sizing.decision import Recommendation
    from taskfit.sizing.observed import Observed, ServiceUse, Use


class _Measured(NamedTuple):
    """A service with known use of one dimension."""

    service: ServiceUse
    use: Use
    observed: Observed
    recommendation: Recommendation


def idle_cpu(case: Case) -> Iterator[Problem]:
    """FIT801: a smaller cpu would carry what the service uses."""
    yield from _idle(case, "cpu")


def idle_memory(case: Case) -> Iterator[Problem]:
    """FIT802: a smaller memory would carry what the service uses."""
    yield from _idle(case, "memory")


def hot_cpu(case: Case) -> Iterator[Problem]:
    """FIT803: the average is above the profile's scale-up threshold."""
    yield from _hot(case, "cpu")


def hot_memory(case: Case) -> Iterator[Problem]:
    """FIT804: the average is above the scale-up threshold, or the maximum leaves less than the out-of-memory buffer."""
    yield from _hot(case, "memory")


def too_little_data(case: Case) -> Iterator[Problem]:
    """FIT805: measured for less than a day, so the size is not judged."""
    for service in case.deployed.services if case.deployed else ():
        if service.use is not None and not service.is_measured:
            hours = service.use.days * 24
            yield Problem(
                "",
                f"{service.service} was measured for {hours:.3g} of the {24 * LEAST_DAYS:g} hours that it takes to judge "
                f"its size ({service.use.source}).",
                help="Check again when it has run for a day, or look further back with --days.",
                data={"service": service.service, "days": service.use.days},
                subject=service.service,
            )


def observed_against_declared(case: Case) -> Iterator[Problem]:
    """FIT806: the declared capacity needs much more than is used, or less than is used."""
    assessment = case.assessment
    if assessment is None or assessment.expectation is None or assessment.capacity is None:
        return
    capacity, expectation = assessment.capacity, assessment.expectation
    unit_of_load = assessment.role.unit
    lower = f" lower {capacity.title}, or" if expectation.capacity > 1 else ""
    less = (
        f"tasks may carry fewer {unit_of_load} than they declare" if lower else "load takes less than the profile says"
    )
    advice = {
        "idle": f"Its {less}:{lower}",
        "hot": f"Its {unit_of_load} take more than the profile says:{lower}",
        "fine": f"Its {unit_of_load} take more than the profile says: don't make the task that small before you",
    }
    for dimension in DIMENSIONS:
        expected = assessment.expected(dimension) or expectation
        floor = getattr(expected.floor, dimension) + getattr(assessment.beside, dimension)
        for measured in _measured(case, dimension):
            observed, service = measured.observed, measured.service.service
            if not _disagree(case, dimension, measured, floor):
                continue
            yield Problem(
                capacity.pointer,
                f"{capacity.title} is {expectation.capacity}, which needs {floor} {UNITS[dimension]} "
                f"({case.profile.name} profile), but {service} {_uses(measured, dimension)}, so it needs "
                f"{observed.need}.",
                help=f"{advice[observed.state]} correct the profile.",
                related=((_pointer(case, dimension), f"{observed.have} {UNITS[dimension]}"),),
                data={
                    "service": service,
                    "have": observed.have,
                    "need": floor,
                    "observed": observed.need,
                    "unit": UNITS[dimension],
                },
                subject=service,
            )


def _measured(case: Case, dimension: Dimension) -> Iterator[_Measured]:
    for service, recommendation in case.recommendations:
        if service is not None and service.use is not None:
            observed = observations(case, case.assessment, service).get(dimension)
            if observed is not None:
                yield _Measured(service, service.use, observed, recommendation)


def _idle(case: Case, dimension: Dimension) -> Iterator[Problem]:
    threshold = getattr(case.profile, dimension).scale_down
    for measured in _measured(case, dimension):
        if measured.observed.state == "idle" and measured.recommendation.change(dimension) < 0:
            yield _problem(case, measured, dimension, f"less than the {threshold:.0%} at which it would scale down")


def _hot(case: Case, dimension: Dimension) -> Iterator[Problem]:
    for measured in _measured(case, dimension):
        observed = measured.observed
        if observed.state != "hot":
            continue
        if dimension == "memory" and observed.average <= case.profile.memory.scale_up:
            why = f"more than the {observed.line:.0%} that leave a buffer against running out of memory"
        else:
            why = f"more than the {observed.line:.0%} at which it should have more tasks or bigger ones"
        yield _problem(case, measured, dimension, why)


def _problem(case: Case, measured: _Measured, dimension: Dimension, why: str) -> Problem:
    service, observed, recommendation = measured.service, measured.observed, measured.recommendation
    difference = _difference(case, measured)
    return Problem(
        _pointer(case, dimension),
        f"{service.service} {_uses(measured, dimension)}, {why} ({case.profile.title}).",
        help=_advice(case, dimension, measured, difference) + recommendation.conflict(),
        label=f"{observed.average:.0%} used",
        data={
            "service": service.service,
            "have": observed.have,
            "need": observed.need,
            "average": getattr(measured.use, f"{dimension}_average"),
            "maximum": observed.maximum,
            "recommended": recommendation.size and recommendation.size.as_dict(),
            "tasks": recommendation.tasks,
            "reasons": list(recommendation.reasons),
            "monthly_usd": difference,
        },
        subject=service.service,
    )


def _uses(measured: _Measured, dimension: Dimension) -> str:
    """The measured use and its source, as text."""
    use, observed = measured.use, measured.observed
    average, maximum = getattr(use, f"{dimension}_average"), getattr(use, f"{dimension}_maximum")
    parts = [f"{_percent(average, observed.line)} on average"] if average is not None else []
    parts += [f"{_percent(maximum, observed.line)} at most"] if maximum is not None else []
    return f"uses {' and '.join(parts)} of {observed.have} {UNITS[dimension]} ({use.source}, {use.days:.3g} days)"


def _percent(share: float, line: float | None) -> str:
    """A share in whole percent, unless that hides on which side of the threshold it is."""
    digits = next((digits for digits in (0, 1) if share == line or round(share, digits + 2) != line), 2)
    return f"{share:.{digits}%}"


def _pointer(case: Case, dimension: Dimension) -> str:
    """The place where the size is declared."""
    measure: Measure | None = getattr(case.assessment, dimension, None)
    return measure.pointer if measure else f"/{dimension}"


def _advice(case: Case, dimension: Dimension, measured: _Measured, difference: float | None) -> str:
    assessment = case.assessment
    measure: Measure | None = getattr(assessment, dimension, None)
    advice = measured.recommendation.advice()
    if assessment is not None and measure is not None and not measure.is_task_level:
        advice = f"{measured.recommendation.advice(filter(assessment.role.needs, DIMENSIONS))} on the container"
    if not difference:
        return f"{advice}."
    tasks = measured.service.desired
    whose = f"for its {tasks} tasks" if tasks > 1 else "for its task"
    return f"{advice}: ${abs(difference):.2f} a month {'more' if difference > 0 else 'less'} {whose}."


def _difference(case: Case, measured: _Measured) -> float | None:
    """The cost of the recommended size less that of the present one, USD/month for all desired tasks; `None` if unknown."""
    service = measured.service
    is_priced = case.on_fargate and service.on_fargate
    cost = task_usd(case, measured.recommendation, spot=service.on_spot) if is_priced else None
    return None if cost is None else round((cost[1] - cost[0]) * service.desired, 2)


def _disagree(case: Case, dimension: Dimension, measured: _Measured, floor: int) -> bool:
    """Whether use and declared capacity contradict each other about a size."""
    if measured.observed.state == "idle":
        return measured.observed.need < floor
    if measured.observed.state == "hot":
        return measured.observed.have >= floor
    # Too much for the declared capacity, but the size that is right for it would not hold the observed use.
    return excess(case, case.assessment, dimension) is not None and measured.recommendation.change(dimension) >= 0
