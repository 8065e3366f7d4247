"""Coverage-guided fuzzing of everything that a stranger writes, by atheris: the same invariants as tests/test_properties.py.

    pip install -e '.[fuzz]'
    python fuzz/fuzz.py TARGET [SECONDS]     # a target of TARGETS; five minutes unless told otherwise

The corpus starts from the examples and the rules' own, and grows in fuzz/corpus/TARGET, which git ignores. What fails is
written to a file `crash-...` there; `python fuzz/fuzz.py TARGET FILE` runs it again.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))


def check(content: bytes, suffix: str) -> None:
    import invariants

    invariants.check(content, suffix)


def fixes(content: bytes) -> None:
    import invariants

    invariants.fix(content[1:], (".json", ".yaml", ".tf", ".template")[content[0] % 4] if content else ".json")


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


def patterns(content: bytes) -> None:
    from taskfit.patterns import Patterns

    text, _, path = content.decode("utf-8", "replace").partition("\0")
    Patterns(text.split("\n"), lenient=True).match(path)


TARGETS: dict[str, Callable[[bytes], None]] = {
    "json": lambda content: check(content, ".json"),
    "yaml": lambda content: check(content, ".yaml"),
    "cloudformation": lambda content: check(content, ".template"),
    "terraform": lambda content: check(content, ".tf"),
    "state": lambda content: check(content, ".tfstate"),
    "template": lambda content: check(content, ".tpl"),
    "fixes": fixes,
    "settings": settings,
    "patterns": patterns,
}


def main() -> None:
    """Fuzz one target, or run it on one file."""
    if len(sys.argv) < 2 or sys.argv[1] not in TARGETS:
        sys.exit(f"usage: python fuzz/fuzz.py {'|'.join(TARGETS)} [SECONDS or FILE]")
    name, *rest = sys.argv[1:]
    if rest and Path(rest[0]).is_file():
        TARGETS[name](Path(rest[0]).read_bytes())
        return
    import atheris

    corpus = ROOT / "fuzz" / "corpus" / name
    corpus.mkdir(parents=True, exist_ok=True)
    with atheris.instrument_imports(include=["taskfit"]):
        import invariants

        for number, (_, content) in enumerate(invariants.seeds()):
            (corpus / f"seed-{number}").write_bytes(content)
    limits = [f"-max_total_time={rest[0] if rest else 300}", "-max_len=20000", "-timeout=20", "-rss_limit_mb=2048"]
    atheris.Setup([sys.argv[0], *limits, f"-artifact_prefix={corpus.parent}/", str(corpus)], TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
