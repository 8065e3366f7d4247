"""The bundled data: the rules, profiles and tables of `rules/`, and the schemas of `schemas/`.

Reading a hundred YAML files at every start would cost more than the check itself. So they are compiled, like Python's
`.pyc` files, to one module of constructor calls, `_bundled.py`. Wheels contain it; a checkout rewrites it whenever a file
of `rules/`, or the code of a model, has changed.
"""

from __future__ import annotations

import sys
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from taskfit.paths import data_folder

if TYPE_CHECKING:
    from taskfit.policy.rule import Rule
    from taskfit.policy.rule_file import RuleFile
    from taskfit.sizing.aws import AwsTables
    from taskfit.sizing.fargate import FargateTable
    from taskfit.sizing.instances import InstanceType
    from taskfit.sizing.prices import PriceList
    from taskfit.sizing.profile import Profile
    from taskfit.sizing.runtimes import Runtime
    from taskfit.sizing.sidecars import Sidecars

DEFAULT_PROFILE = "mistersmith"
"""The profile of a run that names no other."""

_PACKAGE = Path(__file__).parent.parent
_COMPILED = _PACKAGE / "_bundled.py"
_MODELS = (
    "sizing/aws.py",
    "policy/rule.py",
    "policy/rule_file.py",
    "sizing/runtimes.py",
    "sizing/sidecars.py",
    "sizing/fargate.py",
    "sizing/prices.py",
    "sizing/match.py",
    "sizing/source.py",
    "sizing/demand.py",
    "sizing/required.py",
    "sizing/worked_case.py",
    "sizing/profile.py",
    "sizing/variant.py",
    "policy/bundled.py",
    "policy/rendering.py",
)


def rules() -> tuple[Rule, ...]:
    """The built-in rules, by code."""
    rules: tuple[Rule, ...] = _load("RULES")
    return rules


def pages(prefix: str = "") -> tuple[RuleFile, ...]:
    """The contents of the built-in rule files, by code; only codes that start with `prefix`.

    Raises `validation.InvalidFile`.
    """
    from taskfit.config import validation
    from taskfit.policy.rule_file import RuleFile

    paths = sorted(data_folder("rules").glob(f"*/{prefix or 'FIT'}*.yaml"), key=lambda path: path.name)
    return tuple(validation.load(RuleFile, path) for path in paths)


def profiles() -> dict[str, Profile]:
    """The built-in sizing profiles by name."""
    profiles: dict[str, Profile] = _load("PROFILES")
    return profiles


def fargate() -> FargateTable:
    """The table of Fargate sizes."""
    table: FargateTable = _load("FARGATE")
    return table


def prices() -> PriceList:
    """The list of Fargate prices."""
    prices: PriceList = _load("PRICES")
    return prices


def sidecars() -> Sidecars:
    """The known kinds of sidecars."""
    sidecars: Sidecars = _load("SIDECARS")
    return sidecars


def runtimes() -> tuple[Runtime, ...]:
    """How common runtimes declare their capacity."""
    found: tuple[Runtime, ...] = _load("RUNTIMES")
    return found


def aws() -> AwsTables:
    """AWS's documented fields, limits and retired features."""
    tables: AwsTables = _load("AWS")
    return tables


@cache
def instances() -> dict[str, InstanceType]:
    """The sizes of EC2's instance types, by type; read lazily, since few definitions come with instances."""
    from taskfit.sizing.instances import parse

    return parse((data_folder("rules") / "instances.csv").read_text(encoding="utf-8"))


def compile_source() -> str:
    """The text of `_bundled.py`; deterministic, so that two wheels of one commit are identical.

    Raises `validation.InvalidFile` for a file of `rules/` that does not fit its model.
    """
    from taskfit.config import validation
    from taskfit.policy.rendering import module
    from taskfit.sizing.aws import AwsTables, Limits, Platforms, RetiredParts, ServiceFacts
    from taskfit.sizing.fargate import FargateTable
    from taskfit.sizing.prices import PriceList
    from taskfit.sizing.profile import Profile
    from taskfit.sizing.runtimes import Runtimes
    from taskfit.sizing.sidecars import Sidecars

    data = data_folder("rules")
    profiles = {path.stem: validation.load(Profile, path) for path in sorted(data.glob("profiles/*.yaml"))}
    parts: dict[str, object] = {
        "RULES": tuple(page.rule() for page in pages()),
        "PROFILES": profiles,
        "FARGATE": validation.load(FargateTable, data / "fargate.yaml"),
        "PRICES": validation.load(PriceList, data / "prices.yaml"),
        "SIDECARS": validation.load(Sidecars, data / "sidecars.yaml"),
        "RUNTIMES": validation.load(Runtimes, data / "runtimes.yaml").runtimes,
        "AWS": AwsTables(
            platforms=validation.load(Platforms, data / "unsupported-fields.yaml").platforms,
            limits=validation.load(Limits, data / "limits.yaml"),
            retired=validation.load(RetiredParts, data / "retired.yaml").parts,
            services=validation.load(ServiceFacts, data / "services.yaml"),
        ),
    }
    return module(parts)


@cache
def _load(name: str) -> Any:
    return _compiled()[name]()


@cache
def _compiled() -> dict[str, Any]:
    try:
        stored = vars(import_module("taskfit._bundled"))
        if data_folder("rules").parent == _PACKAGE or _state() == stored["STATE"]:
            return stored
    except Exception:  # noqa: BLE001, S110 - a stale file is replaced by a new one
        pass
    source = compile_source()
    _store(f"{source}\nSTATE = {_state()!r}\n")
    sys.modules.pop("taskfit._bundled", None)
    namespace: dict[str, Any] = {}
    exec(compile(source, str(_COMPILED), "exec"), namespace)  # noqa: S102 - the source was rendered a line above
    return namespace


def _store(source: str) -> None:
    """Replace the compiled file atomically; if the folder is not writable, every start compiles."""
    import os
    import tempfile

    try:
        handle, temporary = tempfile.mkstemp(dir=_PACKAGE, suffix=".tmp")
    except OSError:
        return
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(source)
        os.replace(temporary, _COMPILED)
    except OSError:
        os.unlink(temporary)


def _state() -> tuple[tuple[str, int, int], ...]:
    """Name, size and time of every file that the compiled module depends on."""
    data = data_folder("rules")
    paths = sorted(data.rglob("*.yaml")) + [_PACKAGE / name for name in _MODELS]
    states = ((path, path.stat()) for path in paths)
    return tuple((path.name, state.st_size, state.st_mtime_ns) for path, state in states)
