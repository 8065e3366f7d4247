"""One definition in the texts that people keep it in: formats, layouts, comments, line ends."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

Definition = dict[str, Any]
Dump = Callable[[Definition], str]

_FREE = ("options", "dockerLabels")
_BLOCKS = ("runtimePlatform", "ephemeralStorage")


def _json(indent: int | str | None, separators: tuple[str, str] | None = None) -> Dump:
    return lambda data: json.dumps(data, indent=indent, separators=separators) + "\n"


def _json_with_flat_leaves(data: Definition) -> str:
    """Objects of scalars on one line."""

    def dump(value: Any, indent: str) -> str:
        inner = list(value.values() if isinstance(value, dict) else value if isinstance(value, list) else ())
        if not inner or not any(isinstance(item, dict | list) for item in inner):
            return json.dumps(value)
        deeper = indent + "   "
        if isinstance(value, dict):
            parts = [f"{json.dumps(key)}: {dump(item, deeper)}" for key, item in value.items()]
            return "{\n" + deeper + f",\n{deeper}".join(parts) + f"\n{indent}}}"
        return "[\n" + deeper + f",\n{deeper}".join(dump(item, deeper) for item in value) + f"\n{indent}]"

    return dump(data, "")


def _json_hugging(data: Definition) -> str:
    """Brackets beside braces: `[{ ... }, { ... }]`."""
    text = json.dumps(data, indent=2)
    text = re.sub(r"\[\s+\{", "[{", text)
    text = re.sub(r"\},\s+\{", "}, {", text)
    return re.sub(r"\}\s+\]", "}]", text)


def _json_with_trailing_commas(data: Definition) -> str:
    """With a comment, as in a file that is more than JSON."""
    return "// JSON5\n" + re.sub(r"([^,{\[\s])\n(\s*[}\]])", r"\1,\n\2", json.dumps(data, indent=4)) + "\n"


def _numbered(text: str, mark: str, pattern: str = r"\n( *)(?=\S)") -> str:
    """The text with a comment of its own above each line."""
    numbers = iter(range(10_000))
    return re.sub(pattern, lambda match: f"\n{match[1]}{mark} c{next(numbers)}\n{match[1]}", text)


def _behind(text: str, mark: str) -> str:
    """The text with a comment of its own behind each line that ends with a value or a comma."""
    numbers = iter(range(10_000))
    return re.sub(r"([\w\"',])\n", lambda match: f"{match[1]} {mark} c{next(numbers)}\n", text)


def _plain(value: Any) -> str:
    words = str(value)
    if isinstance(value, str) and not re.fullmatch(r"(?!false)[a-z][a-z0-9./-]*(:[a-z0-9.-]+)*", words):
        return json.dumps(value)
    return words.lower() if isinstance(value, bool) else words


def _single(value: Any) -> str:
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else _plain(value)


def _yaml(data: Definition, scalar: Callable[[Any], str] = _plain, list_indent: int = 2, step: int = 2) -> str:
    def lines(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            for key, item in value.items():
                if isinstance(item, dict | list) and item:
                    yield f"{key}:"
                    shift = list_indent if isinstance(item, list) else step
                    yield from (" " * shift + line for line in lines(item))
                else:
                    yield f"{key}: {scalar(item) if not isinstance(item, list | dict) else json.dumps(item)}"
        else:
            for item in value:
                first, *more = lines(item) if isinstance(item, dict | list) else [scalar(item)]
                yield f"- {first}"
                yield from ("  " + line for line in more)

    return "\n".join(lines(data)) + "\n"


def _yaml_flow(data: Definition) -> str:
    """Top level in block style, all below in flow style without quotes around keys."""

    def flow(value: Any) -> str:
        if isinstance(value, dict):
            return "{" + ", ".join(f"{key}: {flow(item)}" for key, item in value.items()) + "}"
        if isinstance(value, list):
            return "[" + ", ".join(map(flow, value)) + "]"
        return json.dumps(value)

    return "".join(f"{key}: {flow(value)}\n" for key, value in data.items())


def _spelled(value: Any, name: str = "") -> Any:
    """CloudFormation's spelling."""
    if isinstance(value, dict):
        keys = {key: key if name in _FREE else key[:1].upper() + key[1:] for key in value}
        return {keys[key]: _spelled(item, key) for key, item in value.items()}
    return [_spelled(item) for item in value] if isinstance(value, list) else value


def _template(data: Definition) -> Definition:
    other = {"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": 7}}
    task = {"Type": "AWS::ECS::TaskDefinition", "Properties": _spelled(data)}
    return {"AWSTemplateFormatVersion": "2010-09-09", "Resources": {"Logs": other, "Task": task, "More": other}}


def _hcl(value: Any, indent: str = "  ", comma: str = "") -> str:
    deeper = indent + "  "
    if isinstance(value, dict) and value:
        width = max(map(len, value))
        entries = [f"{key.ljust(width)} = {_hcl(item, deeper, comma)}" for key, item in value.items()]
        return "{\n" + deeper + f"{comma}\n{deeper}".join(entries) + f"{comma}\n{indent}}}"
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "[\n" + deeper + f",\n{deeper}".join(_hcl(item, deeper, comma) for item in value) + f"\n{indent}]"
    return json.dumps(value)


def _snake(name: str) -> str:
    return {"sizeInGiB": "size_in_gib"}.get(name) or re.sub(r"(?=[A-Z])", "_", name).lower()


def _terraform(data: Definition, containers: Callable[[Any], str]) -> str:
    names = {key: _snake(key) for key in data if key not in (*_BLOCKS, "containerDefinitions")}
    width = max(map(len, names.values()))
    lines = [f"  {name.ljust(width)} = {json.dumps(data[key])}" for key, name in names.items()]
    lines.append(f"  container_definitions = {containers(data['containerDefinitions'])}")
    for key in _BLOCKS:
        if key in data:
            inner = "\n".join(f"    {_snake(name)} = {json.dumps(value)}" for name, value in data[key].items())
            lines += [f"  {_snake(key)} {{", inner, "  }"]
    head = 'variable "unused" {\n  default = 512\n}\n\nresource "aws_ecs_task_definition" "this" {\n'
    return head + "\n".join(lines) + '\n}\n\noutput "arn" {\n  value = aws_ecs_task_definition.this.arn\n}\n'


def _heredoc(opening: str) -> Dump:
    return lambda data: _terraform(data, lambda value: f"{opening}\n{json.dumps(value, indent=2)}\nEOF")


def _jsonencode(comma: str) -> Dump:
    return lambda data: _terraform(data, lambda value: f"jsonencode({_hcl(value, comma=comma)})")


JSON: dict[str, Dump] = {
    "two blanks": _json(2),
    "four blanks": _json(4),
    "tabs": _json("\t"),
    "one line": _json(None),
    "minified": _json(None, (",", ":")),
    "flat leaves": _json_with_flat_leaves,
    "hugging": _json_hugging,
    "trailing commas": _json_with_trailing_commas,
    "comments above": lambda data: _numbered(json.dumps(data, indent=2), "//"),
    "comments behind": lambda data: _behind(json.dumps(data, indent=2), "//"),
    "in an answer": lambda data: json.dumps({"taskDefinition": data, "tags": []}, indent=2),
}
YAML: dict[str, Dump] = {
    "block": _yaml,
    "block, lists not indented": lambda data: _yaml(data, list_indent=0),
    "block, four blanks": lambda data: _yaml(data, list_indent=4, step=4),
    "block, single quotes": lambda data: _yaml(data, _single),
    "block, double quotes": lambda data: _yaml(data, json.dumps),
    "block, comments above": lambda data: _numbered("\n" + _yaml(data), "#"),
    "block, comments behind": lambda data: _behind(_yaml(data), "#"),
    "flow": _yaml_flow,
    "JSON": lambda data: "# as YAML\n" + json.dumps(data, indent=2),
    "a stream": lambda data: f"---\nkind: other\n---\n{_yaml(data)}---\nkind: another\n",
}
CLOUDFORMATION: dict[str, Dump] = {
    "JSON": lambda data: json.dumps(_template(data), indent=2),
    "block": lambda data: _yaml(_template(data)),
    "block, lists not indented": lambda data: _yaml(_template(data), list_indent=0),
    "block, comments above": lambda data: _numbered("\n" + _yaml(_template(data)), "#"),
    "flow": lambda data: _yaml_flow(_template(data)),
}
TERRAFORM: dict[str, Dump] = {
    "jsonencode": _jsonencode(""),
    "jsonencode, commas": _jsonencode(","),
    "jsonencode, comments above": lambda data: _numbered(_jsonencode("")(data), "#"),
    "jsonencode of JSON": lambda data: _terraform(data, lambda value: f"jsonencode({json.dumps(value)})"),
    "heredoc": _heredoc("<<EOF"),
    "indented heredoc": _heredoc("<<-EOF"),
}
LAYOUTS = {
    f"{name}: {layout}": dump
    for name, layouts in (
        ("JSON", JSON),
        ("YAML", YAML),
        ("CloudFormation", CLOUDFORMATION),
        ("Terraform", TERRAFORM),
    )
    for layout, dump in layouts.items()
}
"""By the name of the format and of the layout."""

FINISHES: dict[str, Callable[[str], str]] = {
    "as it is": lambda text: text,
    "CRLF": lambda text: text.replace("\n", "\r\n"),
    "byte order mark": lambda text: "\ufeff" + text,
    "no last line end": lambda text: text.rstrip("\n"),
}
