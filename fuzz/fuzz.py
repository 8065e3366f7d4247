"""Coverage-guided fuzzing of everything that a stranger writes, by atheris: the same invariants as tests/test_properties.py.

    pip install -e '.[fuzz,test]'
    python fuzz/fuzz.py TARGET [SECONDS]     # a target of TARGETS; five minutes unless told otherwise

The corpus starts from the files of tests/seeds.py, and grows in fuzz/corpus/TARGET, which git ignores. What fails is
written to a file `TARGET-crash-...` there; `python fuzz/fuzz.py TARGET FILE` runs it again.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

Seeds = Callable[[], Iterable[bytes]]


class Target(NamedTuple):
    """What is done with each input, and where the inputs start from."""

    run: Callable[[bytes], object]
    seeds: Seeds


def files(*suffixes: str) -> Seeds:
    """The examples with some endings."""

    def found() -> Iterable[bytes]:
        import seeds

        return (content for suffix, content in seeds.files() if suffix in suffixes)

    return found


def format_of(name: str) -> Seeds:
    """The files of a format that has no example."""

    def found() -> Iterable[bytes]:
        import seeds

        return (content for _, content in seeds.FORMATS[name])

    return found


def check(suffix: str, seeds: Seeds) -> Target:
    """Reading and checking files whose names end so."""

    def run(content: bytes) -> None:
        import invariants

        invariants.check(content, suffix)

    return Target(run, seeds)


ANY = (".json", ".yaml", ".tf", ".template")


def of_any(invariant: str) -> Target:
    """An invariant of files whose first byte chooses the ending of their name."""

    def run(content: bytes) -> None:
        import invariants

        getattr(invariants, invariant)(content[1:], ANY[content[0] % len(ANY)] if content else ".json")

    def found() -> Iterable[bytes]:
        import seeds

        marked = [(".yaml", seeds.DIRECTIVES)] if invariant == "suppressing" else []
        return (bytes([ANY.index(suffix)]) + content for suffix, content in (*seeds.files(), *marked) if suffix in ANY)

    return Target(run, found)


def jsonnet(content: bytes) -> None:
    """A program, with the time that one file may take for each of them."""
    import invariants

    from taskfit.sources import jsonnet

    jsonnet._allowance = jsonnet._Allowance()
    invariants.check(content, ".jsonnet")


def formats(content: bytes) -> None:
    import invariants

    report = invariants.check(content, ".json" if content.lstrip()[:1] in (b"{", b"[") else ".yaml")
    invariants.printable(report, content.decode("utf-8", "replace"))


def locator(content: bytes) -> None:
    import invariants

    invariants.locate(content, ".json" if content.lstrip()[:1] in (b"{", b"[") else ".yaml")


def baseline(content: bytes) -> None:
    import invariants

    invariants.cover(content)


def baselines() -> Iterable[bytes]:
    import json

    import seeds

    return [json.dumps(seeds.BASELINE).encode()]


def resolver(content: bytes) -> None:
    import invariants

    invariants.resolve(content)


def expressions() -> Iterable[bytes]:
    import seeds

    return (each.encode() for each in seeds.EXPRESSIONS)


def settings(content: bytes) -> None:
    """A configuration, a rule file or a profile: used, or refused with a place."""
    import tempfile

    from taskfit.config import loading
    from taskfit.config.validation import InvalidFile
    from taskfit.policy.profiles import load_profile
    from taskfit.policy.registry import all_rules

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "taskfit.yaml")
        path.write_bytes(content)
        uses: tuple[Callable[[], object], ...] = (
            lambda: loading.load(path),
            lambda: all_rules([str(path)]),
            lambda: load_profile(str(path)),
        )
        for use in uses:
            try:
                use()
            except InvalidFile as error:
                if not all(fault.line >= 1 and fault.column >= 1 for fault in error.faults):
                    raise AssertionError("a fault without a place") from error
            except ValueError:
                pass


def teams_files() -> Iterable[bytes]:
    places = ("examples/profiles", "examples/policy", "rules")
    paths = sorted(path for place in places for path in (ROOT / place).rglob("*.yaml"))
    return (path.read_bytes() for path in paths if path.stat().st_size < 20_000)


def patterns(content: bytes) -> None:
    from taskfit.patterns import Patterns

    text, _, path = content.decode("utf-8", "replace").partition("\0")
    Patterns(text.split("\n"), lenient=True).match(path)


def some_patterns() -> Iterable[bytes]:
    return (b"/build/**/*.json\n!keep\0build/a/b.json", b"a[!b-d]?\\*\n# c\n**/x/\0x/ae*")


TARGETS = {
    "json": check(".json", files(".json")),
    "yaml": check(".yaml", files(".yaml")),
    "cloudformation": check(".template", files(".template")),
    "terraform": check(".tf", files(".tf")),
    "state": check(".tfstate", format_of("state")),
    "template": check(".tpl", format_of("template")),
    "compose": check(".yaml", format_of("compose")),
    "pulumi": check(".json", format_of("pulumi")),
    "copilot": check(".yaml", format_of("copilot")),
    "jsonnet": Target(jsonnet, format_of("jsonnet")),
    "fixes": of_any("fix"),
    "suppression": of_any("suppressing"),
    "formats": Target(formats, files(".json", ".yaml")),
    "locator": Target(locator, files(".json", ".yaml")),
    "baseline": Target(baseline, baselines),
    "resolver": Target(resolver, expressions),
    "settings": Target(settings, teams_files),
    "patterns": Target(patterns, some_patterns),
}


def main() -> None:
    """Fuzz one target, or run it on one file."""
    if len(sys.argv) < 2 or sys.argv[1] not in TARGETS:
        sys.exit(f"usage: python fuzz/fuzz.py {'|'.join(TARGETS)} [SECONDS or FILE]")
    name, *rest = sys.argv[1:]
    target = TARGETS[name]
    if rest and Path(rest[0]).is_file():
        target.run(Path(rest[0]).read_bytes())
        return
    import atheris

    corpus = ROOT / "fuzz" / "corpus" / name
    corpus.mkdir(parents=True, exist_ok=True)
    with atheris.instrument_imports(include=["taskfit"]):
        import invariants  # noqa: F401 - what it imports is what is followed

        for number, content in enumerate(target.seeds()):
            (corpus / f"seed-{number}").write_bytes(content)
    limits = [f"-max_total_time={rest[0] if rest else 300}", "-max_len=20000", "-timeout=20", "-rss_limit_mb=2048"]
    atheris.Setup([sys.argv[0], *limits, f"-artifact_prefix={corpus.parent}/{name}-", str(corpus)], target.run)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
