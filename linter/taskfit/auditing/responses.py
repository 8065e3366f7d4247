"""Reads saved responses of the AWS API: services, their use, and failures.

Responses have the format of the AWS CLI and are recognised by their content, not by their file names. Services
and definitions contain their account and region; for a response of CloudWatch, the names of its folders say them.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from taskfit.auditing import optimizer
from taskfit.auditing.inventory import Optimizer, Scaling, Trend
from taskfit.auditing.measurements import Series, metric_data, metric_statistics, use_of
from taskfit.auditing.saved import chosen, place_of
from taskfit.auditing.services import RunningService, ScalingAnswers, ServiceName, running_service, service_name
from taskfit.phrases import counted
from taskfit.sizing.observed import Use
from taskfit.sources.files import MAX_BYTES, File, UnusablePathError
from taskfit.sources.formats import may_have_definition

_MARKS = (
    *(b'"services"', b'"failures"', b'"ecsServiceRecommendations"'),
    *(b'"ScalableTargets"', b'"ScalingPolicies"'),
)
_MEASUREMENTS = (b'"MetricDataResults"', b'"Datapoints"')
_SIGNS = (*_MARKS, *_MEASUREMENTS, b'"taskDefinitionArn"', b'"complete"', b'"until"')
"""Every answer contains one of these, and so do the files that `--save` adds; definitions in a repository contain none."""
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass
class Answers:
    """The content of saved responses."""

    definitions: Sequence[File] = field(default_factory=list)
    """The files that may contain task definitions."""
    services: list[RunningService] = field(default_factory=list)
    uses: dict[ServiceName, Use] = field(default_factory=dict)
    trends: dict[ServiceName, Trend] = field(default_factory=dict)
    scaling: dict[ServiceName, Scaling] = field(default_factory=dict)
    optimizer: dict[ServiceName, Optimizer] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    """What could not be read, now or when the responses were saved; one line each."""


def collect(files: Sequence[File]) -> Answers:
    """The content of the files; a file that can't be read is a failure and hides no other.

    Measurements are read last and place by place, for they are most of what is saved, and all of them are too much to
    remember. Raises `ValueError` if no file is an answer: an audit of nothing must not look like success.
    """
    answers = Answers()
    reader = _Reader(answers)
    is_recognised = False
    definitions = array("L")
    measured: dict[tuple[str, str] | None, array[int]] = {}
    for number, file in enumerate(files):
        try:
            content = file.content()
        except UnusablePathError as error:
            answers.failures.append(str(error))
            continue
        if content.startswith(_UTF_16):
            answers.failures.append(f"{file.name}: not UTF-8, but UTF-16; save the file as UTF-8")
            continue
        is_recognised = is_recognised or any(sign in content for sign in _SIGNS)
        if may_have_definition(content, file.path):
            definitions.append(number)
        if any(mark in content for mark in _MEASUREMENTS):
            measured.setdefault(place_of(file.name), array("L")).append(number)
        if any(mark in content for mark in _MARKS):
            reader.read(file.name, content, reader.takes)
    if files and not is_recognised and not answers.failures:
        raise ValueError(
            f"{counted(len(files), 'JSON file')}, but no saved answer of AWS; give the folder of "
            "`taskfit audit --save`, or check a repository's files with `taskfit check`"
        )
    answers.definitions = chosen(files, definitions)
    reader.index()
    for some in measured.values():
        for file in chosen(files, some):
            reader.read(file.name, file.content(), reader.measures)
        reader.join()
    # One cause may invalidate many entries of a file.
    answers.failures = list(dict.fromkeys(answers.failures))
    return answers


Take = Callable[[str, Mapping[str, Any]], None]
"""Reads one response of a file."""


class _Reader:
    """Reads responses one after the other; measurements are assigned to services once all of these are known."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._series: list[tuple[str, Series]] = []
        self._by_name: dict[tuple[str, str], list[ServiceName]] = {}
        self._scaling = ScalingAnswers()

    def read(self, name: str, content: bytes, take: Take) -> None:
        """Read the responses in a file."""
        if len(content) > MAX_BYTES:
            self._answers.failures.append(f"{name}: larger than {MAX_BYTES // 1024**2} MiB; split it")
            return
        try:
            value = json.loads(content)
        except (ValueError, RecursionError) as error:
            self._answers.failures.append(f"{name}: can't be read: {error}")
            return
        for answer in _answers(value):
            take(name, answer)

    def takes(self, name: str, answer: Mapping[str, Any]) -> None:
        """Read a response, except its measurements."""
        for key, take in (
            ("services", self._service),
            ("failures", self._failure),
            ("ecsServiceRecommendations", self._recommendation),
            ("ScalableTargets", self._scaling.target),
            ("ScalingPolicies", self._scaling.policy),
        ):
            self._all(take, name, key, answer)
        if answer.get("complete") is True:
            self._scaling.complete(name, answer)

    def measures(self, name: str, answer: Mapping[str, Any]) -> None:
        """Read the measurements of a response."""
        self._all(self._metric_data, name, "MetricDataResults", answer)
        if "Datapoints" in answer:
            self._guard(self._metric_statistics, name, "Datapoints", answer)

    def _all(self, take: Callable[[str, Any], None], name: str, key: str, answer: Mapping[str, Any]) -> None:
        items = answer.get(key)
        for item in items if isinstance(items, list) else ():
            self._guard(take, name, key, item)

    def _guard(self, take: Callable[[str, Any], None], name: str, key: str, item: Any) -> None:
        """Read an entry that may be malformed, without losing other entries."""
        try:
            take(name, item)
        except ValueError as error:
            self._answers.failures.append(f"{name}: {error}")
        except (LookupError, TypeError, AttributeError, OverflowError) as error:
            why = f": {error} is missing" if isinstance(error, KeyError) else ""
            self._answers.failures.append(f"{name}: something in `{key}` is not as AWS answers{why}")

    def _service(self, _name: str, item: Mapping[str, Any]) -> None:
        self._answers.services.append(running_service(item))

    def _failure(self, name: str, item: Mapping[str, Any]) -> None:
        self._answers.failures.append(_failure(name, item))

    def _recommendation(self, _name: str, item: Mapping[str, Any]) -> None:
        key = service_name(item["serviceArn"], "")
        self._answers.uses[key] = optimizer.use_of(item)
        self._answers.optimizer[key] = optimizer.recommended(item)

    def _metric_data(self, name: str, item: Mapping[str, Any]) -> None:
        self._series += [(name, series) for series in metric_data(item)]

    def _metric_statistics(self, name: str, answer: Mapping[str, Any]) -> None:
        self._series += [(name, series) for series in metric_statistics(name, answer)]

    def index(self) -> None:
        """Index the services. If there are several responses for a service, the last one counts."""
        services = {service.key: service for service in self._answers.services}
        self._answers.services.clear()
        for key in sorted(services):
            service, bounds = self._scaling.joined(services[key])
            self._answers.services.append(service)
            if bounds is not None:
                self._answers.scaling[key] = bounds
            self._by_name.setdefault((key.cluster, key.name), []).append(key)

    def join(self) -> None:
        """Assign measurements to services; CloudWatch's are preferred to Compute Optimizer's."""
        measured: dict[ServiceName, list[Series]] = {}
        unclear: dict[str, None] = {}
        for name, series in self._series:
            keys = self._by_name.get((series.cluster, series.service), [])
            if place := place_of(name):
                keys = [key for key in keys if (key.account, key.region) == place]
            if len(keys) == 1:
                measured.setdefault(keys[0], []).append(series)
            elif len(keys) > 1:
                where = " and ".join(f"{key.account}/{key.region}" for key in sorted(keys))
                unclear[
                    f"{name}: {series.cluster}/{series.service} is in {where}; save it below the folders of one"
                ] = None
        self._answers.failures += unclear
        for key, found in measured.items():
            use = use_of(found)
            if use is not None:
                self._answers.uses[key], self._answers.trends[key] = use
        self._series.clear()


def _answers(value: Any) -> Iterator[Mapping[str, Any]]:
    """The answers in a file: one, or a list of them, as `jq -s` makes it."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            yield each
        elif isinstance(each, list):
            waiting += reversed(each)


def _failure(name: str, item: Mapping[str, Any]) -> str:
    """An entry of `failures` in ECS's format: what (`arn`), why (`reason`), and details (`detail`)."""
    place = place_of(name)
    where = "/".join(place) + ": " if place else ""
    words = " ".join(str(item[key]) for key in ("reason", "detail") if item.get(key))
    return f"{where}{item.get('arn', name)}: {words}"
