"""Services as `describe-services` returns them, with their scaling from Application Auto Scaling."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from taskfit.auditing.inventory import Scaling
from taskfit.auditing.saved import place_of
from taskfit.definition import Partial, Service, Unknown, whole_number
from taskfit.record import NamedTuple
from taskfit.sizing.scaling import METRICS, REQUESTS

SCALED = "ecs:service:DesiredCount"
"""The only scalable dimension of an ECS service."""

_ELSEWHERE = Unknown("not asked for", "reference")


class ServiceName(NamedTuple):
    """The full name of a service in AWS."""

    account: str
    region: str
    cluster: str
    name: str

    @property
    def title(self) -> str:
        """Its name in findings."""
        return f"{self.cluster}/{self.name}"


class RunningService(NamedTuple):
    """A service as `describe-services` returns it."""

    key: ServiceName
    definition: str
    """The ARN of the definition that it runs."""
    launch_types: tuple[str, ...]
    """`FARGATE`, `FARGATE_SPOT`, `EC2`, `EXTERNAL`; empty if only custom capacity providers are named."""
    desired: int
    running: int
    service: Service


def running_service(item: Mapping[str, Any]) -> RunningService:
    """The service in an entry of `services`.

    Raises `ValueError`, `LookupError`, `TypeError` or `AttributeError` for anything else.
    """
    item = _deployed(item)
    service = _service(item)
    return RunningService(
        key=service_name(item["serviceArn"], item.get("clusterArn", "")),
        definition=str(item.get("taskDefinition") or ""),
        launch_types=service.launch_types,
        desired=_count(item, "desiredCount"),
        running=_count(item, "runningCount"),
        service=service,
    )


def service_name(arn: str, cluster_arn: str) -> ServiceName:
    """The parts of `arn:aws:ecs:REGION:ACCOUNT:service/CLUSTER/NAME`; old ARNs have no cluster."""
    parts = arn.split(":", 5)
    if len(parts) < 6 or not parts[5].startswith("service/"):
        raise ValueError(f"{arn!r} is not the ARN of a service")
    _, _, _, region, account, resource = parts
    _, *cluster, name = resource.split("/")
    return ServiceName(account, region, cluster[0] if cluster else cluster_arn.rpartition("/")[2], name)


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 10**9:
        raise ValueError(f"{value!r} is not a number of tasks")
    return value


def _count(item: Mapping[str, Any], name: str) -> int:
    count = whole_number(item.get(name, 0))
    # ECS runs at most 5,000 tasks of a service; a number far beyond that is a mistake.
    if not isinstance(count, int) or count >= 10**9:
        raise ValueError(f"the {name} of {item['serviceArn']} is not a number of tasks")
    return count


_OF_TASK_SETS = ("taskDefinition", "launchType", "capacityProviderStrategy")


def _deployed(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """The service with the values of its primary task set, which apply with an external deployment controller."""
    sets = sorted(item.get("taskSets") or (), key=lambda each: each.get("status") != "PRIMARY")
    return {**{key: sets[0][key] for key in _OF_TASK_SETS if key in sets[0]}, **item} if sets else item


def _service(item: Mapping[str, Any]) -> Service:
    """The service. Its scaling and target groups are in other responses, and a saved response may be incomplete."""
    launch_type = item.get("launchType")
    if launch_type and not isinstance(launch_type, str):
        raise TypeError(f"the launchType of {item['serviceArn']} is not a string")
    strategy = [
        {**use, "capacityProvider": use["capacityProvider"]} for use in item.get("capacityProviderStrategy") or ()
    ]
    balancers = [{**each, "targetGroup": _ELSEWHERE} for each in item.get("loadBalancers") or ()]
    return Service(
        Partial(
            {
                **{key: value for key, value in item.items() if value is not None},
                "capacityProviderStrategy": strategy,
                "loadBalancers": balancers,
                "scalableTarget": _ELSEWHERE,
                "scalingPolicies": _ELSEWHERE,
            }
        )
    )


class ScalingAnswers:
    """The responses of `describe-scalable-targets` and `describe-scaling-policies`, kept until all services are known."""

    def __init__(self) -> None:
        self._targets: dict[ServiceName, Mapping[str, Any]] = {}
        self._policies: dict[ServiceName, list[Mapping[str, Any]]] = {}
        self._complete: set[tuple[str, tuple[str, str] | None]] = set()

    def target(self, name: str, item: Mapping[str, Any]) -> None:
        """Add an entry of `ScalableTargets`."""
        if item.get("ScalableDimension") == SCALED:
            bounds = {"minCapacity": _whole(item["MinCapacity"]), "maxCapacity": _whole(item["MaxCapacity"])}
            is_suspended = any((item.get("SuspendedState") or {}).values())
            self._targets[_scaled(name, item, "ScalableTargetARN")] = {**bounds, "isSuspended": is_suspended}

    def policy(self, name: str, item: Mapping[str, Any]) -> None:
        """Add an entry of `ScalingPolicies`."""
        if item.get("ScalableDimension") == SCALED:
            key = _scaled(name, item, "PolicyARN")
            self._policies.setdefault(key, []).append(_lower(dict(item)))

    def complete(self, name: str, answer: Mapping[str, Any]) -> None:
        """Mark the responses of a place as complete, as those that an audit saved are."""
        self._complete |= {(key, place_of(name)) for key in ("ScalableTargets", "ScalingPolicies") if key in answer}

    def joined(self, running: RunningService) -> tuple[RunningService, Scaling | None]:
        """A service with its scaling, and the scaling limits; what no response contains stays unknown."""
        key = running.key
        place = (key.account, key.region)
        nowhere = ServiceName("", "", key.cluster, key.name)  # for a response outside of any folder, and without an ARN
        target = self._targets.get(key) or self._targets.get(nowhere)
        policies = self._policies.get(key) or self._policies.get(nowhere)
        if target is None and ("ScalableTargets", place) in self._complete:
            target = {}
        if policies is None and (target == {} or ("ScalingPolicies", place) in self._complete):
            policies = []
        if target and target["isSuspended"]:
            policies = None  # suspended scaling changes nothing
        scaling = {
            "scalableTarget": _ELSEWHERE if target is None else target,
            "scalingPolicies": _ELSEWHERE if policies is None else policies,
        }
        service = replace(running.service, data=Partial({**running.service.data, **scaling}))
        return running._replace(service=service), _bounds(target, service) if target else None


def _bounds(target: Mapping[str, Any], service: Service) -> Scaling:
    targets: dict[str, float] = {}
    for policy in service.scaling_policies:
        metric = "requests" if policy.metric == REQUESTS else METRICS.get(str(policy.metric))
        if metric and isinstance(policy.target, float):
            targets[f"{metric}_target"] = policy.target
    return Scaling(target["minCapacity"], target["maxCapacity"], **targets)


def _scaled(name: str, item: Mapping[str, Any], arn: str) -> ServiceName:
    """The full name of the service in an entry: its account and region come from an ARN in the entry, or from the folder."""
    _, cluster, service = item["ResourceId"].split("/")
    parts = str(item.get(arn, "")).split(":")
    place = (parts[4], parts[3]) if len(parts) > 5 else place_of(name) or ("", "")
    return ServiceName(*place, cluster, service)


def _lower(value: Any) -> Any:
    """The same with keys that begin in lower case, as ECS's do; those of Application Auto Scaling are capitalised."""
    if isinstance(value, dict):
        return {key[:1].lower() + key[1:]: _lower(inner) for key, inner in value.items()}
    return [_lower(inner) for inner in value] if isinstance(value, list) else value
