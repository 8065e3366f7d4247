"""Mutation testing of the core: each operator, comparison and constant changed in turn, and the tests that should notice.

    python scripts/mutants.py [FILE ...]      # files of TARGETS, all of them without any; --most N takes a sample

A mutant is one change of one expression or statement: `+` made `-`, `<` made `<=`, `and` made `or`, a number made one
larger, `min` made `max`, a condition turned around, a `raise` left out, a `return` without its value. It is killed if a test
named for its file fails. Survivors are printed, to be killed by a test or explained in equivalent_mutants.yaml.

The tests are collected once. Each is run in a fork that evaluates every expression of the sizing core with all its mutants,
to see which of them have another value there; no other test can notice a mutant. Each mutant is a fork, too, in which the
changed function takes the place of the old one and those tests run, the likeliest to fail first; a change outside of all
functions takes a fork that imports everything anew. No file is ever changed.
"""

from __future__ import annotations

import argparse
import ast
import builtins
import contextlib
import gc
import importlib
import importlib.machinery
import os
import pickle
import random
import resource
import select
import signal
import sys
import time
from collections import ChainMap, Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any, NamedTuple

import pytest
from hypothesis import Phase, settings
from mutations import COMPARED, REACHED, Mutant, mutants, with_probes
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "linter" / "taskfit"
EQUIVALENT = Path(__file__).parent / "equivalent_mutants.yaml"

_SIZES = ("recommended", "settling", "needs", "observed", "assessment")
_ASSESSED = ("assessment", "capacity_bounds", "capacity", "core_bounds", "core_values", "recommended", "quantity")
_PARTS = ("profile_parts", "sidecars", "requirements", "matching", "variants", "core_bounds")
_MATCHED = ("shares", "decision", "assessment", "matching", "core_bounds", "profiles")
_CHOSEN = (
    "decision",
    "recommended",
    "settling",
    "capacity",
    "capacity_bounds",
    "matching",
    "assessment",
    "requirements",
    "core_bounds",
    "shares",
    "runtimes",
)

TARGETS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("sizing/recommendation.py", "sizing/needs.py"), _SIZES),
    "sizing/facts.py": (*_SIZES, "facts", "requirements"),
    "sizing/observed.py": (*_SIZES, "core_bounds"),
    "sizing/quantity.py": ("quantity", "core_bounds", "core_values"),
    "sizing/prices.py": ("prices", "core_bounds", "core_values"),
    "sizing/fargate.py": ("fargate_sizes", "core_bounds", "core_values"),
    "sizing/requirements.py": ("requirements", "needs", "assessment"),
    "sizing/fleet.py": ("fleet_sums", "fleet"),
    "sizing/aws.py": ("checks_fargate", "aws_tables"),
    **dict.fromkeys((f"sizing/{each}.py" for each in ("assessment", "capacity", "demand", "expectation")), _ASSESSED),
    **dict.fromkeys((f"sizing/{each}.py" for each in ("decision", "command", "role", "runtimes")), _CHOSEN),
    **dict.fromkeys(
        (f"sizing/{each}.py" for each in ("shares", "matching", "patterns", "wording", "instances")), _MATCHED
    ),
    **dict.fromkeys(
        (
            f"sizing/{each}.py"
            for each in ("sidecars", "required", "match", "source", "variant", "narrowing", "profile", "worked_case")
        ),
        _PARTS,
    ),
    "checks/fargate_size.py": ("checks_fargate", "fargate_sizes", "one_size", "core_bounds"),
    "engine/baseline.py": ("core_bounds", "core_values", "adoption", "suppression", "unprivileged", "writing"),
    "engine/fixing.py": ("core_bounds", "fix_proof", "fixing", "fix_command", "editing"),
    "engine/suppression.py": ("suppression", "suppressing", "switched_off"),
    "patterns.py": ("patterns",),
}
"""The files, below the package, and the test modules that should notice: `core_bounds` is `tests/test_core_bounds.py`."""

SLOWEST = 3.0
"""Seconds of tests for one mutant; what would take more is left out, the slowest tests first, but for one."""

MOST_COMPARED = 2000
"""Times that a test evaluates a mutant; whether it is equal where it is evaluated more often is unknown."""

PATIENCE = 3
"""A mutant may take so many times as long as its tests do without it, before it counts as noticed."""

OPTIONS = ("-q", "-n0", "--assert=plain", "--tb=no", "-p", "no:cacheprovider")


class Reach(NamedTuple):
    """What a test took, in seconds of processor time, and the mutants that it may notice, by file and number."""

    seconds: float
    mutants: frozenset[tuple[str, int]]


class Comparison:
    """What the probes tell of one test: the mutants that have another value than the code itself."""

    def __init__(self) -> None:
        self.different: set[tuple[str, int]] = set()
        self.unfinished: Counter[tuple[str, int, int]] = Counter()
        """How often each statement was reached, but gave no value: it raised an error, or has none."""
        self._times: Counter[tuple[str, int]] = Counter()
        self._is_silent = False

    def reached(self, *place: Any) -> None:
        """Before each statement."""
        if not self._is_silent:
            self.unfinished[place] += 1

    def compared(self, name: str, line: int, column: int, value: Any, *others: tuple[int, Callable[[], Any]]) -> Any:
        """The value of a statement, after a look at what it would be with each mutant."""
        if self._is_silent:
            return value
        self.unfinished[name, line, column] -= 1
        self._is_silent = True
        # What has gone through an iterator can't go through it again.
        is_used_up = any(isinstance(each, Iterator) for each in sys._getframe(1).f_locals.values())  # noqa: SLF001
        for number, other in others:
            mutant = (name, number)
            if mutant not in self.different:
                self._times[mutant] += 1
                if is_used_up or self._times[mutant] > MOST_COMPARED or not _is_alike(value, other):
                    self.different.add(mutant)
        self._is_silent = False
        return value


def _is_alike(value: Any, other: Callable[[], Any] | None) -> bool:
    with contextlib.suppress(Exception):
        if other is not None:
            changed = other()
            return type(value) is type(changed) and bool(value == changed)
    return False


class Target:
    """A module to change, and its functions as they live in this process."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.path = str(PACKAGE / name)
        self.source = Path(self.path).read_text(encoding="utf-8")
        self.mutants = mutants(self.source)
        importlib.import_module("taskfit." + name.removesuffix(".py").replace("/", "."))
        self.functions = [
            each
            for each in gc.get_objects()
            if isinstance(each, FunctionType) and each.__code__.co_filename == self.path
        ]

    def compiled(self, tree: ast.Module) -> CodeType:
        """Another version of the module."""
        return compile(tree, self.path, "exec", dont_inherit=True)

    def change(self, tree: ast.Module) -> None:
        """Take the code of all functions from another version, in which they begin on the same lines."""
        codes = {_key(code): code for code in _codes(self.compiled(tree))}
        for function in self.functions:
            if code := codes.get(_key(function.__code__)):
                function.__code__ = code


def _key(code: CodeType) -> tuple[str, int]:
    return code.co_qualname, code.co_firstlineno


def _codes(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _codes(constant)


class Mutation:
    """A pytest plugin that runs the tests once for each mutant instead of once."""

    def __init__(self, files: Sequence[str], tests: Mapping[str, Sequence[str]], most: int, jobs: int) -> None:
        self.files = files
        self.tests = tests
        self.most = most
        self.jobs = jobs

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """See what each test reaches, then judge file by file."""
        if session.testsfailed:
            sys.exit("the tests can't be collected")
        session.config.pluginmanager.unregister(name="terminalreporter")
        targets = [Target(name) for name in self.files]
        gc.freeze()
        stripes = (session.items[start :: self.jobs] for start in range(self.jobs))
        reaches = ChainMap(
            *side_by_side([partial(_reaches, session, targets, stripe) for stripe in stripes], self.jobs)
        )
        left_out = [item.nodeid for item in session.items if item.nodeid not in reaches]
        print(
            "left out, as they fail or never end without any change:", *left_out or ["none"], sep="\n    ", flush=True
        )
        side_by_side(
            [partial(_judge, target, self.tests[target.name], session, reaches, self.most) for target in targets],
            self.jobs,
        )
        return True


def _reaches(session: pytest.Session, targets: Sequence[Target], items: Sequence[pytest.Item]) -> dict[str, Reach]:
    """What each of some tests reaches, by its id; without those that fail or take a minute without any change."""
    comparison = Comparison()
    setattr(builtins, REACHED, comparison.reached)
    setattr(builtins, COMPARED, comparison.compared)
    for target in targets:
        # The sizing core has no effects: its expressions may be evaluated more than once.
        is_pure = target.name.startswith("sizing/")
        target.change(with_probes(target.source, target.name, target.mutants, is_pure=is_pure))

    def reach(item: pytest.Item) -> Reach | None:
        began = time.process_time()
        if _failed(session, [item]):
            return None
        unknown = (
            (target.name, number)
            for target in targets
            for number, mutant in enumerate(target.mutants)
            if comparison.unfinished[target.name, *mutant.statement] > 0
        )
        return Reach(time.process_time() - began, frozenset({*comparison.different, *unknown}))

    found = {item.nodeid: in_a_fork(partial(reach, item), seconds=60) for item in items}
    return {test: reach for test, reach in found.items() if isinstance(reach, Reach)}


def _path_of(module: str) -> str:
    return f"tests/test_{module}.py"


def _judge(
    target: Target, modules: Sequence[str], session: pytest.Session, reaches: Mapping[str, Reach], most: int
) -> None:
    named = {str(ROOT / _path_of(module)) for module in modules}
    items = [item for item in session.items if str(item.path) in named and item.nodeid in reaches]
    of_file = [item for item in items if any(name == target.name for name, _ in reaches[item.nodeid].mutants)]
    total = len(target.mutants)
    chosen = sorted(random.Random(0).sample(range(total), min(most, total)))
    lines, explained = target.source.splitlines(), _explained(target.name)
    kills: Counter[str] = Counter()
    same = left = 0
    for number in chosen:
        mutant = target.mutants[number]
        noticing = [item for item in items if (target.name, number) in reaches[item.nodeid].mutants]
        able = noticing if mutant.is_in_a_function else of_file or items
        tests, seconds = _likeliest(able, reaches, kills)
        if (killer := _killer(session, target, mutant, tests, 5 + PATIENCE * seconds)) is not None:
            kills[killer] += 1
            continue
        line = lines[mutant.line - 1].strip()
        if (line, mutant.change) in explained:
            same += 1
            continue
        left += 1
        place = f"{target.name}:{mutant.line}: {mutant.change}: {line}"
        print(f"    {place} ({len(tests)} of {len(able)} tests)", flush=True)
    killed = len(chosen) - same - left
    share = killed / max(len(chosen) - same, 1)
    score = f"{killed} killed, {same} equivalent, {left} left of {len(chosen)} ({share:.1%})"
    print(f"{target.name}: {score}", flush=True)


def _explained(name: str) -> set[tuple[str, str]]:
    """The lines and changes of a file that equivalent_mutants.yaml says nobody can notice."""
    return {(each["line"], each["change"]) for each in (YAML(typ="safe").load(EQUIVALENT) or {}).get(name, ())}


def _likeliest(
    tests: Sequence[pytest.Item], reaches: Mapping[str, Reach], kills: Mapping[str, int]
) -> tuple[list[pytest.Item], float]:
    """As many tests as are to run, those that noticed most mutants first, then the quickest; and the seconds they take."""
    spent = 0.0
    chosen: list[pytest.Item] = []
    for test in sorted(tests, key=lambda test: (-kills[test.nodeid], reaches[test.nodeid].seconds)):
        if chosen and spent + reaches[test.nodeid].seconds > SLOWEST:
            break
        spent += reaches[test.nodeid].seconds
        chosen.append(test)
    return chosen, spent


def _killer(
    session: pytest.Session, target: Target, mutant: Mutant, tests: Sequence[pytest.Item], seconds: float
) -> str | None:
    """The test that fails with a mutant; `None` if all pass."""

    def run() -> str | None:
        if not mutant.is_in_a_function:
            return _anew(target, mutant, tests)
        target.change(mutant.tree())
        return _failed(session, tests)

    return in_a_fork(run, seconds) if tests else None


def _failed(session: pytest.Session, items: Sequence[pytest.Item]) -> str | None:
    """The first of some tests to fail."""
    for item, following in zip(items, [*items[1:], None], strict=True):
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.testsfailed:
            return item.nodeid
    return None


def _anew(target: Target, mutant: Mutant, tests: Sequence[pytest.Item]) -> str | None:
    """Run tests after importing all of the package anew, one module of it changed."""
    get_code = importlib.machinery.SourceFileLoader.get_code

    def changed(loader: importlib.machinery.SourceFileLoader, name: str) -> CodeType | None:
        return target.compiled(mutant.tree()) if loader.path == target.path else get_code(loader, name)

    importlib.machinery.SourceFileLoader.get_code = changed  # type: ignore[method-assign, assignment]
    ours = (str(PACKAGE), str(ROOT / "tests"))
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", None) or "").startswith(ours):
            del sys.modules[name]
    names = [test.nodeid for test in tests]
    return None if pytest.main([*OPTIONS, "-x", f"--rootdir={ROOT}", *names]) == 0 else "a test in a fresh process"


def side_by_side(runs: Sequence[Callable[[], Any]], jobs: int) -> list[Any]:
    """The results of functions that each run in a copy of this process, so many at a time."""
    results: dict[int, Any] = {}
    waiting = list(enumerate(runs))[::-1]
    running: dict[int, int] = {}
    while waiting or running:
        while waiting and len(running) < jobs:
            number, run = waiting.pop()
            running[_fork(run)] = number
        ready, _, _ = select.select(list(running), [], [])
        for pipe in ready:
            results[running.pop(pipe)] = _result(pipe)
    return [results[number] for number in range(len(runs))]


def in_a_fork(run: Callable[[], Any], seconds: float) -> Any:
    """The result of a function in a copy of this process, silently; a text if it dies or takes more processor time."""

    def limited() -> Any:
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nowhere, stream)
        resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 1, int(seconds) + 2))
        signal.alarm(int(seconds) * 30)  # of real time: for what waits for ever and does nothing
        return run()

    return _result(_fork(limited))


def _fork(run: Callable[[], Any]) -> int:
    """Run a function in a copy of this process; the pipe that its result comes through."""
    reading, writing = os.pipe()
    if os.fork():
        os.close(writing)
        return reading
    with contextlib.suppress(BaseException):
        with os.fdopen(writing, "wb") as pipe:
            pickle.dump(run(), pipe)
        os._exit(0)
    os._exit(1)


def _result(pipe: int) -> Any:
    with os.fdopen(pipe, "rb") as stream:
        result = stream.read()
    os.wait()
    return pickle.loads(result) if result else "it died"


def main() -> None:
    """Print the survivors of each file, and the score."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", metavar="FILE", help=f"of {', '.join(TARGETS)}")
    parser.add_argument(
        "--tests",
        action="append",
        metavar="MODULE",
        help="tests, such as `core_bounds`, in the place of those named here",
    )
    parser.add_argument("--most", type=int, default=10**9, metavar="N", help="mutants of each file, drawn by lot")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), metavar="N", help="files at a time")
    options = parser.parse_args()
    files = options.files or list(TARGETS)
    if unknown := set(files) - set(TARGETS):
        parser.error(f"not a target: {', '.join(sorted(unknown))}")
    os.chdir(ROOT)
    # A failure need not be made small, it only has to be seen.
    phases = (Phase.explicit, Phase.generate)
    settings.register_profile("mutants", settings.get_profile("ci"), phases=phases, max_examples=25)
    tests = {name: options.tests or TARGETS[name] for name in files}
    modules = dict.fromkeys(_path_of(module) for name in files for module in tests[name])
    arguments = [*OPTIONS, "--hypothesis-profile=mutants", *modules]
    sys.exit(pytest.main(arguments, plugins=[Mutation(files, tests, options.most, options.jobs)]))


if __name__ == "__main__":
    main()
