"""Whether references between parts of a definition can be resolved."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from taskfit.checks.proposals import proposal
from taskfit.definition import Container, Partial, TaskDefinition, Unknown, complete, known, objects, read, read_as
from taskfit.finding import Change, Problem, Severity
from taskfit.phrases import listed, nearest

if TYPE_CHECKING:
    from taskfit.checks.context import Case


def depends_on(case: Case) -> Iterator[Problem]:
    """FIT405: dependencies that cannot be met."""
    containers = {item.name: item for item in case.task.containers if isinstance(item.name, str)}
    for container in case.task.containers:
        for pointer, entry in _entries(container, "dependsOn"):
            name = entry.get("containerName")
            target = containers.get(name) if isinstance(name, str) else None
            if target is not None:
                yield from _unmet(container, pointer, entry.get("condition"), target)
            elif isinstance(name, str) and _names_are_complete(case.task):
                yield Problem(
                    f"{pointer}/containerName",
                    f'Container {container.title} waits for "{name}", but the task has no container of this name. AWS '
                    f"answers: Cannot depend on container + '{name}' because it does not exist.",
                    help=_did_you_mean(name, "container", containers),
                )
    yield from _cycle(containers)


def links(case: Case) -> Iterator[Problem]:
    """FIT417: links in a cycle, or to a container that does not exist."""
    task = case.task
    if (
        case.on_fargate
        or task.network_mode not in (None, "bridge")
        or isinstance(task.requires_compatibilities, Unknown)
    ):
        return
    containers = {item.name: item for item in task.containers if isinstance(item.name, str)}
    targets = {name: dict(_links(item)) for name, item in containers.items()}
    for name, places in targets.items():
        for target, pointer in places.items():
            if target not in containers and _names_are_complete(task):
                yield Problem(
                    pointer,
                    f'Container {name} links to "{target}", but the task has no container of this name, so it does not '
                    "start. The agent answers: Link target not available.",
                    help=_did_you_mean(target, "container", containers),
                )
    if cycle := _find_cycle(containers, targets):
        yield Problem(
            targets[cycle[0]][cycle[1 % len(cycle)]],
            f"The containers link to each other in a cycle ({' -> '.join((*cycle, cycle[0]))}). AWS answers: Container links "
            "should not have a cycle.",
            help="Remove one of these links.",
        )


def _links(container: Container) -> Iterator[tuple[str, str]]:
    """The names that a container links to, each with its pointer."""
    entries = read(container.data, "links")
    for index, entry in enumerate(entries) if isinstance(entries, list) else ():
        if isinstance(entry, str):
            yield entry.partition(":")[0], f"{container.pointer}/links/{index}"


def no_essential_container(case: Case) -> Iterator[Problem]:
    """FIT406: every container is marked as not essential."""
    task = case.task
    if task.containers and task.containers_are_complete and all(item.essential is False for item in task.containers):
        yield Problem(
            "/containerDefinitions",
            "No container is essential. AWS answers: Task definition doesn't have any essential container.",
            help='Set "essential" to true on the container that does the work; true is the default.',
            proposal=proposal("safe", Change("replace", f"{task.containers[0].pointer}/essential", True))
            if len(task.containers) == 1
            else None,
        )


def duplicate_name(case: Case) -> Iterator[Problem]:
    """FIT407: containers, variables or port mappings of the same name."""
    task = case.task
    for pointer, name, first in _repeated([(item.pointer, item.name) for item in task.containers]):
        yield Problem(
            f"{pointer}/name",
            f'Two containers are called "{name}". AWS answers: Container names must be unique within a task definition.',
            help="Rename one of them.",
            related=((f"{first}/name", "the first one"),),
        )
    for container in task.containers:
        if not container.variables_are_distinct:
            yield from _duplicate_variables(container)
    ports = [
        (f"{container.pointer}/portMappings/{index}", mapping["name"])
        for container in task.containers
        if "portMappings" in container.data
        for index, mapping in objects(container.data, "portMappings")
        if "name" in mapping
    ]
    for pointer, name, first in _repeated(ports):
        yield Problem(
            f"{pointer}/name",
            f'Two port mappings are called "{name}". AWS answers: port mapping name is already used.',
            help="Rename one of them.",
            related=((f"{first}/name", "the first one"),),
        )


def unknown_volume(case: Case) -> Iterator[Problem]:
    """FIT410: mounts of volumes or volumesFrom containers that do not exist; volumes that are not mounted."""
    task = case.task
    entries = objects(task.data, "volumes")
    volumes = [name for _, volume in entries if isinstance(name := volume.get("name"), str)]
    volumes_are_complete = complete(task.data, "volumes") and len(volumes) == len(entries)
    containers = [item.name for item in task.containers if isinstance(item.name, str)]
    mounted: set[object] = set()
    for container in task.containers:
        for pointer, mount in _entries(container, "mountPoints"):
            name = mount.get("sourceVolume")
            mounted.add(name if isinstance(name, str) else None)
            if isinstance(name, str) and name not in volumes and volumes_are_complete:
                yield Problem(
                    f"{pointer}/sourceVolume",
                    f'Container {container.title} mounts the volume "{name}", which the task does not have. AWS answers: '
                    f"Unknown volume '{name}'.",
                    help=_did_you_mean(name, "volume", volumes),
                )
        for pointer, source in _entries(container, "volumesFrom"):
            name = source.get("sourceContainer")
            if isinstance(name, str) and name not in containers and _names_are_complete(task):
                yield Problem(
                    f"{pointer}/sourceContainer",
                    f'Container {container.title} takes the volumes of "{name}", but the task has no container of this '
                    "name.",
                    help=_did_you_mean(name, "container", containers),
                )
    yield from _unmounted(case, mounted)


def _unmounted(case: Case, mounted: set[object]) -> Iterator[Problem]:
    """Volumes configured at launch that no container mounts."""
    lists = [(item.data, "mountPoints") for item in case.task.containers]
    if None in mounted or not case.task.containers_are_complete or not all(complete(*each) for each in lists):
        return
    for index, volume in objects(case.task.data, "volumes"):
        name = volume.get("name")
        if volume.get("configuredAtLaunch") is True and isinstance(name, str) and name not in mounted:
            yield Problem(
                f"/volumes/{index}/name",
                f'The volume "{name}" is configured at launch, but no container mounts it. AWS answers: Volumes [{name}] '
                "are not referenced by any of the containers.",
                help="Mount it, or remove it.",
            )


def _unmet(container: Container, pointer: str, condition: object, target: Container) -> Iterator[Problem]:
    if condition == "HEALTHY" and "healthCheck" not in target.data and not isinstance(target.data, Partial):
        yield Problem(
            f"{pointer}/condition",
            f"Container {container.title} waits until {target.title} is healthy, but {target.title} has no healthCheck, so "
            "it never is. ECS does not read the image's own HEALTHCHECK.",
            help=f"Give {target.title} a healthCheck, or wait for START.",
        )
    if condition in ("SUCCESS", "COMPLETE") and target.essential is True:
        stated = "" if "essential" in target.data else " by default"
        yield Problem(
            f"{pointer}/condition",
            f"Container {container.title} waits until {target.title} has ended, but {target.title} is essential{stated}: "
            "when it ends, the task ends. AWS rejects this.",
            help=f'Set "essential" to false on {target.title}, or wait for START or HEALTHY.',
        )


def _cycle(containers: Mapping[str, Container]) -> Iterator[Problem]:
    targets = {
        name: {
            entry["containerName"]: f"{pointer}/containerName"
            for pointer, entry in reversed(list(_entries(item, "dependsOn")))
            if isinstance(entry.get("containerName"), str)
        }
        for name, item in containers.items()
    }
    if cycle := _find_cycle(containers, targets):
        yield Problem(
            targets[cycle[0]][cycle[1 % len(cycle)]],
            f"The containers wait for each other in a cycle ({' -> '.join((*cycle, cycle[0]))}), so none of them can "
            "start. AWS rejects this.",
            help="Remove one of these dependencies.",
        )


def _find_cycle(containers: Mapping[str, Container], targets: Mapping[str, Iterable[str]]) -> list[str]:
    """Containers that refer to each other in a cycle, the first one in the file first; empty if there is no cycle."""
    from graphlib import CycleError, TopologicalSorter

    edges = {name: [target for target in names if target in containers] for name, names in targets.items()}
    try:
        TopologicalSorter(edges).prepare()
    except CycleError as error:
        # The sorter lists each member before the one that refers to it.
        cycle: list[str] = list(reversed(error.args[1]))[:-1]
        start = min(range(len(cycle)), key=lambda at: containers[cycle[at]].index)
        return cycle[start:] + cycle[:start]
    return []


def _duplicate_variables(container: Container) -> Iterator[Problem]:
    """Names of secrets that AWS rejects as duplicates, and variables that are set twice."""
    variables = list(_entries(container, "environment"))
    secrets = list(_entries(container, "secrets"))
    of_variables = {known(read_as(entry, "name", str)): f"{pointer}/name" for pointer, entry in reversed(variables)}
    for pointer, entry in secrets:
        name = entry.get("name")
        if isinstance(name, str) and name.strip() and name in of_variables:
            yield Problem(
                f"{pointer}/name",
                f"Container {container.title} has {name} both as a secret and as an environment variable. AWS answers: The "
                "secret name must be unique and not shared with any new or existing environment variables set on the "
                "container.",
                help="Remove one of them.",
                related=((of_variables[name], "the variable"),),
            )
    for pointer, name, first in _repeated([(pointer, entry.get("name")) for pointer, entry in secrets]):
        yield Problem(
            f"{pointer}/name",
            f"Container {container.title} has two secrets called {name}. AWS answers: Duplicate secret names found: {name}.",
            help="Remove one of them.",
            related=((f"{first}/name", "the first one"),),
        )
    values = {pointer: entry.get("value") for pointer, entry in variables}
    for pointer, name, first in _repeated([(pointer, entry.get("name")) for pointer, entry in variables]):
        if values[pointer] != values[first] and Unknown not in (type(values[pointer]), type(values[first])):
            yield Problem(
                f"{pointer}/name",
                f"Container {container.title} sets {name} twice; which value it gets is not documented.",
                help="Remove one of them.",
                severity=Severity.WARNING,
                related=((f"{first}/name", "the first one"),),
            )


def _repeated(items: Sequence[tuple[str, Any]]) -> Iterator[tuple[str, str, str]]:
    """Duplicate names: the pointer of the duplicate, the name, and the pointer of the first item with it."""
    first: dict[Hashable, str] = {}
    for pointer, name in items if len(items) > 1 else ():
        if isinstance(name, str) and name.strip():
            if name in first:
                yield pointer, name, first[name]
            first.setdefault(name, pointer)


def _entries(container: Container, key: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for index, entry in objects(container.data, key):
        yield f"{container.pointer}/{key}/{index}", entry


def _names_are_complete(task: TaskDefinition) -> bool:
    """Whether all containers and their names are known."""
    return task.containers_are_complete and all(isinstance(read(item.data, "name"), str) for item in task.containers)


def _did_you_mean(name: str, kind: str, names: Iterable[str]) -> str:
    """The similar name of a container or volume, or what there is."""
    choices = sorted(names)
    if near := nearest(name, choices):
        return f'Did you mean "{near}"?'
    if not choices:
        return f"The task has no {kind}s: define this one, or remove the reference to it."
    return f"The task has the {kind}{'' if len(choices) == 1 else 's'} {listed(choices, 'and')}."
