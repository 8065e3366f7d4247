"""Whether a definition has fields that RegisterTaskDefinition does not have, and which ones were meant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from taskfit import task_schema
from taskfit.checks.proposals import proposal
from taskfit.definition import Dialect, Misspelling, split_pointer
from taskfit.finding import Change, Problem, Proposal, Severity
from taskfit.phrases import listed, nearest
from taskfit.policy import validator
from taskfit.record import NamedTuple

if TYPE_CHECKING:
    from taskfit.checks.context import Case
    from taskfit.policy.validator import Violation

ALIASES = {
    "memorylimitmib": "memory",
    "memorylimit": "memory",
    "memoryreservationmib": "memoryReservation",
    "cpus": "cpu",
    "env": "environment",
    "environmentvariables": "environment",
    "ports": "portMappings",
    "portbindings": "portMappings",
    "logging": "logConfiguration",
    "taskrole": "taskRoleArn",
    "executionrole": "executionRoleArn",
    "containers": "containerDefinitions",
    "launchtype": "requiresCompatibilities",
    "compatibility": "requiresCompatibilities",
    "labels": "dockerLabels",
}
"""Names from Docker Compose, the CDK, Copilot and older tools, with the API's names."""

SERVICE_FIELDS = frozenset({"serviceConnectConfiguration", "desiredCount", "loadBalancers", "networkConfiguration"})
"""Fields of a service that people look for in the task definition."""

REMOVE = "Remove it."
"""The help for a field that resembles no other."""

MISTAKEN = {"Secret": {"value": "valueFrom"}}
"""Frequent wrong names of required fields, by structure."""


class _UnknownField(NamedTuple):
    """A field that AWS does not have, and its place."""

    name: str
    violation: Violation

    @property
    def owner(self) -> str:
        """The structure of the API that it is in."""
        return str(self.violation.schema["title"])

    @property
    def meant(self) -> str | None:
        """The API's field that differs only in case, hyphens and underscores."""
        return _folded_in(self.name, self.violation.schema["properties"])

    @property
    def pointer(self) -> str:
        return validator.pointer((*self.violation.path, self.name))

    @property
    def is_argument(self) -> bool:
        """Whether it is outside of the container definitions."""
        return self.violation.path[:1] != ("containerDefinitions",)


def unknown_field(case: Case) -> Iterator[Problem]:
    """FIT003: fields that RegisterTaskDefinition does not have; the same one in several containers once.

    Several fields in another spelling, such as snake case, are also one finding.
    """
    if not case.violations and not case.task.misspelled:
        return
    instead = {(path, wrong) for path, names in misnamed(case).items() for wrong in names.values()}
    found = [each for each in _unknown_fields(case) if (each.violation.path, each.name) not in instead]
    together = _respelled(found)
    for same in together:
        yield _in_another_spelling(case, same)
    grouped = {each.pointer for same in together for each in same}
    in_containers: dict[str, list[_UnknownField]] = {}
    for field in found:
        if field.pointer in grouped:
            continue
        if field.owner == "ContainerDefinition":
            in_containers.setdefault(field.name, []).append(field)
        else:
            yield _unknown(case, [field])
    for same in in_containers.values():
        yield _unknown(case, same)
    reported = {field.pointer for field in found}
    wrong = {at: name for at, name in case.task.misspelled.items() if at not in reported}
    if wrong:
        yield _wrong_case(wrong)


def misnamed(case: Case) -> dict[validator.Path, dict[str, str]]:
    """By the path of an object, its missing required fields with the unknown fields written instead."""
    unknown_fields: dict[validator.Path, list[_UnknownField]] = {}
    for field in _unknown_fields(case):
        unknown_fields.setdefault(field.violation.path, []).append(field)
    found: dict[validator.Path, dict[str, str]] = {}
    for violation in case.violations:
        if violation.keyword == "required":
            missing = missing_field(violation)
            for field in unknown_fields.get(violation.path, ()):
                meant = MISTAKEN.get(field.owner, {}).get(field.name)
                if meant == missing or folded(field.name) == folded(missing):
                    found.setdefault(violation.path, {})[missing] = field.name
    return found


def missing_field(violation: Violation) -> str:
    """The missing field of a violation of `required`."""
    names: list[str] = violation.argument
    return next(name for name in names if violation.message.startswith(repr(name)))


def renaming(path: validator.Path, name: str, right: str, dialect: Dialect) -> Proposal | None:
    """Rename a field to AWS's name; this is unsafe if the field was ignored so far."""
    change = Change("rename", validator.pointer((*path, name)), right)
    return proposal("unsafe" if dialect.drops_unknown_fields else "safe", change)


@lru_cache(maxsize=2048)
def folded(name: str) -> str:
    """A name in lower case, without hyphens and underscores."""
    return name.replace("_", "").replace("-", "").lower()


def _unknown_fields(case: Case) -> Iterator[_UnknownField]:
    for violation in case.violations:
        if violation.keyword == "additionalProperties":
            fields = violation.schema["properties"]
            for name in violation.value:
                if name not in fields:
                    yield _UnknownField(name, violation)


def _unknown(case: Case, same: list[_UnknownField]) -> Problem:
    """The problem that a field is unknown, in one structure or in several containers."""
    (name, violation), *others = same
    owner, fields, dialect = same[0].owner, violation.schema["properties"], case.task.dialect
    meant = same[0].meant
    fix = None
    if meant and meant not in violation.value and not others:
        fix = renaming(violation.path, name, meant, dialect)
    is_argument = same[0].is_argument
    hint = next(_suggestions(same[0], fields, dialect))
    consequence, severity = dialect.unknown_field, None
    if is_argument and dialect.unknown_argument:
        consequence = dialect.unknown_argument
        severity = Severity.NOTE if hint == REMOVE else Severity.ERROR  # as below
    elif dialect.refuses_misspelled_fields and hint != REMOVE:
        severity = Severity.ERROR  # a field that resembles none of this schema may be a newer one
    elif dialect.drops_unknown_fields and not is_argument and _repeats_the_task(case, same):
        consequence, severity = f"{consequence}, and the task itself has the same value", Severity.NOTE
    return Problem(
        same[0].pointer,
        f"AWS has no field `{dialect.spelled(name, is_argument=is_argument)}` in {_place_of(owner, violation.path)}; "
        f"{consequence}.",
        help=hint,
        severity=severity,
        on_key=True,
        on_spelling=True,
        related=tuple((other.pointer, "and here") for other in others),
        proposal=fix,
    )


def _respelled(found: Iterable[_UnknownField]) -> list[list[_UnknownField]]:
    """The fields of each structure that differ from AWS's only in case, hyphens and underscores, if there are several."""
    structures: dict[str, list[_UnknownField]] = {}
    for field in found:
        if field.meant is not None:
            structures.setdefault(field.owner, []).append(field)
    return [same for same in structures.values() if len({each.name for each in same}) > 1]


def _in_another_spelling(case: Case, same: list[_UnknownField]) -> Problem:
    """The problem that fields have another spelling than AWS's."""
    first, dialect = same[0], case.task.dialect
    names = {each.name: str(each.meant) for each in same}
    renamings = [renaming(each.violation.path, each.name, str(each.meant), dialect) for each in same]
    changes = [change for each in renamings if each for change in each.changes]
    is_clear = all(each.meant not in each.violation.value for each in same)
    consequence = dialect.unknown_field
    if consequence.endswith(" it"):
        consequence = f"{consequence.removesuffix('it')}them"
    return Problem(
        first.pointer,
        f"AWS has no fields {_listed(map(dialect.spelled, names))} in {_place_of(first.owner, first.violation.path)}; "
        f"{consequence}.",
        help=f"Did you mean {_listed(map(dialect.spelled, names.values()))}?",
        severity=Severity.ERROR if dialect.refuses_misspelled_fields else None,
        on_key=True,
        on_spelling=True,
        subject="spelling",
        proposal=proposal("unsafe" if dialect.drops_unknown_fields else "safe", *changes) if is_clear else None,
    )


def _listed(names: Iterable[str]) -> str:
    """Names with commas between them."""
    return listed([f"`{name}`" for name in names], "and")


def _repeats_the_task(case: Case, same: list[_UnknownField]) -> bool:
    values = [field.violation.value[field.name] for field in same]
    own = next((value for name, value in case.task.data.items() if folded(name) == folded(same[0].name)), None)
    return all(own == value for value in values)


def _wrong_case(wrong: Mapping[str, Misspelling]) -> Problem:
    """The problem that properties of a definition are in the wrong case for CloudFormation."""
    first, *others = wrong
    written = dict.fromkeys(name.written for name in wrong.values())
    rights = dict.fromkeys(name.right for name in wrong.values())
    return Problem(
        first,
        f"CloudFormation's names are case-sensitive: it has no {_listed(written)}, and answers: "
        f"extraneous key [{wrong[first].written}] is not permitted.",
        help=f"Did you mean {_listed(rights)}?",
        severity=Severity.ERROR,
        on_key=True,
        on_spelling=True,
        related=tuple((other, "and here") for other in others) if len(written) == 1 else (),
        proposal=proposal("safe", *(Change("rename", at, split_pointer(at)[-1]) for at in wrong)),
    )


def _suggestions(field: _UnknownField, fields: Mapping[str, Any], dialect: Dialect) -> Iterator[str]:
    """Suggestions of what was meant, or where the field belongs; the likeliest first."""
    name, owner = field.name, field.owner

    def spelled(meant: str) -> str:
        return dialect.spelled(meant, is_argument=field.is_argument)

    if same := _folded_in(name, fields):
        yield f"Did you mean `{spelled(same)}`?"
    if owner == "KeyValuePair" and name == "valueFrom":
        yield "A value from Secrets Manager or Parameter Store belongs in `secrets`, not in `environment`."
    near = nearest(name, fields, cutoff=0.7)
    key = "key" if owner == "Tag" else "name"
    is_entry = owner in ("KeyValuePair", "Tag") and not name.lower().startswith(("name", "value", "key"))
    if is_entry and not (near and key in field.violation.value):
        yield f'Each entry is a separate object: {{"{key}": "{name}", "value": ...}}.'
    if place := _only_places().get(name):
        yield f"`{name}` belongs in {place}."
    if (alias := ALIASES.get(folded(name), "")) in fields:
        yield f"Did you mean `{spelled(alias)}`?"
    if near:
        yield f"Did you mean `{spelled(near)}`?"
    if name in SERVICE_FIELDS:
        yield f"`{name}` belongs to the service, not to the task definition."
    yield REMOVE


@cache
def _only_places() -> dict[str, str]:
    """The only place where a field of the task or of a container belongs, by its name."""
    document = task_schema.document()
    task, container = document["properties"], document["$defs"]["ContainerDefinition"]["properties"]
    described = {name for name, schema in task.items() if schema is True}
    places = {name: "the task, beside `containerDefinitions`" for name in task if name not in described}
    return places | {name: "a container definition" for name in container if name not in ("cpu", "memory", "name")}


def _place_of(shape: str, path: validator.Path) -> str:
    """The name of a structure of the API for a reader."""
    names = {
        "Amazon ECS task definition": "a task definition",
        "ContainerDefinition": "a container definition",
        "KeyValuePair": "an environment entry",
    }
    field = next((step for step in reversed(path) if isinstance(step, str)), "")
    return names.get(shape) or (f"an entry of `{field}`" if path and path[-1] != field else f"`{field}`")


def _folded_in(name: str, fields: Mapping[str, Any]) -> str | None:
    """The field that differs from the name only in case, hyphens and underscores."""
    return next((field for field in fields if folded(field) == folded(name)), None)
