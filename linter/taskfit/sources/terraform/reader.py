"""Terraform: each `aws_ecs_task_definition` of a file, with the variables, locals and services of its folder."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import NamedTuple

from taskfit.definition import TaskDefinition, Unknown
from taskfit.finding import Change, Edit, Severity, Span
from taskfit.sources.document import Document, Fault, Input, Origin, Reading, duplicate_keys, span_at
from taskfit.sources.services import models, places
from taskfit.sources.shapes import definitions, is_bare
from taskfit.sources.terraform import syntax
from taskfit.sources.terraform.evaluation import Evaluation, evaluations
from taskfit.sources.terraform.module import Evaluate, Given, Module, Scope
from taskfit.sources.terraform.resource import DIALECT, TASK_DEFINITION, adopt, api_name, spelled
from taskfit.sources.terraform.services import KINDS, Services
from taskfit.sources.terraform.syntax import Attribute, Block, HclFile
from taskfit.sources.terraform.values import Value, as_text, decode, encode, made, number
from taskfit.sources.values import distinct, locate, origins, same
from taskfit.syntax.placeholders import normalise
from taskfit.syntax.text import SourceText
from taskfit.syntax.tree import Node, UnreadableError

SUFFIXES = (".tf", ".tofu", ".tf.json", ".tofu.json")

MAX_FILES = 200
"""Files of one folder that are looked into for variables and locals."""
MAX_BYTES = 1024 * 1024
"""What is read of a file that an expression names."""
MAX_INSTANCES = 32
"""Instances of one resource with `for_each`."""
MAX_VARIABLE_FILES = 8
"""Files of variables of which a deployment chooses one."""

_COMMUNITY = re.compile(r"terraform-aws-(?:modules/)?ecs(?:/aws)?(?:\b.*modules/service\b|/?(?:\?.*)?$)")
"""terraform-aws-modules/ecs: its module of one service, and the whole with a map of them."""
_FAITHFUL = re.compile(rf"{_COMMUNITY.pattern}|ecs-alb-service-task")
"""Modules that run the containers they are given, and no others."""
_CONTAINER_MODULE = "container-definition"
_CONTAINER_OUTPUTS = {
    "json_map_encoded_list": True,
    "json": True,
    "json_map_encoded": False,
    "json_map_object": False,
    "json_object": False,
    "container_definition": False,
}
"""What the container modules answer with, and whether it is a list."""


def read(given: Input) -> Document:
    """The definitions of a file; `--var` wins over what the folder gives its variables."""
    source, path, variables = given
    file = HclFile(path.name if path else "main.tf", source)
    blocks, error = syntax.parse(file)
    folder = _Folder(path)
    document = Document()
    if error is not None:
        place = source.span(error.offset, min(error.offset + 1, len(source.text)))
        document.faults.append(Fault(f"can't be read: {error.message}", place))
    resources = [block for block in blocks if _is_definition(block)]
    if resources:
        _Reader(file, folder, blocks, variables).read(resources, document)
    return document


def read_template(source: SourceText, path: Path | None, variables: Mapping[str, str]) -> Document | None:
    """The containers in a template for `templatefile`, its conditions as choices, or `None` if it can't be read."""
    template = syntax.template(source.text, path.name if path else "template")
    if template is None:
        return None
    given = {name: made(value, 0, 0, Origin(f"the value given for {name}")) for name, value in variables.items()}

    def reading(evaluation: Evaluation) -> Reading | None:
        tree = decode(evaluation.evaluate(template, given))
        found = next(definitions(tree.plain()), None) if tree is not None else None
        if tree is None or found is None:
            return None
        root, data = found
        task = TaskDefinition(normalise(data, variables))

        lead = "/containerDefinitions" if is_bare(data) else ""
        known = {lead + at: origin for at, origin in origins(tree.find(root.split("/")[1:])[0])}

        def where(pointer: str, on_key: bool) -> Span:
            return span_at(source, tree, root + pointer.removeprefix(lead), on_key)

        return Reading(task, where, known, evaluation.choices.words)

    try:
        found = [reading for reading in evaluations(Module(), reading)[0] if reading is not None]
    except UnreadableError:
        return None
    return Document([distinct(found)]) if found else None


def _is_definition(block: Block) -> bool:
    if block.type == "resource":
        return len(block.labels) == 2 and block.labels[0] == TASK_DEFINITION
    takes_containers = any(name in block.attributes for name in _CONTAINER_ARGUMENT_NAMES)
    return block.type == "module" and len(block.labels) == 1 and takes_containers


class _Instance(NamedTuple):
    """One definition that a block makes."""

    address: str
    scope: Scope = {}
    service: str | None = None
    """Its key, where a module takes a map of services."""


class _Folder:
    """The folder of a file: the files beside it, and what lies below."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.folder = path.parent if path else None

    def names(self) -> list[str]:
        """The names of the files beside, in order."""
        if self.folder is None or self.path is None:
            return []
        try:
            with os.scandir(self.folder) as entries:
                found = sorted(entry.name for entry in entries if entry.name != self.path.name)
        except OSError:
            return []
        return [name for name in found if name.endswith((*SUFFIXES, ".tfvars", ".tfvars.json"))]

    def source(self, name: str) -> HclFile | None:
        """A file beside."""
        text = self.text(name)
        return None if text is None else HclFile(name, SourceText(text))

    def text(self, name: str) -> str | None:
        """The text of a file in the folder or below it."""
        found = self._inside(name)
        return _text(*found) if found else None

    def blocks(self, name: str) -> tuple[HclFile, list[Block]] | None:
        """The blocks of a file beside, as far as it can be read."""
        found = self._inside(name)
        return _blocks(name, *found) if found else None

    def _inside(self, name: str) -> tuple[str, int, int] | None:
        """Path, time of change (ns) and size of a file in the folder or below it, if it is one to read."""
        if self.folder is None or "\0" in name:
            return None
        top = os.path.realpath(self.folder)
        real = os.path.realpath(os.path.join(top, name))
        if not real.startswith(top.rstrip(os.sep) + os.sep):
            return None
        try:
            status = os.stat(real)
        except OSError:
            return None
        is_readable = stat.S_ISREG(status.st_mode) and status.st_size <= MAX_BYTES
        return (real, status.st_mtime_ns, status.st_size) if is_readable else None


@lru_cache(256)
def _text(path: str, _modified: int, _size: int) -> str | None:
    try:
        return Path(path).read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return None


@lru_cache(512)
def _blocks(name: str, path: str, modified: int, size: int) -> tuple[HclFile, list[Block]] | None:
    text = _text(path, modified, size)
    if text is None:
        return None
    file = HclFile(name, SourceText(text))
    return file, syntax.parse(file)[0]


class _Reader:
    def __init__(self, file: HclFile, folder: _Folder, blocks: list[Block], variables: Mapping[str, str]) -> None:
        self.file = file
        self.source = file.source
        self.variables = variables
        self.services = Services()
        self.module = Module(read_text=folder.text, call=_call)
        self._collect(file, blocks)
        names = folder.names()
        self.texts = cache(lambda: [folder.text(name) or "" for name in names if name.endswith(SUFFIXES)])
        self.choices: list[dict[str, Given]] = []
        for name in [name for name in names if name.endswith(SUFFIXES)][:MAX_FILES]:
            if beside := folder.blocks(name):
                self._collect(*beside)
        self._give(folder, [name for name in names if name.endswith((".tfvars", ".tfvars.json"))])

    def _collect(self, file: HclFile, blocks: list[Block]) -> None:
        module = self.module
        for block in blocks:
            if block.type == "variable" and len(block.labels) == 1:
                module.variables.setdefault(block.labels[0], (file, block))
            elif block.type == "locals":
                for name, attribute in block.attributes.items():
                    module.locals.setdefault(name, attribute)
            elif block.type == "data" and len(block.labels) == 2:
                module.data.setdefault(".".join(block.labels), block)
            elif block.type == "module" and len(block.labels) == 1:
                module.modules.setdefault(block.labels[0], block)
            elif block.type == "resource" and len(block.labels) == 2 and block.labels[0] in KINDS:
                self.services.add(file, block)

    def _give(self, folder: _Folder, names: list[str]) -> None:
        """Give variables their values as Terraform does; of other files of variables, one may be chosen."""
        loaded = [name for name in names if name in ("terraform.tfvars", "terraform.tfvars.json")]
        loaded += [name for name in names if name.endswith((".auto.tfvars", ".auto.tfvars.json"))]
        for name in loaded:
            self.module.given.update(_given(folder, name))
        chosen = {name: Given(value, f"the value given for {name}") for name, value in self.variables.items()}
        for name in [name for name in names if name not in loaded][:MAX_VARIABLE_FILES]:
            self.choices.append({**self.module.given, **_given(folder, name), **chosen})
        self.module.given.update(chosen)

    def read(self, resources: list[Block], document: Document) -> None:
        """Add the definitions with their readings."""
        for block in resources:
            found: list[tuple[Reading, ...]] = []
            for instance in self._instances(block):
                readings = self._readings(block, instance, document)
                # Instances that differ in nothing but their key are one definition.
                if readings and not any(_all_same(readings, other) for other in found):
                    found.append(readings)
            document.definitions += found

    def _instances(self, block: Block) -> Iterator[_Instance]:
        """What `count`, `for_each` or a map of services make of a block."""
        address = ".".join(block.labels) if block.type == "resource" else f"module.{block.labels[0]}"
        evaluation = Evaluation(self.module, {})
        if block.type == "module" and (services := block.attributes.get("services")):
            for key, service in (evaluation.evaluate(services.value).entries or [])[:MAX_INSTANCES]:
                if any(name.value == "container_definitions" for name, _ in service.entries or ()):
                    yield _Instance(f'{address}["{key.value}"]', {}, str(key.value))
        elif each := block.attributes.get("for_each"):
            instances = list(_each(evaluation.evaluate(each.value)))[:MAX_INSTANCES]
            for name, value in instances:
                yield _Instance(f'{address}["{name}"]', {"each": _object(each, key=_at(each, name), value=value)})
            if not instances:
                unknown = _object(each)
                unknown.is_partial = True
                yield _Instance(address, {"each": unknown})
        elif count := block.attributes.get("count"):
            number = evaluation.evaluate(count.value).value
            index = _at(count, 0) if number == 1 else _at(count, Unknown("count.index", "reference"))
            yield _Instance(address, {"count": _object(count, index=index)})
        else:
            yield _Instance(address)

    def _readings(self, block: Block, instance: _Instance, document: Document) -> tuple[Reading, ...]:
        found: list[Reading] = []
        is_bounded = False
        usual = self.module.given
        for given in (usual, *self.choices):
            self.module.given = given
            try:
                results, is_cut = evaluations(self.module, partial(self._reading, block, instance, document))
            finally:
                self.module.given = usual
            found += results
            is_bounded |= is_cut
        if is_bounded:
            message = f"{instance.address} has more combinations of conditions than the {len(found)} checked"
            advice = "Give the values that are deployed with `--var NAME=VALUE`."
            place = self.source.span(block.start, block.end)
            document.faults.append(Fault(message, place, Severity.NOTE, advice))
        return distinct(found)

    def _reading(self, block: Block, instance: _Instance, document: Document, evaluation: Evaluation) -> Reading:
        tree = self._tree(block, evaluation, instance.scope)
        faults: list[UnreadableError] = []
        adopted = adopt(_service(tree, instance.service) if block.type == "module" else tree, faults)
        if block.type == "module" and not _FAITHFUL.search(_module_source(tree)):
            _open_containers(adopted)
        for error in faults:
            place = self.source.span(error.offset, min(error.offset + 1, len(self.source.text)))
            fault = Fault(f"the container definitions can't be read: {error.message}", place)
            if fault not in document.faults:
                document.faults.append(fault)
        for fault in duplicate_keys(self.source, adopted):
            if fault not in document.faults:
                document.faults.append(fault)
        data = normalise(adopted.plain(), self.variables)
        services = self.services.of(block, self.file, self.module, evaluation)
        task = TaskDefinition(data, DIALECT, instance.address, models(services))
        where = partial(locate, self.source, (block.start, block.end), adopted)
        known_origins = dict(origins(adopted))
        edits = partial(self._edits, block, adopted, known_origins)
        taken = tuple(evaluation.choices.taken)
        words = evaluation.choices.words
        return Reading(task, where, known_origins, words, undecided=taken, edits=edits, services=places(services))

    def _edits(
        self, block: Block, tree: Node, origins: Mapping[str, Origin], changes: Iterable[Change]
    ) -> tuple[Edit, ...] | None:
        """Edits within the block of a single resource, or of the one variable or local that gives a value."""
        from taskfit.sources.editing.editor import Editor
        from taskfit.sources.editing.notation import Hcl, JsonTemplate

        wanted = list(changes)
        if block.type != "resource" or "for_each" in block.attributes or self.file.name.endswith(".json"):
            return None
        attribute = block.attributes.get("container_definitions")
        written = attribute.value.text if attribute is not None else ""
        if not written.startswith(("<<", "jsonencode(")) and any(_is_of_container(change) for change in wanted):
            return None  # they stand elsewhere, or as JSON in a string with quotes, which nobody writes by hand
        heredoc = attribute.value if attribute is not None and written.startswith("<<") else None
        editor = Editor(
            self.source,
            tree,
            lambda node: JsonTemplate() if heredoc and heredoc.start <= node.start < heredoc.end else Hcl(),
            region=(block.start, block.close),
            is_lenient=lambda steps: steps[0] != "containerDefinitions",
            spell=spelled,
            origin=lambda pointer: self._place_of(origins.get(pointer)),
            has_lines=True,
        )
        return editor.edits(wanted)

    def _place_of(self, origin: Origin | None) -> tuple[int, int] | None:
        """Where a value comes from, if that is a variable or a local of the same file with this one use."""
        if origin is None or origin.span is None or not origin.name or not self._is_alone(origin.name):
            return None
        return self.source.offset(*origin.span[:2]), self.source.offset(*origin.span[2:])

    def _is_alone(self, name: str) -> bool:
        """Whether the files of the folder refer to a variable or a local in one place only."""
        pattern = re.compile(rf"(?<![\w.-]){re.escape(name)}(?![\w-])")
        return sum(len(pattern.findall(text)) for text in (self.source.text, *self.texts())) == 1

    def _tree(self, block: Block, evaluation: Evaluation, scope: Scope) -> Value:
        """A block with its attributes and inner blocks as one object."""
        tree = Value(block.start, block.end, entries=[])
        entries: list[tuple[Node, Node]] = []
        for attribute in block.attributes.values():
            if attribute.name not in ("count", "for_each"):
                key = Node(attribute.start, attribute.end, attribute.name)
                entries.append((key, evaluation.evaluate(attribute.value, scope)))
        groups: dict[str, Value] = {}
        for inner in block.blocks:
            name = inner.labels[0] if inner.type == "dynamic" and inner.labels else inner.type
            if name not in groups:
                groups[name] = Value(inner.start, inner.end, items=[])
                entries.append((Node(inner.start, inner.end, name), groups[name]))
            items = groups[name].items
            if items is not None:
                is_dynamic = inner.type == "dynamic"
                items += (
                    self._dynamic(inner, name, evaluation, scope)
                    if is_dynamic
                    else [self._tree(inner, evaluation, scope)]
                )
        tree.entries = entries
        return tree

    def _dynamic(self, block: Block, name: str, evaluation: Evaluation, scope: Scope) -> list[Value]:
        """The blocks that a `dynamic` block makes; one unknown item where that can't be told."""
        unknown = Value(block.start, block.end, Unknown(f"dynamic {name}", "reference"))
        each = block.attributes.get("for_each")
        content = next((inner for inner in block.blocks if inner.type == "content"), None)
        if each is None or content is None:
            return [unknown]
        over = evaluation.evaluate(each.value, scope)
        iterator = block.attributes.get("iterator")
        variable = iterator.value.text if iterator else name
        made_blocks: list[Value] = []
        for key, value in list(_each(over, is_list=True))[:MAX_INSTANCES]:
            turn = {**scope, variable: _object(each, key=_at(each, key), value=value)}
            made_blocks.append(self._tree(content, evaluation, turn))
        is_known = over.entries is not None or (
            over.items is not None and not any(isinstance(item.value, Unknown) for item in over.items)
        )
        return made_blocks if is_known and not over.is_partial else [*made_blocks, unknown]


def _is_of_container(change: Change) -> bool:
    return change.pointer.startswith("/containerDefinitions/")


def _all_same(some: tuple[Reading, ...], others: tuple[Reading, ...]) -> bool:
    return len(some) == len(others) and all(same(one.task, other.task) for one, other in zip(some, others, strict=True))


def _given(folder: _Folder, name: str) -> dict[str, Given]:
    file = folder.source(name)
    return {key: Given(item.value, "") for key, item in syntax.attributes(file).items()} if file else {}


def _each(over: Value, *, is_list: bool = False) -> Iterator[tuple[str, Value]]:
    """Keys and values of what `for_each` goes through, as far as they are known."""
    if over.entries is not None:
        for key, value in over.entries:
            yield str(key.value), _value(value)
    elif over.items is not None:
        for index, item in enumerate(over.items):
            if isinstance(item.value, str):
                yield item.value, _value(item)
            elif is_list and not isinstance(item.value, Unknown):
                yield str(index), _value(item)


def _value(node: Node) -> Value:
    return node if isinstance(node, Value) else Value(node.start, node.end, node.value, node.entries, node.items)


def _object(place: Attribute, **values: Value) -> Value:
    entries: list[tuple[Node, Node]] = [(Node(place.start, place.end, key), value) for key, value in values.items()]
    return Value(place.start, place.end, entries=entries)


def _at(place: Attribute, content: object) -> Value:
    return made(content, place.start, place.end)


_SERVICE_DEFAULTS = {"cpu": 1024, "memory": 2048, "network_mode": "awsvpc", "requires_compatibilities": ["FARGATE"]}
"""Of terraform-aws-modules/ecs, modules/service, versions 5 and 6 (variables.tf)."""
_TASK_ARGUMENTS = {
    "cpu": "cpu",
    "memory": "memory",
    "task_cpu": "cpu",
    "task_memory": "memory",
    "family": "family",
    "network_mode": "network_mode",
    "requires_compatibilities": "requires_compatibilities",
    "ephemeral_storage": "ephemeral_storage",
    "runtime_platform": "runtime_platform",
    "container_definitions": "container_definitions",
    "container_definition": "container_definitions",
    "container_definition_json": "container_definitions",
}
_CONTAINER_ARGUMENT_NAMES = ("container_definitions", "container_definition", "container_definition_json", "services")
"""What modules call their containers: terraform-aws-modules and many others, cloudposse's, services with their own."""


def _service(tree: Value, service: str | None) -> Value:
    """A module that makes a task definition, as the resource that it makes; what it adds of its own is unknown.

    Of a module that makes several, the one by the name of `service`.
    """
    source = _module_source(tree)
    if service is not None:
        tree = _value(tree.find(["services", service])[0])
    entries = tree.entries or []
    kept: dict[str, tuple[Node, Node]] = {}
    for key, value in entries:
        name = _TASK_ARGUMENTS.get(str(key.value))
        if name == "container_definitions":
            kept[name] = (Node(key.start, key.end, name), _module_containers(_value(value)))
        elif name:
            kept[name] = (Node(key.start, key.end, name), value)
    if _COMMUNITY.search(source):
        origin = Origin("the default of the module terraform-aws-modules/ecs")
        for name, default in _SERVICE_DEFAULTS.items():
            value = made(default, tree.start, tree.end, origin)
            kept.setdefault(name, (Node(tree.start, tree.end, name), value))
    return Value(tree.start, tree.end, entries=list(kept.values()), is_partial=True)


def _module_source(tree: Value) -> str:
    return next((str(value.value) for key, value in tree.entries or () if key.value == "source"), "")


def _open_containers(adopted: Node) -> None:
    """Make the containers ones that may have more fields, and more containers beside them."""
    containers = adopted.find(["containerDefinitions"])[0]
    if containers.items is not None:
        for item in containers.items:
            item.is_partial = item.entries is not None
        containers.items.append(Value(containers.end, containers.end, Unknown("containers of the module", "reference")))


def _module_containers(value: Value) -> Value:
    """Containers by name, as terraform-aws-modules takes them, or in a list; each may get more from the module."""
    if value.entries is not None:
        items = [_named_container(key, _value(inner)) for key, inner in value.entries]
        unknown = [Value(value.start, value.end, Unknown("containers", "reference"))] if value.is_partial else []
        return Value(value.start, value.end, items=[*items, *unknown])
    return value


def _named_container(key: Node, value: Value) -> Value:
    container = _container(value, "")
    if container.entries is not None and not any(name.value == "name" for name, _ in container.entries):
        container.entries.insert(0, (Node(key.start, key.end, "name"), Value(key.start, key.end, key.value)))
    return container


_CONTAINER_ARGUMENTS = frozenset(
    (
        *("name", "image", "cpu", "memory", "memoryReservation", "essential", "command", "entryPoint", "dependsOn"),
        *("environment", "secrets", "portMappings", "healthCheck", "privileged", "readonlyRootFilesystem", "user"),
        *("workingDirectory", "stopTimeout", "startTimeout", "logConfiguration", "firelensConfiguration"),
        *("mountPoints", "volumesFrom", "ulimits", "linuxParameters", "systemControls", "dockerLabels", "hostname"),
    )
)
_CONTAINER_SPELLINGS = {"entrypoint": "entryPoint", "healthcheck": "healthCheck"}
_FREE = frozenset(("dockerLabels", "options"))
_WHOLE_NUMBERS = frozenset(
    (
        *("cpu", "memory", "memoryReservation", "containerPort", "hostPort", "softLimit", "hardLimit", "interval"),
        *("timeout", "retries", "startPeriod", "startTimeout", "stopTimeout", "sharedMemorySize", "maxSwap", "size"),
    )
)
_SWITCHES = frozenset(("essential", "privileged", "readonlyRootFilesystem", "readOnly", "interactive"))


def _container(value: Value, prefix: str) -> Value:
    """The arguments of a container module as a container, of which the module may hold more."""
    if value.entries is None:
        return value
    entries: list[tuple[Node, Node]] = []
    for key, inner in value.entries:
        name = str(key.value)
        if prefix and name not in ("essential", "environment", "secrets", "port_mappings", "command", "entrypoint"):
            if not name.startswith(prefix):
                continue
            name = name.removeprefix(prefix)
        name = _CONTAINER_SPELLINGS.get(name) or api_name(name)
        if name in _CONTAINER_ARGUMENTS and not (inner.value is None and inner.items is None and inner.entries is None):
            entries.append((Node(key.start, key.end, name), _spelled(inner, name)))
    return Value(value.start, value.end, entries=entries, is_partial=True)


def _spelled(node: Node, name: str) -> Node:
    if node.entries is not None and name not in _FREE:
        entries: list[tuple[Node, Node]] = []
        for key, inner in node.entries:
            spelled = api_name(str(key.value))
            entries.append((Node(key.start, key.end, spelled), _spelled(inner, spelled)))
        return Value(node.start, node.end, entries=entries, is_partial=True)
    if node.items is not None:
        return Value(node.start, node.end, items=[_spelled(item, name) for item in node.items])
    return _converted(node, name)


def _converted(node: Node, name: str) -> Node:
    """A scalar in the type that the module's variable has."""
    content = node.value
    if name == "value" and isinstance(content, int | float):
        content = as_text(content)
    elif name in _WHOLE_NUMBERS and isinstance(content, str) and content.isascii() and content.isdigit():
        content = number(content)
    elif name in _SWITCHES and isinstance(content, str):
        content = {"true": True, "false": False}.get(content, content)
    return node if content is node.value else replace(node, value=content)


def _call(evaluate: Evaluate, block: Block, output: str) -> Value | None:
    """An output of cloudposse's container-definition module, or of that of terraform-aws-modules."""
    source = block.attributes.get("source")
    path = evaluate(source.value).value if source else None
    if not isinstance(path, str) or _CONTAINER_MODULE not in path or output not in _CONTAINER_OUTPUTS:
        return None
    entries: list[tuple[Node, Node]] = [
        (Node(item.start, item.end, item.name), evaluate(item.value)) for item in block.attributes.values()
    ]
    container = _container(Value(block.start, block.end, entries=entries), "container_")
    value = Value(block.start, block.end, items=[container]) if _CONTAINER_OUTPUTS[output] else container
    return encode(value, block.start, block.end) if "json" in output and "object" not in output else value
