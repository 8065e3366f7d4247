"""The templates of the repository that deploy a template as a nested stack, and the parameters that they pass."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache, partial

from taskfit.definition import Unknown
from taskfit.record import Record, Struct
from taskfit.sources.beside import names_in, real_path, text_in, top_of
from taskfit.sources.checked import Checked
from taskfit.sources.cloudformation.evaluation import Evaluation, evaluations
from taskfit.sources.cloudformation.parsing import Resource, resources, templates, trees
from taskfit.sources.cloudformation.template import IN_SUB, Option, section, template
from taskfit.sources.cloudformation.varying import function
from taskfit.sources.document import Input
from taskfit.sources.values import Provenance, as_text
from taskfit.syntax.text import SourceText
from taskfit.syntax.tree import Node, entries_of, get, items_of, text_of
from taskfit.syntax.unreadable import UnreadableError

SUFFIXES = (".yaml", ".yml", ".json", ".template")
MAX_LEVELS = 4
"""Limit on levels of nested stacks."""
MAX_FOLDERS = 12
"""Limit on the parent folders that are searched for a template's callers."""
MAX_CALLS = 16
"""Limit on the ways to deploy a template as a nested stack that are tried."""

_KINDS = {"AWS::CloudFormation::Stack": "TemplateURL", "AWS::Serverless::Application": "Location"}
_HOST = re.compile(r"^(?:https?://[^/]+|s3://[^/]+|https?://)/?")


class Call(Record):
    """One way to deploy a template as a nested stack."""

    words: str
    """A description such as `stack Web of main.yaml`."""
    passed: Mapping[str, Option]
    """The values of parameters; unknown if set only at deployment."""
    is_optional: bool = False
    """Whether this call requires a certain allowed value of a caller's parameter."""


class _Template(Struct):
    """A template that deploys others."""

    path: str
    source: SourceText
    root: Node
    stacks: tuple[tuple[Resource, str], ...]
    """The stacks, each with the name of the property that refers to its template."""


def calls(given: Input, path: str, root: Node) -> list[Call]:
    """How templates in a template's folder and its parents deploy it. `path` must not contain symbolic links."""
    return _Finder(given.variables, given.checked).calls(path, root, 0)


class _Finder(Struct):
    variables: Mapping[str, str]
    checked: Checked

    def calls(self, path: str, root: Node, level: int) -> list[Call]:
        declared = section(root, "Parameters").keys()
        if not declared or level > MAX_LEVELS:
            return []
        found: list[Call] = []
        for caller in self._callers(path):
            for resource, name in caller.stacks:
                if len(found) < MAX_CALLS and _deploys(caller, resource[1], name, path, declared):
                    found += self._calls(caller, resource, os.path.dirname(path), level)
        return found[:MAX_CALLS]

    def _calls(self, caller: _Template, resource: Resource, folder: str, level: int) -> Iterator[Call]:
        """The parameters that one stack passes, in each way to deploy the template that contains it."""
        key, stack = resource
        name = os.path.relpath(caller.path, folder).replace(os.sep, "/")
        words = f"stack {key.value} of {name}"
        outer: list[Call | None] = [*self.calls(caller.path, caller.root, level + 1)]
        for call in outer or [None]:
            given = template(caller.source, caller.root, [stack], self.variables, call.passed if call else {})
            results, _ = evaluations(given, partial(_passed, stack, words, name))
            for result in results:
                if result is not None:
                    passed, choices, is_optional = result
                    within = f" ({call.words})" if call else ""
                    more = f" with {choices}" if choices else ""
                    yield Call(f"{words}{within}{more}", passed, is_optional or (call is not None and call.is_optional))

    def _callers(self, path: str) -> Iterator[_Template]:
        """The templates in a file's folder and its parents that deploy others."""
        folder = os.path.dirname(path)
        top = self._top_of(folder)
        for _ in range(MAX_FOLDERS):
            yield from (each for each in self._deploying(folder, top) if each.path != path)
            if folder == top or not folder.startswith(top):
                return
            folder = os.path.dirname(folder)

    def _top_of(self, folder: str) -> str:
        """The folder outside of which nothing is read, cached for the run."""
        key = (top_of, folder)
        if key not in self.checked.kept:
            self.checked.kept[key] = top_of(folder)
        return str(self.checked.kept[key])

    def _deploying(self, folder: str, top: str) -> tuple[_Template, ...]:
        """The templates in a folder that deploy others, cached for the run."""
        key = (_Template, folder)
        if key not in self.checked.kept:
            texts = ((os.path.join(folder, name), text_in(folder, name, top)) for name in names_in(folder, SUFFIXES))
            self.checked.kept[key] = tuple(
                each
                for path, text in texts
                if text is not None and any(kind in text for kind in _KINDS)
                for each in _template(path, text)
            )
        found: tuple[_Template, ...] = self.checked.kept[key]
        return found


def _passed(stack: Node, words: str, file: str, evaluation: Evaluation) -> tuple[dict[str, Option], str, bool] | None:
    if not evaluation.exists(stack, is_premise=True):
        return None
    passed: dict[str, Option] = {}
    source = evaluation.template.source
    for key, node in entries_of(get(get(stack, "Properties"), "Parameters")):
        value = evaluation.evaluate(node)
        if value is None or not isinstance(key.value, str):
            continue
        text = as_text(value.value)
        items = [as_text(item.value) for item in value.items or ()]
        if value.items is not None and None not in items:
            text = ",".join(filter(None, items))
        line = source.position(node.start)[0]
        origin = Provenance(f"{words}, {file} line {line}")
        passed[key.value] = Option(Unknown(key.value, "reference") if text is None else text, origin, is_given=True)
    choices = evaluation.choices
    return passed, choices.words, choices.is_optional


@lru_cache(64)
def _template(path: str, text: str) -> tuple[_Template, ...]:
    try:
        roots = [root for tree in trees(text) for root in templates(tree)]
    except UnreadableError:
        return ()
    source = SourceText(text)
    found = []
    for root in roots:
        by_kind = resources(root)
        stacks = tuple((each, name) for kind, name in _KINDS.items() for each in by_kind.get(kind, ()))
        if stacks:
            found.append(_Template(path, source, root, stacks))
    return tuple(found)


def _deploys(caller: _Template, stack: Node, name: str, path: str, declared: Collection[str]) -> bool:
    """Whether a stack's template is the file at `path`, and declares all the parameters that the stack passes."""
    properties = get(stack, "Properties")
    passed = {key.value for key, _ in entries_of(get(properties, "Parameters"))}
    if not passed <= set(declared):
        return False
    asset = text_of(get(get(stack, "Metadata"), "aws:asset:path"))
    location = asset or _location(get(properties, name))
    if location is None:
        return False
    folder = os.path.dirname(caller.path)
    if "://" not in location and "${" not in location:
        return real_path(os.path.join(folder, location)) == path
    return _path_ends_with(location, path)


def _location(node: Node | None) -> str | None:
    """The address of a template as written, with placeholders for interpolated parts."""
    if node is None:
        return None
    call = function(node)
    if call is None:
        return text_of(node)
    name, argument = call
    if name == "Fn::Sub":
        return text_of(items_of(argument)[0]) if argument.items else text_of(argument)
    if name == "Fn::Join" and len(items_of(argument)) == 2:
        delimiter, parts = items_of(argument)
        return str(delimiter.value or "").join(text_of(part) or "${part}" for part in items_of(parts))
    return None


def _path_ends_with(location: str, path: str) -> bool:
    """Whether a path ends with the fixed part of an address, after its bucket and its last interpolated part."""
    last = list(IN_SUB.finditer(location))
    tail = location[last[-1].end() :] if last else _HOST.sub("", location)
    tail = re.sub(r"^\.s3[^/]*\.amazonaws\.com/", "", tail).lstrip("/")
    parts = [part for part in tail.split("/") if part]
    # In `https://s3.amazonaws.com/BUCKET/folder/file.yaml` the first part is the bucket.
    choices = [parts] if last else [parts, parts[1:]]
    own = path.split(os.sep)
    return any(each and own[-len(each) :] == each for each in choices)
