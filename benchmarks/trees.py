"""Folders that have as many things of one kind as wanted, as `kinds.py` has for files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from kinds import app, hcl, in_template, resource, task, template


def write(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def other_files(folder: Path, count: int) -> None:
    for n in range(count):
        write(folder, f"d{n // 100}/f{n}.json", f'{{"name": "f{n}", "version": "1.0.0", "private": true}}')


def files(folder: Path, count: int) -> None:
    for n in range(count):
        write(folder, f"d{n // 100}/f{n}.json", json.dumps(task(app(memory=512), family=f"f{n}")))


def ignoring_folders(folder: Path, count: int) -> None:
    """Each with a `.gitignore` and a file."""
    (folder / ".git").mkdir()
    for n in range(count):
        write(folder, f"d{n}/.gitignore", "*.log\n")
        write(folder, f"d{n}/f.json", "{}")


def module_calls(folder: Path, count: int) -> None:
    variable = 'variable "family" {}\n'
    write(folder, "m/main.tf", variable + resource('"[]"').replace('"t"\n', "var.family\n"))
    write(folder, "main.tf", hcl(count, lambda n: f'module "m{n}" {{\n  source = "./m"\n  family = "f{n}"\n}}'))


def files_of_terraform(folder: Path, count: int) -> None:
    for n in range(count):
        write(folder, f"f{n}.tf", resource('"[]"').replace('"t" {', f'"t{n}" {{').replace('"t"\n', f'"t{n}"\n'))


def environments(folder: Path, count: int) -> None:
    named = "\n".join(f"  e{n}:\n    cpu: 512" for n in range(count))
    manifest = (
        f"name: web\ntype: Backend Service\nimage:\n  location: b\ncpu: 256\nmemory: 512\nenvironments:\n{named}\n"
    )
    write(folder, "copilot/web/manifest.yml", manifest)


def composed(folder: Path, count: int) -> None:
    named = "\n".join(f"  s{n}:\n    image: b\n    mem_limit: 64m" for n in range(count))
    write(folder, "docker-compose.yml", f"services:\n{named}\n")


def entry(n: int) -> dict[str, Any]:
    place = {"definition": f"f{n}", "place": "/cpu", "subject": "", "severity": "error", "gap": 1.0, "have": ""}
    return {"path": f"f{n}.json", "code": "FIT101", **place}


def baseline(folder: Path, count: int) -> None:
    write(folder, "taskfit.yaml", "baseline: taskfit-baseline.json\n")
    found = {"version": 1, "findings": [entry(n) for n in range(count)]}
    write(folder, "taskfit-baseline.json", json.dumps(found))
    write(folder, "task.json", json.dumps(task(app())))


def same_entries(folder: Path, count: int) -> None:
    """So many findings of which nothing tells one from another, and an entry for each."""
    write(folder, "taskfit.yaml", "baseline: taskfit-baseline.json\n")
    one = {"path": "task.json", "code": "FIT404", "definition": "web", "place": "/containerDefinitions/app"}
    found = [{**one, "subject": "", "severity": "error", "gap": 0.0, "have": ""}] * count
    write(folder, "taskfit-baseline.json", json.dumps({"version": 1, "findings": found}))
    write(folder, "task.json", json.dumps(task(*[{"name": "app", "image": "b"}] * count)))


def per_file_ignores(folder: Path, count: int) -> None:
    """A tenth as many patterns as files, each file with findings."""
    patterns = "\n".join(f"  'd*/x{n}*.json': [FIT404]" for n in range(count // 10))
    write(folder, "taskfit.yaml", f"per-file-ignores:\n{patterns}\n")
    for n in range(count):
        write(folder, f"d{n // 100}/f{n}.json", json.dumps(task(app(), family=f"f{n}", cpu="3")))


def suppressions(folder: Path, count: int) -> None:
    """An entry for each file, each file with a finding."""
    entries = "\n".join(f"  - {{rule: FIT101, path: d{n // 100}/f{n}.json, reason: known}}" for n in range(count))
    write(folder, "taskfit.yaml", f"suppressions:\n{entries}\n")
    wrong = task(app(memory=512), cpu="3", requiresCompatibilities=["FARGATE"])
    for n in range(count):
        write(folder, f"d{n // 100}/f{n}.json", json.dumps(wrong))


def wildcards(folder: Path, count: int) -> None:
    """As `suppressions`, with patterns that have wildcards."""
    entries = "\n".join(f"  - {{rule: FIT101, path: 'd*/f{n}*.json', reason: known}}" for n in range(count))
    suppressions(folder, count)
    write(folder, "taskfit.yaml", f"suppressions:\n{entries}\n")


def pathless(folder: Path, count: int) -> None:
    """Entries for all files, of which the first takes all findings."""
    suppressions(folder, count)
    write(folder, "taskfit.yaml", "suppressions:\n" + "  - {rule: FIT101, reason: known}\n" * count)


def expired(folder: Path, count: int) -> None:
    """Entries for all files that suppress nothing any more."""
    suppressions(folder, count)
    entry = "  - {rule: FIT101, path: 'd*/f*.json', reason: known, expires: 2020-01-01}\n"
    write(folder, "taskfit.yaml", f"suppressions:\n{entry * count}")


def overrides(folder: Path, count: int) -> None:
    """An override for each file, all of the same."""
    own = "".join(f"  - {{files: 'd*/f{n}.json', ignore: [FIT205]}}\n" for n in range(count))
    write(folder, "taskfit.yaml", f"overrides:\n{own}")
    files(folder, count)


def ignoring(folder: Path, count: int) -> None:
    """One `.gitignore` with as many patterns as there are files."""
    (folder / ".git").mkdir()
    write(folder, ".gitignore", "".join(f"*x{n}*\n" for n in range(count)))
    other_files(folder, count)


def excluding(folder: Path, count: int) -> None:
    write(folder, "taskfit.yaml", "exclude:\n" + "".join(f"  - 'd*/x{n}*'\n" for n in range(count)))
    other_files(folder, count)


def extended(folder: Path, count: int) -> None:
    """A configuration that extends so many others."""
    for n in range(count):
        write(folder, f"c{n}.yaml", f"extend-ignore: [FIT205]\nper-file-ignores: {{'x{n}': [FIT201]}}\n")
    write(folder, "taskfit.yaml", "extend: [" + ", ".join(f"c{n}.yaml" for n in range(count)) + "]\n")
    write(folder, "task.json", json.dumps(task(app())))


def configured(folder: Path, count: int) -> None:
    """Each folder with a configuration of its own."""
    for n in range(count):
        write(folder, f"d{n}/taskfit.yaml", "ignore: [FIT205]\n")
        write(folder, f"d{n}/task.json", json.dumps(task(app(), family=f"f{n}")))


def own_rules(folder: Path, count: int) -> None:
    """Files with a rule each."""
    words = "\n".join(f"{key}: x" for key in ("summary", "what", "why", "fix", "message"))
    for n in range(count):
        schema = f'schema: {{properties: {{family: {{not: {{const: "f{n}"}}}}}}}}'
        examples = (
            f"bad: [file: '{json.dumps(task(app(), family=f'f{n}'))}']\ngood: [file: '{json.dumps(task(app()))}']"
        )
        text = f"code: ACME{n:03d}\nname: rule-{n}\nseverity: warning\n{words}\n{schema}\n{examples}\n"
        write(folder, f"rules/R{n}.yaml", text)
    write(folder, "taskfit.yaml", "rules: [rules]\n")
    write(folder, "task.json", json.dumps(task(app())))


def stacks(folder: Path, count: int) -> None:
    """Templates that one deploys as stacks."""
    for n in range(count):
        write(folder, f"t{n}.json", template({"T": in_template(Family=f"f{n}")}))
    nested = {
        f"S{n}": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": f"t{n}.json"}}
        for n in range(count)
    }
    write(folder, "main.json", template(nested))


def folders_of_terraform(folder: Path, count: int) -> None:
    """Root modules that call a module each."""
    for n in range(count):
        write(folder, f"roots/r{n}/main.tf", f'module "m" {{\n  source = "../../modules/m{n}"\n}}\n')
        write(folder, f"modules/m{n}/main.tf", resource('"[]"'))


def container_files(folder: Path, count: int) -> None:
    """Definitions of Terraform with their containers in a file each."""
    one = resource('file("${path.module}/d/fNUMBER.json")').replace('"t"', '"tNUMBER"')
    write(folder, "main.tf", hcl(count, lambda n: one.replace("NUMBER", str(n))))
    for n in range(count):
        write(folder, f"d/f{n}.json", json.dumps([app()]))


class Tree(NamedTuple):
    """A folder of files."""

    write: Callable[[Path, int], None]
    largest: int


TREES: dict[str, Tree] = {
    "files without a task definition": Tree(other_files, 100_000),
    "files with a task definition": Tree(files, 100_000),
    "folders with a .gitignore": Tree(ignoring_folders, 10_000),
    "calls of one Terraform module": Tree(module_calls, 800),
    "Terraform files of one folder": Tree(files_of_terraform, 1600),
    "environments of Copilot": Tree(environments, 400),
    "services of compose": Tree(composed, 1600),
    "entries of a baseline": Tree(baseline, 100_000),
    "equal entries of a baseline": Tree(same_entries, 1600),
    "suppressions, one for each file": Tree(suppressions, 1600),
    "suppressions with wildcards": Tree(wildcards, 1600),
    "suppressions, each for all files": Tree(pathless, 1600),
    "suppressions that have expired": Tree(expired, 1600),
    "overrides, one for each file": Tree(overrides, 1600),
    "patterns of a .gitignore": Tree(ignoring, 16_000),
    "patterns of exclude": Tree(excluding, 16_000),
    "configurations that one extends": Tree(extended, 400),
    "configurations of folders": Tree(configured, 400),
    "rules of a team": Tree(own_rules, 400),
    "stacks of a template": Tree(stacks, 400),
    "folders of Terraform with a module each": Tree(folders_of_terraform, 400),
    "containers in files beside Terraform": Tree(container_files, 400),
    "patterns for a tenth of the files": Tree(per_file_ignores, 4000),
}
