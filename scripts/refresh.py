"""Writes every generated file anew: the pages of the rules, and the JSON Schemas. Run it after any change; it is quick.

python scripts/refresh.py
"""

from __future__ import annotations

import sys
from pathlib import Path

import api_page
import model_schemas
import rule_docs
import task_definition_schema

ROOT = Path(__file__).parents[1]


def generated() -> dict[Path, str]:
    """The text of every generated file, by its path; without botocore, not that of the schema which is made from it."""
    files = {**rule_docs.files(), **model_schemas.files(), **api_page.files()}
    try:
        return {**files, **task_definition_schema.files()}
    except ImportError:
        return files


def left_over(files: dict[Path, str]) -> set[Path]:
    """Pages of rules that are gone."""
    return set(rule_docs.FOLDER.glob("*.md")) - files.keys()


def main() -> int:
    """Write what differs and name it; 1 if there was anything, as a hook of pre-commit has to say."""
    files = generated()
    old = left_over(files)
    new = {path for path, text in files.items() if not path.exists() or path.read_text(encoding="utf-8") != text}
    for path in old:
        path.unlink()
    for path in new:
        path.write_text(files[path], encoding="utf-8", newline="\n")
    for path in sorted(old | new):
        sys.stdout.write(f"{'removed' if path in old else 'wrote'} {path.relative_to(ROOT).as_posix()}\n")
    return int(bool(old | new))


if __name__ == "__main__":
    sys.exit(main())
