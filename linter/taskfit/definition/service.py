"""A service that runs a task definition, with its scaling and what its load balancers' target groups say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import isfinite
from typing import Any

from taskfit.definition.values import T, Unknown, complete, known, objects, read, read_as
from taskfit.record import Record, cached_property

_DAEMON = Unknown("a DAEMON service", "reference")
"""The count of a service that runs one task on each instance."""


class LoadBalancer(Record):
    """One entry of `loadBalancers`."""

    data: Mapping[str, Any]
    pointer: str

    @property
    def container_name(self) -> str | Unknown | None:
        """The container that requests go to."""
        return read_as(self.data, "containerName", str)

    @property
    def container_port(self) -> int | Unknown | None:
        """Its port."""
        return read_as(self.data, "containerPort", int)

    @property
    def deregistration_delay(self) -> int | Unknown | None:
        """Seconds that the target group waits for requests; AWS takes an absent value as 300.

        Unknown where the group is made elsewhere.
        """
        return _nested(read(self.data, "targetGroup"), "deregistrationDelay", int)

    @property
    def unhealthy_after(self) -> int | Unknown:
        """Seconds of failing health checks after which the target group finds a new task unhealthy.

        Unknown where the group is made elsewhere. AWS checks every 30 s, and counts two failures, where nothing is said
        (CreateTargetGroup, Elastic Load Balancing API Reference).
        """
        group = read(self.data, "targetGroup")
        if not isinstance(group, dict):
            return group if isinstance(group, Unknown) else Unknown("target group", "reference")
        interval = read_as(group, "healthCheckIntervalSeconds", int)
        failures = read_as(group, "unhealthyThresholdCount", int)
        if isinstance(interval, Unknown) or isinstance(failures, Unknown):
            return interval if isinstance(interval, Unknown) else Unknown("unhealthyThresholdCount", "reference")
        return (30 if interval is None else interval) * (2 if failures is None else failures)


class ScalingPolicy(Record):
    """A policy of Application Auto Scaling, in the shape and spelling of PutScalingPolicy."""

    data: Mapping[str, Any]
    pointer: str

    @property
    def kind(self) -> str | Unknown | None:
        """`TargetTrackingScaling`, `StepScaling` or `PredictiveScaling`; AWS takes an absent one as `StepScaling`."""
        kind = read_as(self.data, "policyType", str)
        if kind is not None:
            return kind
        tracks = read(self.data, "targetTrackingScalingPolicyConfiguration")
        return "StepScaling" if tracks is None else "TargetTrackingScaling"

    @property
    def metric(self) -> str | Unknown | None:
        """The metric that is tracked: a predefined one by its type, another by its name."""
        for key, name in (
            ("predefinedMetricSpecification", "predefinedMetricType"),
            ("customizedMetricSpecification", "metricName"),
        ):
            specification = _inner(self._tracking, key)
            if specification is not None:
                return _nested(specification, name, str)
        return None

    @property
    def target(self) -> float | Unknown | None:
        """The value that the metric is kept at, in the unit of the metric (percent of cpu and memory)."""
        return _number(_inner(self._tracking, "targetValue"))

    @property
    def scale_in_cooldown(self) -> int | Unknown | None:
        """Seconds between two steps of scaling in."""
        return _nested(self._tracking, "scaleInCooldown", int)

    @property
    def scale_out_cooldown(self) -> int | Unknown | None:
        """Seconds between two steps of scaling out."""
        return _nested(self._tracking, "scaleOutCooldown", int)

    @property
    def scales_in(self) -> bool | Unknown:
        """Whether target tracking removes tasks, too; it does where nothing is said."""
        disabled: bool | Unknown | None = _nested(self._tracking, "disableScaleIn", bool)
        return disabled if isinstance(disabled, Unknown) else not disabled

    @property
    def step_cooldown(self) -> int | Unknown | None:
        """Seconds between two steps of step scaling."""
        return _nested(read(self.data, "stepScalingPolicyConfiguration"), "cooldown", int)

    @property
    def _tracking(self) -> Any:
        return read(self.data, "targetTrackingScalingPolicyConfiguration")


class Service(Record):
    """A service in the shape and spelling of CreateService.

    What AWS keeps apart stands at keys of its own: `scalableTarget` (in the shape of RegisterScalableTarget),
    `scalingPolicies` (of PutScalingPolicy), `targetGroup` (with `deregistrationDelay`) in each load balancer, and
    `instanceTypes` (of the instances that are started for ECS beside it).
    A problem at a service has a pointer that begins with the service's own.
    """

    data: Mapping[str, Any]
    index: int = 0
    """Its position among the services of its definition."""
    fallback_name: str | None = None
    """What the file calls it where its name is absent or unknown: a logical id, a resource address."""
    instances: int | Unknown = 1
    """How many such services the file makes (Terraform's `count` and `for_each`)."""

    @property
    def pointer(self) -> str:
        """Where it stands, seen from the definition that it runs."""
        return f"/services/{self.index}"

    @property
    def name(self) -> str | None:
        """Its name, or what the file calls it."""
        return known(read_as(self.data, "serviceName", str)) or self.fallback_name

    @property
    def launch_type(self) -> str | Unknown | None:
        """The launch type, upper case; absent where a capacity provider strategy says where tasks run."""
        value = read_as(self.data, "launchType", str)
        return value.upper() if isinstance(value, str) else value

    @cached_property
    def launch_types(self) -> tuple[str, ...]:
        """`FARGATE`, `FARGATE_SPOT`, `EC2`, `EXTERNAL`, as far as they are known for certain.

        A capacity provider of the team's own may stand for EC2 or for managed instances, so it says nothing.
        """
        launch_type = known(self.launch_type)
        providers = (_fargate_provider(item) for _, item in objects(self.data, "capacityProviderStrategy"))
        return tuple(dict.fromkeys(name for name in (launch_type, *providers) if name))

    @cached_property
    def is_off_fargate(self) -> bool:
        """Whether it certainly runs no task on Fargate: by its launch type, or by capacity providers of the team's own."""
        strategy = self.data.get("capacityProviderStrategy")
        if not strategy:
            launch_type = known(self.launch_type)
            return launch_type is not None and launch_type != "FARGATE"
        names = [
            known(read_as(item, "capacityProvider", str)) for _, item in objects(self.data, "capacityProviderStrategy")
        ]
        are_ours = all(name is not None and not name.startswith("FARGATE") for name in names)
        return bool(names) and are_ours and complete(self.data, "capacityProviderStrategy")

    @property
    def is_daemon(self) -> bool | Unknown:
        """Whether it runs one task on each instance."""
        value = read_as(self.data, "schedulingStrategy", str)
        return value if isinstance(value, Unknown) else value == "DAEMON"

    @property
    def desired_count(self) -> int | Unknown | None:
        """The tasks that it is to run."""
        if self.is_daemon is True:
            return _DAEMON
        # A module that makes the service may have a count of its own; none is said here.
        count = self.data.get("desiredCount")
        return None if count is None else whole_number(count)

    @property
    def tasks(self) -> int | Unknown | None:
        """The tasks of all its instances."""
        count = self.desired_count
        if self.instances == 1 or isinstance(count, Unknown):
            return count
        return (
            self.instances if isinstance(self.instances, Unknown) else self.instances * (1 if count is None else count)
        )

    @property
    def min_capacity(self) -> int | Unknown | None:
        """The fewest tasks that scaling leaves; absent without a scaling target."""
        return _nested(read(self.data, "scalableTarget"), "minCapacity", int)

    @property
    def max_capacity(self) -> int | Unknown | None:
        """The most tasks that scaling starts; absent without a scaling target."""
        return _nested(read(self.data, "scalableTarget"), "maxCapacity", int)

    @cached_property
    def scaling_policies(self) -> tuple[ScalingPolicy, ...]:
        """The scaling policies that can be seen."""
        return tuple(
            ScalingPolicy(item, f"{self.pointer}/scalingPolicies/{index}")
            for index, item in objects(self.data, "scalingPolicies")
        )

    @property
    def deployment_controller(self) -> str | Unknown:
        """Who replaces the tasks: `ECS`, which AWS takes an absent one as, `CODE_DEPLOY` or `EXTERNAL`."""
        kind: str | Unknown | None = _nested(read(self.data, "deploymentController"), "type", str)
        return "ECS" if kind is None else kind

    @property
    def deployment_strategy(self) -> str | Unknown:
        """How ECS replaces the tasks: `ROLLING`, which AWS takes an absent one as, `BLUE_GREEN`, `LINEAR`, `CANARY`."""
        strategy: str | Unknown | None = _nested(self._deployment, "strategy", str)
        return "ROLLING" if strategy is None else strategy

    @property
    def minimum_healthy_percent(self) -> int | Unknown | None:
        """Percent of the desired count that a deployment keeps running."""
        return _nested(self._deployment, "minimumHealthyPercent", int)

    @property
    def maximum_percent(self) -> int | Unknown | None:
        """Percent of the desired count that may run during a deployment."""
        return _nested(self._deployment, "maximumPercent", int)

    @property
    def circuit_breaker(self) -> bool | Unknown | None:
        """Whether a deployment that doesn't become healthy is stopped."""
        return _nested(self._breaker, "enable", bool)

    @property
    def rolls_back(self) -> bool | Unknown | None:
        """Whether a stopped deployment returns to the last that worked."""
        return _nested(self._breaker, "rollback", bool)

    @property
    def health_check_grace_period(self) -> int | Unknown | None:
        """Seconds in which failed health checks of a load balancer stop no task."""
        return read_as(self.data, "healthCheckGracePeriodSeconds", int)

    @cached_property
    def load_balancers(self) -> tuple[LoadBalancer, ...]:
        """The load balancers that can be seen."""
        return tuple(
            LoadBalancer(item, f"{self.pointer}/loadBalancers/{index}")
            for index, item in objects(self.data, "loadBalancers")
        )

    @property
    def network_configuration(self) -> Mapping[str, Any] | Unknown | None:
        """The network configuration, absent where tasks use the network of their instance."""
        return read_as(self.data, "networkConfiguration", dict)

    @property
    def subnets(self) -> tuple[str | Unknown, ...] | Unknown | None:
        """The subnets that tasks get their addresses in."""
        found = _nested(_inner(self.network_configuration, "awsvpcConfiguration"), "subnets", list)
        return tuple(found) if isinstance(found, list) else found

    @property
    def platform_version(self) -> str | Unknown | None:
        """Fargate's platform version; absent is the latest."""
        return read_as(self.data, "platformVersion", str)

    @property
    def instance_types(self) -> tuple[str, ...] | Unknown | None:
        """The types of the instances that the same template or folder starts for ECS; unknown if one of them is."""
        found = read_as(self.data, "instanceTypes", list)
        if found is None or isinstance(found, Unknown):
            return found
        unknown = next((item for item in found if not isinstance(item, str)), None)
        if unknown is not None:
            return unknown if isinstance(unknown, Unknown) else Unknown(str(unknown), "wrong-type")
        return tuple(dict.fromkeys(found))

    @property
    def connect_ports(self) -> tuple[tuple[str, str | Unknown], ...]:
        """The names of the port mappings that Service Connect offers, each behind its pointer, as far as they are seen."""
        connect = read(self.data, "serviceConnectConfiguration")
        services = objects(connect, "services") if isinstance(connect, dict) else []
        at = f"{self.pointer}/serviceConnectConfiguration/services"
        names = ((f"{at}/{index}/portName", read_as(service, "portName", str)) for index, service in services)
        return tuple((pointer, name) for pointer, name in names if name is not None)

    @property
    def _deployment(self) -> Any:
        return read(self.data, "deploymentConfiguration")

    @property
    def _breaker(self) -> Any:
        return _nested(self._deployment, "deploymentCircuitBreaker", dict)


def tasks_of(services: Iterable[Service]) -> int | Unknown | None:
    """The tasks of several services; unknown if one is, or if only some of them say."""
    counts = [service.tasks for service in services]
    if all(count is None for count in counts):
        return None
    certain = [count for count in counts if isinstance(count, int)]
    unknown = next((count for count in counts if isinstance(count, Unknown)), Unknown("desired count", "partial"))
    return sum(certain) if len(certain) == len(counts) else unknown


def whole_number(value: object) -> int | Unknown:
    """A count as a file writes it: a whole number of at least 0, or the text of one."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    return value if isinstance(value, Unknown) else Unknown(str(value), "wrong-type")


def _fargate_provider(item: Mapping[str, Any]) -> str | None:
    """`FARGATE` or `FARGATE_SPOT`, if a strategy's item puts tasks there; Spot only where that is certain."""
    name, weight, base = (item.get(key) for key in ("capacityProvider", "weight", "base"))
    if not (isinstance(name, str) and name.startswith("FARGATE")):
        return None
    shares = [whole_number(share) for share in (weight, base) if share is not None]
    if any(isinstance(share, Unknown) for share in shares):
        return name.removesuffix("_SPOT")
    is_unused = weight is not None and not any(shares)
    return None if is_unused else name


def _inner(data: Any, key: str) -> Any:
    """A value within an object that may itself be absent or unknown."""
    return read(data, key) if isinstance(data, dict) else data


def _nested(data: Any, key: str, kind: type[T]) -> T | Unknown | None:
    """The same if it has the type."""
    if isinstance(data, dict):
        return read_as(data, key, kind)
    return data if isinstance(data, Unknown) else None


def _number(value: Any) -> float | Unknown | None:
    if value is None or isinstance(value, Unknown):
        return value
    try:
        number = float(value)
    except (OverflowError, TypeError, ValueError):
        return Unknown(str(value), "wrong-type")
    return number if isfinite(number) else Unknown(str(value), "wrong-type")
