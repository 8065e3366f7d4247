"""Whether a service's scaling fits the size of its tasks and the load that it should carry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taskfit.checks.lookup import value_at
from taskfit.checks.runtimes import JAVA_VARIABLES
from taskfit.definition import known
from taskfit.finding import Problem, Severity
from taskfit.phrases import counted
from taskfit.record import NamedTuple
from taskfit.sizing.scaling import METRICS, REQUESTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskfit.checks.context import Case
    from taskfit.definition import Container, ScalingPolicy, Service
    from taskfit.dimensions import Dimension
    from taskfit.sizing.assessment import Assessment
    from taskfit.sizing.profile import Utilisation

WORDS = {"cpu": "CPU", "memory": "memory"}


class Tracked(NamedTuple):
    """A target for cpu or memory in a service's scaling."""

    policy: ScalingPolicy
    dimension: Dimension
    target: float
    """Percent."""


def tracked(service: Service) -> Iterator[Tracked]:
    """The known targets for cpu and memory."""
    for policy in service.scaling_policies:
        metric, target = known(policy.metric), policy.target
        if policy.kind == "TargetTrackingScaling" and metric in METRICS and isinstance(target, float):
            yield Tracked(policy, METRICS[metric], target)


def scaling_target(case: Case) -> Iterator[Problem]:
    """FIT901: target tracking that keeps tasks busier, or less busy, than their size is meant for."""
    for service in case.task.services:
        for each in tracked(service):
            if _profile_applies(case):
                yield from _against_profile(case, each)
            elif each.target > (most := case.policy.aws.services.hottest_target[each.dimension]):
                yield _too_hot(each, f"taskfit reports targets above {most}%", most)


def _profile_applies(case: Case) -> bool:
    """Whether the user chose the profile, or the definition certainly has one of its roles."""
    is_chosen = case.policy.profile_is_chosen and bool(case.policy.profiles)
    return is_chosen or (case.assessment is not None and not case.assessment.is_assumed)


def _against_profile(case: Case, each: Tracked) -> Iterator[Problem]:
    profile = case.policy.profile
    lines: Utilisation = getattr(profile, each.dimension)
    up, down, aim = (_percent(share) for share in (lines.scale_up, lines.scale_down, lines.target))
    if each.target > up:
        why = f"the {profile.name} profile adds tasks from {up:g}% on and aims at {aim:g}%"
        yield _too_hot(each, why, aim)
    elif each.target < down:
        word = WORDS[each.dimension]
        yield Problem(
            _target_pointer(each),
            f"Scaling keeps the average {word} use at {each.target:g}%, below {down:g}%, where the {profile.name} profile "
            f"removes tasks; it aims at {aim:g}%, so about {each.target / aim:.0%} of the tasks would be enough.",
            help=f"Set the target to {aim:g}.",
            label=f"{each.target:g} < {down:g}%",
            data={"have": each.target, "need": aim, "recommended": None, "monthly_usd": None},
        )


def _too_hot(each: Tracked, why: str, aim: float) -> Problem:
    word = WORDS[each.dimension]
    left = max(0.0, 100 - each.target)
    effect = "is throttled" if each.dimension == "cpu" else "kills the task"
    return Problem(
        _target_pointer(each),
        f"Scaling keeps the average {word} use at {each.target:g}%, which leaves {left:g}% of a task for bursts; a larger "
        f"one {effect} ({why}).",
        help=f"Set the target to {aim:g} or less.",
        label=f"{each.target:g}%, room for {left:g}%",
        data={"have": each.target, "need": aim, "recommended": None, "monthly_usd": None},
    )


def _target_pointer(each: Tracked) -> str:
    return f"{each.policy.pointer}/targetTrackingScalingPolicyConfiguration/targetValue"


def _percent(share: float) -> float:
    return round(share * 100, 6)


def memory_alone(case: Case) -> Iterator[Problem]:
    """FIT902: scaling tracks only memory, and the runtime does not release memory."""
    runtimes = [container for container in case.task.containers if _runs_on_jvm(container)]
    for service in case.task.services:
        policies = service.scaling_policies
        found = [each for each in tracked(service) if each.dimension == "memory"]
        if runtimes and found and len(policies) == len(found):
            yield Problem(
                f"{found[0].policy.pointer}/targetTrackingScalingPolicyConfiguration",
                f"This service scales by memory only, and {runtimes[0].title} runs on the JVM, which rarely gives "
                "memory back: tasks are added, but hardly ever removed.",
                help="Scale by CPU or by requests, too.",
                on_key=True,
            )


def _runs_on_jvm(container: Container) -> bool:
    if any(name in container.environment for name in JAVA_VARIABLES):
        return True
    repository = container.image_repository or ""
    return any(word in repository for word in ("openjdk", "corretto", "temurin"))


def scaling_bounds(case: Case) -> Iterator[Problem]:
    """FIT903: scaling bounds that contradict each other or the desired count."""
    for service in case.task.services:
        least, most = service.min_capacity, service.max_capacity
        # In a deployed service, scaling itself has set the count.
        count = service.desired_count if case.deployed is None else None
        at = f"{service.pointer}/scalableTarget"
        if isinstance(least, int) and isinstance(most, int) and least > most:
            yield Problem(
                f"{at}/minCapacity",
                f"minCapacity is {least}, above maxCapacity, which is {most}: AWS rejects the scaling target.",
                help=f"Set minCapacity to {most} or less, or maxCapacity to {least} or more.",
                label=f"{least} > {most}",
                related=((f"{at}/maxCapacity", f"at most {most}"),),
                data={"have": [least, most], "need": None, "recommended": None, "monthly_usd": None},
            )
        elif isinstance(count, int) and isinstance(most, int) and count > most:
            yield _outside(service, count, f"scaling allows at most {most}", most, Severity.WARNING)
        elif isinstance(count, int) and isinstance(least, int) and 0 < count < least:
            yield _outside(service, count, f"scaling keeps at least {least}", least, Severity.NOTE)


def _outside(service: Service, count: int, bounds: str, bound: int, severity: Severity) -> Problem:
    return Problem(
        f"{service.pointer}/desiredCount",
        f"The desired count is {count}, but {bounds}: each deployment sets {count}, and scaling then goes to {bound}.",
        help=f"Set the desired count within the bounds of scaling, such as {bound}, or leave it to scaling.",
        severity=severity,
        label=f"{count}, but scaling goes to {bound}",
        data={"have": count, "need": bound, "recommended": None, "monthly_usd": None},
    )


class Load(NamedTuple):
    """The load that a profile's scenario puts on a role, and the capacity of one task of the definition."""

    scenario: str
    need: int
    per_task: int
    unit: str


def _loads(case: Case) -> tuple[Load, ...]:
    """The scenarios for the definition's role, the smallest load first; empty without a capacity."""
    assessment: Assessment | None = case.assessment
    if assessment is None or assessment.is_assumed or not case.policy.profile_is_chosen:
        return ()
    number = assessment.capacity.number if assessment.capacity else None
    unit = assessment.role.unit
    if number is None:
        return ()
    scenarios = case.policy.profile.scenarios.items()
    loads = [Load(name, load[unit], number, unit) for name, load in scenarios if load.get(unit)]
    return tuple(sorted(loads, key=lambda load: load.need))


def scaling_below_load(case: Case) -> Iterator[Problem]:
    """FIT904: scaling bounds within which the service cannot carry the profile's load."""
    loads = _loads(case)
    if not loads or len(case.task.services) != 1:
        return
    (service,) = case.task.services
    least, most = service.min_capacity, service.max_capacity
    for bound, key, load, word in ((least, "minCapacity", loads[0], "least"), (most, "maxCapacity", loads[-1], "most")):
        if isinstance(bound, int) and bound * load.per_task < load.need:
            count = -(-load.need // load.per_task)
            yield Problem(
                f"{service.pointer}/scalableTarget/{key}",
                f"With {bound} tasks at {word} this service carries {bound * load.per_task} {load.unit}; the {load.scenario} "
                f"scenario of the {case.policy.profile.name} profile has {load.need}.",
                help=f"{count} tasks of {load.per_task} {load.unit} carry it; `taskfit fleet` counts all services together.",
                label=f"{bound} × {load.per_task} < {load.need} {load.unit}",
                data={"have": bound, "need": count, "recommended": None, "monthly_usd": None},
            )


def no_scaling(case: Case) -> Iterator[Problem]:
    """FIT905: a fixed count of tasks, although the profile expects a changing load."""
    loads = _loads(case)
    if len(loads) < 2 or loads[0].need == loads[-1].need:
        return
    for service in case.task.services:
        count = service.desired_count
        if service.min_capacity is None and service.max_capacity is None and isinstance(count, int) and count:
            first, last = loads[0], loads[-1]
            yield Problem(
                f"{service.pointer}/desiredCount",
                f"No scaling policy changes the {counted(count, 'task')} of this service, but the "
                f"{case.policy.profile.name} profile's load goes from {first.need} {first.unit} ({first.scenario}) to "
                f"{last.need} ({last.scenario}).",
                help="Add a scaling target with a policy that tracks CPU at "
                f"{_percent(case.policy.profile.cpu.target):g}%.",
            )


def request_target(case: Case) -> Iterator[Problem]:
    """FIT906: a target of more requests per task than its declared connections."""
    assessment = case.assessment
    number = assessment.capacity.number if assessment and assessment.capacity else None
    if assessment is None or assessment.is_assumed or number is None or assessment.role.unit != "connections":
        return
    for service in case.task.services:
        for policy in service.scaling_policies:
            target = policy.target
            if policy.metric == REQUESTS and isinstance(target, float) and target > number:
                yield Problem(
                    f"{policy.pointer}/targetTrackingScalingPolicyConfiguration/targetValue",
                    f"The target is {target:g} requests per minute and task, more than the {number} connections of one task: "
                    "if each request keeps a connection open, tasks are full before scaling adds one.",
                    help=f"Set the target to {number} or less, or scale by CPU.",
                    label=f"{target:g} > {number} connections",
                    data={"have": target, "need": number, "recommended": None, "monthly_usd": None},
                )


def short_cooldown(case: Case) -> Iterator[Problem]:
    """FIT907: scaling adds tasks again before the tasks added last have started."""
    start = max((period for period in map(_start_period, case.task.containers) if period), default=0)
    for service in case.task.services:
        for policy in service.scaling_policies:
            cooldown, key = policy.scale_out_cooldown, "targetTrackingScalingPolicyConfiguration/scaleOutCooldown"
            if cooldown is None:
                cooldown, key = policy.step_cooldown, "stepScalingPolicyConfiguration/cooldown"
            if isinstance(cooldown, int) and cooldown < start:
                yield Problem(
                    f"{policy.pointer}/{key}",
                    f"Scaling may add tasks again after {cooldown} s, but a task takes up to {start} s to start (startPeriod "
                    "of its health check): it adds more than the load needs.",
                    help=f"Set the cooldown to at least {start} s.",
                    label=f"{cooldown} < {start} s",
                    data={"have": cooldown, "need": start, "recommended": None, "monthly_usd": None},
                )


def _start_period(container: Container) -> int:
    """The seconds that an essential container may take to start; 0 if unknown."""
    start = value_at(container.data, "healthCheck/startPeriod", int) if container.essential is True else None
    return start or 0
