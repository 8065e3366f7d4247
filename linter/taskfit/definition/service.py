"""A service that runs a task definition, with its scaling and the target groups of its load balancers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import isfinite
from typing import Any

from taskfit.definition.values import T, Unknown, complete, known, objects, read, read_as
from taskfit.record import Record, cached_property

_DAEMON = Unknown("a DAEMON service", "reference")
"""The desired count of a service that runs one task on each instance."""


class LoadBalancer(Record):
    """One entry of `loadBalancers`."""

    data: Mapping[str, Any]
    pointer: str

    @property
    def container_name(self) -> str | Unknown | None:
        """The container that receives requests."""
        return read_as(self.data, "containerName", str)

    @property
    def container_port(self) -> int | Unknown | None:
        """Its port."""
        return read_as(self.data, "containerPort", int)

    @property
    def target_type(self) -> str | Unknown:
        """What the target group sends requests to: `instance` (the default of AWS), `ip`, `lambda` or `alb`.

        Unknown if the group is defined elsewhere.
        """
        group = read(self.data, "targetGroup")
        if not isinstance(group, dict):
            return group if isinstance(group, Unknown) else Unknown("target group", "reference")
        found = read_as(group, "targetType", str)
        return "instance" if found is None else found

    @property
    def deregistration_delay(self) -> int | Unknown | None:
        """Seconds that the target group waits for open requests; AWS defaults to 300.

        Unknown if the group is defined elsewhere.
        """
        return _nested(read(self.data, "targetGroup"), "deregistrationDelay", int)

    @property
    def unhealthy_after(self) -> int | Unknown:
        """Seconds of failing health checks after which the target group considers a new task unhealthy.

        Unknown if the group is defined elsewhere. AWS defaults to a check every 30 s and two failures
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
        """`TargetTrackingScaling`, `StepScaling` or `PredictiveScaling`; AWS defaults to `StepScaling`."""
        kind = read_as(self.data, "policyType", str)
        if kind is not None:
            return kind
        tracks = read(self.data, "targetTrackingScalingPolicyConfiguration")
        return "StepScaling" if tracks is None else "TargetTrackingScaling"

    @property
    def metric(self) -> str | Unknown | None:
        """The tracked metric: the type of a predefined one, else its name."""
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
        """The target value of the metric, in its unit (percent for cpu and memory)."""
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
        """Whether target tracking also removes tasks, as it does by default."""
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

    Separate resources of AWS are at additional keys: `scalableTarget` (in the shape of RegisterScalableTarget),
    `scalingPolicies` (of PutScalingPolicy), `targetGroup` (with `deregistrationDelay`) in each load balancer, and
    `instanceTypes` (of the instances that the same source starts for ECS).
    The pointer of a problem in a service begins with that of the service.
    """

    data: Mapping[str, Any]
    index: int = 0
    """Its position among the services of its definition."""
    fallback_name: str | None = None
    """Its name in the file if its own is absent or unknown: a logical id, a resource address."""
    instances: int | Unknown = 1
    """How many such services the file makes (Terraform's `count` and `for_each`)."""

    @property
    def pointer(self) -> str:
        """Its pointer, relative to the definition that it runs."""
        return f"/services/{self.index}"

    @property
    def name(self) -> str | None:
        """Its name, or its name in the file."""
        return known(read_as(self.data, "serviceName", str)) or self.fallback_name

    @property
    def launch_type(self) -> str | Unknown | None:
        """The launch type, upper case; absent if a capacity provider strategy replaces it."""
        value = read_as(self.data, "launchType", str)
        return value.upper() if isinstance(value, str) else value

    @cached_property
    def launch_types(self) -> tuple[str, ...]:
        """The launch types that are certain, of `FARGATE`, `FARGATE_SPOT`, `EC2` and `EXTERNAL`.

        A user-defined capacity provider may use EC2 or managed instances, so its launch type is unknown.
        """
        launch_type = known(self.launch_type)
        providers = (_fargate_provider(item) for _, item in objects(self.data, "capacityProviderStrategy"))
        return tuple(dict.fromkeys(name for name in (launch_type, *providers) if name))

    @cached_property
    def is_off_fargate(self) -> bool:
        """Whether it certainly runs no task on Fargate: by its launch type, or by user-defined capacity providers."""
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
        """The number of tasks that it should run."""
        if self.is_daemon is True:
            return _DAEMON
        # An absent count stays absent: the module that makes the service may have a default.
        count = self.data.get("desiredCount")
        return None if count is None else whole_number(count)

    @property
    def tasks(self) -> int | Unknown | None:
        """The desired count of all its instances together."""
        count = self.desired_count
        if self.instances == 1 or isinstance(count, Unknown):
            return count
        return (
            self.instances if isinstance(self.instances, Unknown) else self.instances * (1 if count is None else count)
        )

    @property
    def min_capacity(self) -> int | Unknown | None:
        """The lower bound of scaling, in tasks; absent without a scaling target."""
        return _nested(read(self.data, "scalableTarget"), "minCapacity", int)

    @property
    def max_capacity(self) -> int | Unknown | None:
        """The upper bound of scaling, in tasks; absent without a scaling target."""
        return _nested(read(self.data, "scalableTarget"), "maxCapacity", int)

    @cached_property
    def scaling_policies(self) -> tuple[ScalingPolicy, ...]:
        """The known scaling policies."""
        return tuple(
            ScalingPolicy(item, f"{self.pointer}/scalingPolicies/{index}")
            for index, item in objects(self.data, "scalingPolicies")
        )

    @property
    def deployment_controller(self) -> str | Unknown:
        """The deployment controller: `ECS` (the default of AWS), `CODE_DEPLOY` or `EXTERNAL`."""
        kind: str | Unknown | None = _nested(read(self.data, "deploymentController"), "type", str)
        return "ECS" if kind is None else kind

    @property
    def deployment_strategy(self) -> str | Unknown:
        """The deployment strategy: `ROLLING` (the default of AWS), `BLUE_GREEN`, `LINEAR` or `CANARY`."""
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
        """Whether ECS stops a deployment that doesn't become healthy."""
        return _nested(self._breaker, "enable", bool)

    @property
    def rolls_back(self) -> bool | Unknown | None:
        """Whether ECS rolls a stopped deployment back to the last one that worked."""
        return _nested(self._breaker, "rollback", bool)

    @property
    def health_check_grace_period(self) -> int | Unknown | None:
        """Seconds during which a load balancer's failed health checks don't stop a task."""
        return read_as(self.data, "healthCheckGracePeriodSeconds", int)

    @cached_property
    def load_balancers(self) -> tuple[LoadBalancer, ...]:
        """The known load balancers."""
        return tuple(
            LoadBalancer(item, f"{self.pointer}/loadBalancers/{index}")
            for index, item in objects(self.data, "loadBalancers")
        )

    @property
    def network_configuration(self) -> Mapping[str, Any] | Unknown | None:
        """The network configuration; absent if tasks use the network of their instance."""
        return read_as(self.data, "networkConfiguration", dict)

    @property
    def subnets(self) -> tuple[str | Unknown, ...] | Unknown | None:
        """The subnets of the tasks."""
        found = _nested(_inner(self.network_configuration, "awsvpcConfiguration"), "subnets", list)
        return tuple(found) if isinstance(found, list) else found

    @property
    def platform_version(self) -> str | Unknown | None:
        """Fargate's platform version; if absent, the latest."""
        return read_as(self.data, "platformVersion", str)

    @property
    def instance_types(self) -> tuple[str, ...] | Unknown | None:
        """The instance types that the same template or folder starts for ECS; unknown if any of them is."""
        found = read_as(self.data, "instanceTypes", list)
        if found is None or isinstance(found, Unknown):
            return found
        unknown = next((item for item in found if not isinstance(item, str)), None)
        if unknown is not None:
            return unknown if isinstance(unknown, Unknown) else Unknown(str(unknown), "wrong-type")
        return tuple(dict.fromkeys(found))

    @property
    def connect_ports(self) -> tuple[tuple[str, str | Unknown], ...]:
        """Pointer and name of each known port mapping that Service Connect offers."""
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
    """The desired count of several services together; unknown if any is, or if only some declare one."""
    counts = [service.tasks for service in services]
    if all(count is None for count in counts):
        return None
    certain = [count for count in counts if isinstance(count, int)]
    unknown = next((count for count in counts if isinstance(count, Unknown)), Unknown("desired count", "partial"))
    return sum(certain) if len(certain) == len(counts) else unknown


def whole_number(value: object) -> int | Unknown:
    """A count as written in a file: a whole number of at least 0, or the text of one."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    return value if isinstance(value, Unknown) else Unknown(str(value), "wrong-type")


def _fargate_provider(item: Mapping[str, Any]) -> str | None:
    """`FARGATE` or `FARGATE_SPOT`, if a strategy's item places tasks there; Spot only if that is certain."""
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
    """A value within an object if it has the type."""
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
