"""Drafts a profile from existing definitions: their apparent roles, declared capacities and sizes."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from taskfit.definition import Unknown, known
from taskfit.dimensions import DIMENSIONS, UNITS, Dimension, Size
from taskfit.escaping import RUNNER_COMMAND
from taskfit.phrases import counted
from taskfit.record import NamedTuple
from taskfit.sizing.capacity import Capacity, capacity_of, declares
from taskfit.sizing.role import service_container
from taskfit.sizing.runtimes import Runtime, Runtimes
from taskfit.sizing.source import Factor, Factors

if TYPE_CHECKING:
    from taskfit.checks.context import Case
    from taskfit.definition import Container
    from taskfit.sizing.expectation import Fit
    from taskfit.sizing.source import Source

COUNTING = re.compile(
    r"(?:MAX_[A-Z0-9_]+|[A-Z0-9_]*(?:CONCURRENCY|WORKERS|THREADS|POOL_SIZE|PROCESSES|CONSUMERS|SLOTS))"
)
"""Names of variables that may declare a user-defined capacity."""

TARGETS: dict[Dimension, float] = {"cpu": 0.7, "memory": 0.8}
"""The shares of a size in use at full load: the targets of a profile that sets none."""

MAX_SHOWN = 12
"""The most definitions that a comment names."""


class Seen(NamedTuple):
    """The facts of a definition that matter to a profile."""

    case: Case
    service: Container | None
    runtime: Runtime | None
    """How it declares its capacity; `None` if nothing was recognised."""
    capacity: Capacity | None

    @property
    def title(self) -> str:
        """The family, or the name that the file gives it."""
        return self.case.task.name or self.case.path or "a definition"

    @property
    def repository(self) -> str | None:
        """The image without registry and tag, if known."""
        path = self.service.image_path if self.service is not None else ()
        return "/".join(part for part in path if not re.search(r"[.:${<%]", part)) or None


def start_profile(name: str, cases: Iterable[Case]) -> str:
    """The text of a profile for the definitions, with comments on what the team must decide.

    The numbers are guesses from the present sizes of the definitions, and are marked as such.
    """
    table = _runtimes()
    seen = [_seen(case, table) for case in cases]
    groups: dict[str, list[Seen]] = {}
    for each in seen:
        if each.runtime is not None:
            groups.setdefault(_role_name(each.runtime, groups), []).append(each)
    lines = [*_head(name, seen), *_roles(groups, seen), *_others(each for each in seen if each.runtime is None)]
    sidecars = [*_sidecars(seen)]
    case = _case(_text(lines), groups, seen[0].case.policy.fargate.smallest, with_sidecars=bool(sidecars))
    return _text((*lines, *sidecars, *_tail(case)))


def _text(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n".replace(" \n", "\n") for line in lines)


def _role_name(runtime: Runtime, groups: Mapping[str, Sequence[Seen]]) -> str:
    """The runtime's name, with its variable if another runtime of that name counts something else."""
    taken = groups.get(runtime.name, ())
    title = runtime.capacity[0].title
    is_same = all(each.runtime is not None and each.runtime.capacity[0].title == title for each in taken)
    return runtime.name if is_same else f"{runtime.name}-{_slug(title)}"


def _runtimes() -> tuple[Runtime, ...]:
    from taskfit.config import validation
    from taskfit.paths import data_folder

    return validation.load(Runtimes, data_folder("rules") / "runtimes.yaml").runtimes


def _seen(case: Case, table: Sequence[Runtime]) -> Seen:
    for runtime in table:
        service = service_container(case, runtime.factors)
        if service is not None and declares(service, Factors(runtime.factors[:1]), case.task):
            return Seen(case, service, runtime, capacity_of(runtime.factors, service, case.task))
    service = service_container(case, Factors())
    for variable, value in service.environment.items() if service is not None else ():
        if COUNTING.fullmatch(variable) and service is not None and re.fullmatch(r"[1-9][0-9]{0,8}", str(known(value))):
            factors = (Factor(variable=variable),)
            image = (service.image_path or ("",))[-1]
            own = Runtime(name=image or _slug(variable), source="", unit=_words(variable), capacity=factors)
            return Seen(case, service, own, capacity_of(factors, service, case.task))
    return Seen(case, service, None, None)


def _slug(variable: str) -> str:
    return variable.lower().replace("_", "-")


def _words(variable: str) -> str:
    return variable.lower().removeprefix("max_").replace("_", " ")


def _head(name: str, seen: Sequence[Seen]) -> Iterator[str]:
    known_roles = sum(each.runtime is not None for each in seen)
    yield f"# Started from {counted(len(seen), 'task definition')}; capacities recognised: {known_roles}."
    yield "# The amounts are guesses from today's sizes. Replace them by what you measured; `taskfit profile fit` helps."
    yield "# `taskfit profile FILE` explains the profile, `taskfit profile test FILE` runs its cases."
    yield f"name: {_scalar(name)}"


def _roles(groups: dict[str, list[Seen]], seen: Sequence[Seen]) -> Iterator[str]:
    if not groups:
        yield "# No capacity was recognised. A role with a fixed size, as a start:"
        yield "roles:"
        yield "  service:"
        yield "    match: {family: CHANGE-ME}  # the definitions that it applies to"
        yield "    cpu: [{label: all of it, amount: 256}]"
        yield "    memory: [{label: all of it, amount: 512}]"
        return
    yield "roles:"
    for name, group in sorted(groups.items(), key=lambda item: -len(item[1])):
        others = [each for each in seen if each not in group]
        yield from _role(name, group, others)


def _role(name: str, group: Sequence[Seen], others: Sequence[Seen]) -> Iterator[str]:
    runtime = group[0].runtime
    if runtime is None:
        return
    yield f"  # {counted(len(group), 'definition')}:"
    yield from _listed(group, "  #   ")
    yield f"  {_scalar(name)}:"
    yield f"    unit: {_scalar(runtime.unit)}"
    yield from _match(group, others)
    if runtime.source:
        yield f"    # {runtime.source}"
    yield "    capacity:"
    yield from (f"      - {_flow(_factor(factor))}" for factor in runtime.capacity)
    for dimension in DIMENSIONS:
        yield from _terms(runtime, dimension, group)


def _match(group: Sequence[Seen], others: Sequence[Seen]) -> Iterator[str]:
    """The match of a role: by image if no other definition runs it, otherwise by family."""
    images = list(dict.fromkeys(each.repository for each in group if each.repository))
    foreign = {each.repository for each in others}
    families = list(dict.fromkeys(f for each in group if (f := known(each.case.task.family))))
    if images and not foreign.intersection(images):
        yield f"    match: {_flow({'image': images})}  # a pattern such as acme/* may be shorter"
    elif families:
        yield "    # Other definitions run the same images, so the families distinguish them."
        yield f"    match: {_flow({'family': families})}  # a pattern such as *-worker may be shorter"
    else:
        yield "    # Neither images nor families are known; specify the definitions that it applies to."
        yield "    match: {tag: {role: CHANGE-ME}}"


def _terms(runtime: Runtime, dimension: Dimension, group: Sequence[Seen]) -> Iterator[str]:
    if runtime.share is not None and dimension == "memory":
        yield f"    memory:  # the {runtime.unit.removeprefix('MiB of ')} as a share of the task's memory"
        factor = runtime.capacity[0].key
        yield f"      - {_flow({'label': runtime.unit, 'of': factor, 'share': runtime.share})}"
        return
    if runtime.share is not None:
        yield "    # No cpu: it can't be derived from the size of a heap."
        return
    rates = [rate for each in group if (rate := _rate(each, dimension)) is not None]
    usual = median(rates) if rates else 128.0
    units = next((units for units in (1, 100) if usual * units >= 10), 1000)
    ends = dict.fromkeys(_number(end) for end in (min(rates), max(rates))) if rates else ()
    why = f"{' to '.join(ends)} each today" if rates else "no size with a known capacity; only an example"
    counted = {"of": runtime.capacity[0].key} if len(runtime.capacity) > 1 else {}
    term = {
        "label": "to be split into a fixed and a per-unit amount",
        "amount": max(1, round(usual * units)),
        "per": units,
    }
    yield f"    {dimension}:  # {UNITS[dimension]}; {why}, at {TARGETS[dimension]:.0%} in use"
    yield f"      - {_flow({**term, **counted})}"


def _number(amount: float) -> str:
    return f"{amount:.0f}" if amount >= 100 else f"{amount:.3g}"


def _rate(each: Seen, dimension: Dimension) -> float | None:
    """The task's size for each unit of its first factor at full load, without the reservations of other containers."""
    have = each.case.known_cpu if dimension == "cpu" else each.case.known_memory
    number = each.capacity.factors[0].number if each.capacity else None
    if not have or not number:
        return None
    others = [item for item in each.case.task.containers if each.service is None or item.index != each.service.index]
    amounts = [known(item.cpu if dimension == "cpu" else item.reserved_memory) or 0 for item in others]
    return max(have * TARGETS[dimension] - sum(amounts), 0) / number


def _listed(group: Sequence[Seen], indent: str) -> Iterator[str]:
    lines = Counter(_line(each) for each in group)
    for line, number in [*lines.items()][:MAX_SHOWN]:
        yield f"{indent}{line}{f' ({number} times)' if number > 1 else ''}"
    if len(lines) > MAX_SHOWN:
        yield f"{indent}and {len(lines) - MAX_SHOWN} more"


def _line(each: Seen) -> str:
    """A definition with its size and the capacity it declares."""
    cpu, memory = each.case.known_cpu, each.case.known_memory
    size = f"{cpu or 'no cpu'} / {memory or 'no memory'}"
    if isinstance(each.case.cpu, Unknown) or isinstance(each.case.memory, Unknown):
        size = "size unknown"
    load = "; ".join(map(str, each.capacity.factors)) if each.capacity else ""
    return _comment(f"{each.title}: {size}{f', {load}' if load else ''}")


def _others(group: Iterable[Seen]) -> Iterator[str]:
    found = list(group)
    if found:
        who = "1 declares" if len(found) == 1 else f"{len(found)} declare"
        yield f"# {who} no capacity that was recognised. Which setting of theirs limits the load of one task?"
        yield from _listed(found, "#   ")
        yield "# A role without `capacity` has a fixed size:"
        yield "#   cron: {match: {family: '*-cron'}, cpu: [{label: all, amount: 200}], memory: [{label: all, amount: 400}]}"


def _sidecars(seen: Sequence[Seen]) -> Iterator[str]:
    """The sidecars that at least half of the definitions have, as candidates for required ones."""
    counts = Counter(kind for each in seen for kind in set(each.case.sidecars.values()))
    usual = [(kind, number) for kind, number in counts.most_common() if number * 2 >= len(seen)]
    if not usual:
        return
    yield "# Sidecars that most definitions have. Uncomment to require them; `roles` and `match` restrict it."
    yield "# sidecars:"
    for kind, number in usual:
        cpu, memory = (_usual_amount(seen, kind, dimension) for dimension in DIMENSIONS)
        yield f"#   {kind}: {{cpu: {cpu}, memory: {memory}, essential: false}}  # in {number} of {len(seen)}"


def _usual_amount(seen: Sequence[Seen], kind: str, dimension: Dimension) -> int:
    containers = [
        item for each in seen for item in each.case.task.containers if each.case.sidecars.get(item.index) == kind
    ]
    amounts = [known(item.cpu if dimension == "cpu" else item.reserved_memory) or 0 for item in containers]
    return round(median(amounts)) if amounts else 0


def _case(text: str, groups: Mapping[str, Sequence[Seen]], fit: Fit, *, with_sidecars: bool) -> dict[str, Any]:
    """A worked case of a profile's first role, with what that profile gives for it.

    It requires no sidecars, so that it holds whether or not those in comments are uncommented.
    """
    from taskfit.config import validation
    from taskfit.sizing.expectation import expect
    from taskfit.sizing.profile import Profile
    from taskfit.syntax import yaml_text
    from taskfit.syntax.text import SourceText

    source = SourceText(text)
    profile = validation.validate(Profile, yaml_text.parse_all(text)[0], source, Path("profile"))
    name, role = next(iter(profile.roles.items()))
    loads = (each.capacity.load for each in groups.get(name, ()) if each.capacity)
    load = next(filter(None, loads), role.any_load(4))
    floor = expect(name, role, profile, load, fit, reserved=Size(), assumed=Size()).floor
    return {
        "name": "a load that we tested",
        "role": name,
        **({"capacity": load if len(load) > 1 else next(iter(load.values()))} if load else {}),
        **({"sidecars": False} if with_sidecars else {}),
        "floor": {dimension: getattr(floor, dimension) for dimension in DIMENSIONS if role.needs(dimension)},
    }


def _tail(case: Mapping[str, Any]) -> Iterator[str]:
    yield "# Cases test the profile: which sizes do you expect for a load that you know? This one has today's guesses."
    yield "# cases:"
    yield f"#   - {_flow(case)}"


def _factor(factor: Factor) -> dict[str, Any]:
    own = _source(factor) if not factor.any else {"any": [_source(source) for source in factor.any]}
    name = {"name": factor.name} if factor.name else {}
    return {**name, **own, **({} if factor.default is None else {"default": factor.default})}


def _source(source: Source) -> dict[str, Any]:
    values: dict[str, Any] = {"variable": source.variable, "option": source.option, "program": source.program}
    values |= {"service": source.service, "after": source.after, "unit": source.unit}
    plain = {key: list(value) if isinstance(value, tuple) else value for key, value in values.items() if value}
    return {key: value[0] if isinstance(value, list) and len(value) == 1 else value for key, value in plain.items()}


def _flow(value: Any) -> str:
    """A value in YAML's flow style, quoted only where needed."""
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{_scalar(key)}: {_flow(item)}' for key, item in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_flow, value))}]"
    if isinstance(value, bool):
        return str(value).lower()
    return _scalar(value) if isinstance(value, str) else f"{value:g}" if isinstance(value, float) else str(value)


def _scalar(text: str) -> str:
    """A plain scalar if it reads as the same string, otherwise a quoted one."""
    is_plain = re.fullmatch(r"[A-Za-z][A-Za-z0-9_./ -]*[A-Za-z0-9]|-{1,2}[A-Za-z][A-Za-z0-9_-]*", text)
    words = ("true", "false", "yes", "no", "on", "off", "null", "none")
    return (
        text
        if is_plain and text.lower() not in words
        else RUNNER_COMMAND.sub(r"#\\u0023", json.dumps(_encodable(text)))
    )


def _comment(text: str) -> str:
    """A text from a file as one comment line."""
    plain = "".join(character if character.isprintable() else " " for character in text[:120])
    return RUNNER_COMMAND.sub("# #", plain)


def _encodable(text: str) -> str:
    """A text without lone surrogates, which YAML does not allow, even escaped."""
    return text.encode("utf-8", "replace").decode("utf-8")
