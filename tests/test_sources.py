"""Reading files: what is found, what is unknown, and where each value stands."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskfit.definition import GAP, Partial, Unknown, escape
from taskfit.finding import Change, Severity
from taskfit.sources import reader
from taskfit.sources.document import Document, span_at
from taskfit.syntax import json_text, yaml_text
from taskfit.syntax.placeholders import normal, normalise, placeholder_name
from taskfit.syntax.text import SourceText
from taskfit.syntax.tree import Node
from taskfit.syntax.unreadable import UnreadableError

DEFINITION = {"family": "web", "containerDefinitions": [{"name": "app", "image": "nginx:1.27"}]}

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def read(text: str | bytes, **variables: str) -> Document:
    return reader.read(text.encode() if isinstance(text, str) else text, variables)


def only(document: Document) -> dict[str, Any]:
    ((reading,),) = document.definitions
    return dict(reading.task.data)


def place(document: Document, pointer: str, on_key: bool = False) -> tuple[int, int, int, int]:
    span = document.definitions[0][0].locate(pointer, on_key)
    return span.line, span.column, span.end_line, span.end_column


@given(json_values, st.sampled_from([None, 2]))
def test_json_is_read_as_the_standard_library_reads_it(value: Any, indent: int | None) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    if any(mark in text for mark in "$<{%_#@[A") and re.search(r"[$<%_#@]|\{\w|\[\[|[A-Z]", json.dumps(value)):
        return  # it may hold what reads as a placeholder
    assert json_text.parse(text).plain() == value


@given(json_values)
def test_every_scalar_stands_where_its_span_says(value: Any) -> None:
    text = json.dumps(value, indent=1)
    for node in _scalars(yaml_free(text)):
        assert json.loads(text[node.start : node.end]) == node.value


@given(json_values, st.sampled_from([None, 1]))
def test_an_outline_places_what_the_parser_places(value: Any, indent: int | None) -> None:
    text = json.dumps(value, indent=indent)
    tree, outline = yaml_free(text), json_text.Outline(text)
    if tree.plain() != value:
        return  # it holds what reads as a placeholder, such as `[[1]]`
    for steps in _paths(value):
        whole, part = tree.find(steps), outline.find(steps)
        assert [node and (node.start, node.end) for node in part] == [node and (node.start, node.end) for node in whole]


@given(json_values, st.sampled_from([None, 1]))
def test_the_place_of_a_finding_does_not_depend_on_earlier_findings(value: Any, indent: int | None) -> None:
    text = json.dumps(value, indent=indent)
    tree, source = yaml_free(text), SourceText(text)
    if tree.plain() != value:
        return  # it holds what reads as a placeholder, such as `[[1]]`
    for steps in _paths(value):
        pointer = "".join(f"/{escape(step)}" for step in steps)
        alone = span_at(source, json_text.Outline(text), pointer, on_key=False)
        assert alone == span_at(source, tree, pointer, on_key=False)


def test_a_finding_on_an_object_points_at_its_name_even_if_it_is_the_only_one() -> None:
    document = read('{"family": "web", "containerDefinitions": [{"name": "app", "image": "nginx:1.27"}]}')
    assert place(document, "/containerDefinitions/0") == (1, 53, 1, 58)


def _paths(value: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, (*path, "no such key"), *(each for key, item in children for each in _paths(item, (*path, str(key))))]


def yaml_free(text: str) -> Node:
    try:
        return json_text.parse(text)
    except UnreadableError:
        return Node(0, 0, items=[])


def _scalars(tree: Node) -> list[Node]:
    return [
        node
        for node in tree.walk()
        if node.entries is None and node.items is None and not isinstance(node.value, Unknown)
    ]


@given(
    st.dictionaries(
        st.text("abcXYZ-", min_size=1),
        st.integers(0, 10**6) | st.text("abc xyz.:", max_size=12) | st.booleans(),
        max_size=5,
    )
)
def test_json_means_the_same_to_the_yaml_reader(value: dict[str, Any]) -> None:
    text = json.dumps(value, indent=2)
    (tree,) = yaml_text.parse_all(text)
    assert tree.plain() == value


def offset_of_error(parse: Callable[[str], object], text: str) -> int | None:
    try:
        parse(text)
    except UnreadableError as error:
        return error.offset
    return None


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_at_an_offset(text: str) -> None:
    for parse in (json_text.parse, yaml_text.parse_all):
        offset = offset_of_error(parse, text)
        assert offset is None or 0 <= offset <= len(text)


@given(st.binary(max_size=300))
def test_any_bytes_that_claim_to_be_a_definition_are_read_or_a_fault(noise: bytes) -> None:
    document = reader.read(b'{"containerDefinitions": ' + noise, {})
    assert document.definitions or document.faults or not noise.strip()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("${CPU}", "CPU"),
        ("$CPU", "CPU"),
        ("{{ cpu }}", "cpu"),
        ('{{ must_env "CPU" }}', "CPU"),
        ("{{ env `CPU` `` }}", "CPU"),
        ("__CPU__", "CPU"),
        ("%CPU%", "CPU"),
        ("<CPU>", "CPU"),
        ("#{CPU}", "CPU"),
        ("[[CPU]]", "CPU"),
        ("@@CPU@@", "CPU"),
        ("$$$CPU$$$", "CPU"),
        ("<%= CPU %>", "CPU"),
        ("{CPU}", "CPU"),
    ],
)
def test_a_placeholder_is_unknown_until_a_variable_fills_it(text: str, name: str) -> None:
    assert placeholder_name(text) == name
    assert normalise(text, {}) == Unknown(text)
    assert normalise(f"a-{text}-b", {name: "7"}) == "a-7-b"


@pytest.mark.parametrize(
    ("size", "is_name"), [("CONTAINER_CPU", True), ("CPU", True), ("1 VCPU", False), ("4GB", False)]
)
def test_a_word_in_capitals_is_a_placeholder_as_the_size_of_a_task(size: str, is_name: bool) -> None:
    task = {"cpu": size, "memory": "512", "containerDefinitions": [{"name": "app", "image": size}]}
    assert normal(task, {})[0] == (task | {"cpu": Unknown(size)} if is_name else task)
    assert normal(task, {size: "256"})[0] == (task | {"cpu": "256"} if is_name else task)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain",
        "a_b",
        "arn:aws:iam::123456789012:role/x",
        "50%",
        "a<b",
        "#1",
        "CMD-SHELL",
        "x@y",
        "C#",
        "A_REGIONAL",
    ],
)
def test_ordinary_text_is_no_placeholder(text: str) -> None:
    assert normalise(text, {}) == text


@pytest.mark.parametrize("name", ["AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCOUNT_ID", "TEMPLATE_ID", "CHANGE_LOG"])
def test_the_name_of_an_environment_variable_is_no_placeholder(name: str) -> None:
    for value in ("value", "valueFrom"):
        assert normalise({"name": name, value: name}, {})["name"] == name
    assert normalise({"name": "YOUR_NAME", "value": "x"}, {})["name"] == Unknown("YOUR_NAME")
    assert normalise({"name": "AWS_REGION", "value": "x"}, {"AWS_REGION": "FILLED"})["name"] == "FILLED"


@given(st.text("abcdefgh ./:-=,0123456789"))
def test_text_without_marks_stays_as_it_is(text: str) -> None:
    assert normalise(text, {}) == text


def test_a_bare_placeholder_filled_with_digits_is_a_number() -> None:
    text = '{"family": "a", "containerDefinitions": [{"name": "a", "image": "b", "memory": ${MEM}, "cpu": {{ cpu }}}]}'
    container = only(read(text, MEM="512"))["containerDefinitions"][0]
    assert container["memory"] == 512
    assert container["cpu"] == Unknown("{{ cpu }}")


@pytest.mark.parametrize("quote", ["`", '"', '\\"'])
def test_ecspressos_default_is_the_value_until_a_variable_is_given(quote: str) -> None:
    image = "nginx:{{ env 'TAG' 'latest' }}".replace("'", quote)
    text = '{"family": "a", "cpu": {{ env `CPU` `8192` }}, "containerDefinitions": [{"image": "' + image + '"}]}'
    ((reading,),) = read(text).definitions
    assert reading.task.data["cpu"] == 8192
    assert reading.task.containers[0].image == "nginx:latest"
    assert reading.origins["/cpu"].text == "the default of CPU"
    assert reading.origins["/containerDefinitions/0/image"].text == "the default of TAG"
    assert text[reading.locate("/containerDefinitions/0/image", False).column - 1 :].startswith(f'"{image}"')
    ((reading,),) = read(text, CPU="256", TAG="1").definitions
    assert (reading.task.data["cpu"], reading.task.containers[0].image, reading.origins) == (256, "nginx:1", {})


def test_a_terraform_template_is_read_with_its_conditions_as_choices() -> None:
    text = """[{"name": "a", "image": "${image}", "memory": ${memory}, "essential": true,
  "environment": [{"name": "A", "value": "1"}%{ if big }, {"name": "B", "value": "2"}%{ endif }]}]"""
    (readings,) = read(text, memory="512").definitions
    assert [reading.choice for reading in readings] == ["`big` true", "`big` false"]
    assert [set(reading.task.containers[0].environment) for reading in readings] == [{"A", "B"}, {"A"}]
    assert readings[0].task.containers[0].image == Unknown("${image}", "reference", GAP)
    assert readings[0].task.containers[0].memory == 512
    assert readings[0].origins["/containerDefinitions/0/memory"].text.startswith("the value given for memory")
    span = readings[0].locate("/containerDefinitions/0/environment/1/value", False)
    line = text.splitlines()[span.line - 1]
    assert line[span.column - 1 : span.end_column - 1] == '"2"'


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.json.j2", '{"containerDefinitions": [{% for c in x %}{"name": "a"}{% endfor %}', "`{% for`"),
        ("a.json.tpl", '{"containerDefinitions": [\n{{- range .X }}\n"a": {}\n{{ end }}]}', "`{{- range`"),
        ("a.ts", "new ecs.FargateTaskDefinition(this, 'T', {});", "in a program"),
        ("a.sh", 'aws ecs x <<E\n{"containerDefinitions": [{"name": "a"}]}\nE\n', "within other text"),
        ("a.json.tpl", 'header\n{"family":"a","containerDefinitions":[{"name":"a"}]}\n', "within other text"),
        ("Dockerrun.aws.json", '{"AWSEBDockerrunVersion": 2, "containerDefinitions": []}', "Elastic Beanstalk"),
        ("a.yml", "- hosts: all\n  tasks:\n    - ecs_taskdefinition:\n        containers: []\n", "Ansible"),
        (
            "Pulumi.yaml",
            "resources:\n  t:\n    containerDefinitions:\n      fn::toJSON: [{name: a}]\n",
            "does not look",
        ),
        ("a.json", '{"x": {"ContainerDefinitions": [{"Name": "a"}]}}', "does not look"),
    ],
)
def test_a_definition_that_is_not_read_is_a_note(name: str, text: str, words: str) -> None:
    (fault,) = reader.read(text.encode(), {}, Path(name)).faults
    assert fault.severity is Severity.NOTE
    assert words in fault.message


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("schema.json", '{"properties": {"containerDefinitions": {"type": "array"}}}'),
        ("rule.yaml", 'example: |\n  {"containerDefinitions": [{"name": "a"}]}\n'),
        ("a.json", '{"containerDefinitions": []'[:-2] + '"x"}'),
        ("notes.md", "The field `containerDefinitions` is a list.\n"),
    ],
)
def test_a_file_that_only_speaks_of_definitions_is_passed_over(name: str, text: str) -> None:
    assert vars(reader.read(text.encode(), {}, Path(name))) == vars(Document())


def test_nulls_and_comment_keys_are_absent() -> None:
    assert normalise({"a": None, "_b": 1, "$schema": "x", "//": "y", "c": {"d": None}}, {}) == {"c": {}}


def test_a_placeholder_among_the_keys_makes_a_mapping_partial() -> None:
    data = only(read('{"family": "a", ${EXTRA} "containerDefinitions": []}'))
    assert isinstance(data, dict)
    ((reading,),) = read('{"family": "a", {{ extra }} "containerDefinitions": []}').definitions
    assert isinstance(reading.task.data, Partial)


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(DEFINITION),
        json.dumps({"taskDefinition": DEFINITION, "tags": []}),
        json.dumps([DEFINITION]),
        json.dumps({"taskDefinitions": [DEFINITION]}),
        "\ufeff" + json.dumps(DEFINITION, indent=2),
        json.dumps(DEFINITION, indent=2).replace("\n", "\r\n"),
        "// a comment\n" + json.dumps(DEFINITION),
        json.dumps(DEFINITION)[:-1] + ",}",
        "family: web\ncontainerDefinitions:\n  - name: app\n    image: nginx:1.27\n",
        "family: web\ncontainerDefinitions: [{name: app, image: 'nginx:1.27'}]\n",
    ],
)
def test_every_shape_holds_the_same_definition(text: str) -> None:
    assert only(read(text)) == DEFINITION


def test_every_document_of_a_stream_is_read() -> None:
    one = "family: {}\ncontainerDefinitions: []\n"
    found = read("---\n".join(one.format(name) for name in "abc")).definitions
    assert [readings[0].task.family for readings in found] == ["a", "b", "c"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        "version: 1.0\nruntime: python3\n",  # App Runner
        "version: 1\ntask_definition:\n  image: a\n",
        '{"Resources": {"F": {"Type": "AWS::Lambda::Function"}}}',
        '{"name": "a", "image": "b"}',
        '[{"name": "a", "image": "b.png"}]',
        '{"scripts": {"family": "x"}}',
    ],
)
def test_other_files_are_passed_over(text: str) -> None:
    assert vars(read(text)) == vars(Document())


def test_places_are_exact() -> None:
    text = (
        '{\n  "family": "web",\n  "cpu": "256",\n  "containerDefinitions": [\n    {"name": "a", "image": "b"}\n  ]\n}'
    )
    document = read(text)
    assert place(document, "/cpu") == (3, 10, 3, 15)
    assert place(document, "/cpu", on_key=True) == (3, 3, 3, 8)
    assert place(document, "/containerDefinitions/0/image") == (5, 28, 5, 31)
    assert place(document, "/containerDefinitions/0") == (5, 14, 5, 17)
    assert place(document, "/containerDefinitions/0/memory") == (5, 14, 5, 17)


def test_places_in_a_bare_list_of_containers_are_exact() -> None:
    for more in ("", ", // a comment"):
        text = f'[\n  {{"name": "a", "image": "b", "essential": true{more}\n  }}\n]'
        document = read(text)
        assert place(document, "/containerDefinitions/0/image") == (2, 26, 2, 29)
        assert place(document, "/containerDefinitions/0/image", on_key=True) == (2, 17, 2, 24)


def test_places_are_the_same_with_a_byte_order_mark_and_other_line_ends() -> None:
    text = "family: web\ncpu: 256\ncontainerDefinitions: []\n"
    for variant in (text, "\ufeff" + text, text.replace("\n", "\r\n")):
        assert place(read(variant), "/cpu") == (2, 6, 2, 9)


@pytest.mark.parametrize(
    ("first", "second", "severity"),
    [
        ('"1"', '"2"', Severity.WARNING),
        ("1", "true", Severity.WARNING),
        ("[{}]", '[{"a": 0}]', Severity.WARNING),
        ('[{"a": 0}]', '[{"a": false}]', Severity.WARNING),
        ('[{"a": 0}]', '[{"a": 0}]', Severity.NOTE),
    ],
)
def test_a_key_given_twice_is_a_fault_at_the_second(first: str, second: str, severity: Severity) -> None:
    text = f'{{"family": "a",\n "cpu": {first},\n "cpu": {second}, "containerDefinitions": []}}'
    (fault,) = read(text).faults
    assert fault.severity is severity
    assert (fault.span.line, fault.span.column) == (3, 2)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('{"family": "a",\n"containerDefinitions": [}', 2, "expected a value"),
        ('{"family": "a",\n"containerDefinitions": [\n', 2, "never closed"),
        ('{"family": "a"\n"containerDefinitions": []}', 2, 'expected ","'),
        ("family: a\ncontainerDefinitions: [\n- x: :\n", 2, "never closed"),
        ("family: a\n\tcontainerDefinitions: []\n", 2, "can't be read"),
        ('{"containerDefinitions": "abc\n"}', 1, "no closing quote"),
        ('{"containerDefinitions": "\\x"}', 1, "can't be read"),
    ],
)
def test_what_cannot_be_read_is_a_fault_at_its_line(text: str, line: int, words: str) -> None:
    (fault,) = read(text).faults
    assert fault.span.line == line
    assert words in fault.message


@pytest.mark.parametrize("suffix", [".json", ".jsonc", ".json5"])
def test_text_before_an_object_of_json_is_a_fault(suffix: str) -> None:
    text = 'header\n{"family":"a","containerDefinitions":[{"name":"a"}]}\n'
    (fault,) = reader.read(text.encode(), {}, Path(f"task{suffix}")).faults
    assert (fault.severity, "expected a value" in fault.message) == (None, True)


@pytest.mark.parametrize(
    ("name", "count"), [("task.json", 1), ("task", 1), ("task.jsonc", 0), ("task.JSON5", 0), ("task.yaml", 0)]
)
def test_a_comma_too_many_is_a_warning_where_only_json_is_read(name: str, count: int) -> None:
    document = reader.read(b'{"containerDefinitions": [{"name": "a"},]}', {}, Path(name))
    assert [fault.severity for fault in document.faults] == [Severity.WARNING] * count
    assert len(document.definitions) == 1


@pytest.mark.parametrize(("name", "count"), [("task.json", 1), ("task.jsonc", 0), ("task.yaml", 0), ("<stdin>", 0)])
def test_what_only_yaml_has_is_a_warning_in_a_file_of_json(name: str, count: int) -> None:
    document = reader.read(b'{"containerDefinitions": [{"name": \'a\'}]}', {}, Path(name))
    assert [fault.severity for fault in document.faults] == [Severity.WARNING] * count
    assert len(document.definitions) == 1


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_a_definition_in_utf16_is_a_fault(encoding: str) -> None:
    (fault,) = read(json.dumps(DEFINITION).encode(encoding)).faults
    assert (fault.message, fault.span.line) == ("not UTF-8, but UTF-16 or UTF-32", 1)
    assert read("[1, 2]".encode(encoding)).faults == []


def test_bytes_that_are_not_utf8_are_a_fault_at_their_line() -> None:
    (fault,) = read(b'{"family": "a",\n "containerDefinitions": "\xff"}').faults
    assert (fault.span.line, fault.span.column) == (2, 27)


def test_a_comment_of_terraform_may_be_in_another_encoding() -> None:
    text = b'# caf\xe9\nresource "aws_ecs_task_definition" "a" {}\n'
    (fault,) = reader.read(text, {}, Path("main.tf")).faults
    assert (fault.severity, fault.span.line, fault.span.column) == (Severity.NOTE, 1, 6)
    assert "nothing in this file is checked" in fault.message


@pytest.mark.parametrize("before", ["\r", "é\n", "\ufeff\n"])
def test_the_place_of_a_byte_counts_characters_and_every_kind_of_line_end(before: str) -> None:
    (fault,) = read(f'{before}{{"containerDefinitions": "é'.encode() + b'\xff"}').faults
    assert (fault.span.line, fault.span.column) == (2, 28)


@pytest.mark.parametrize("opening", ["[", '{"a":', "- ", "{a: "])
def test_deep_nesting_is_refused(opening: str) -> None:
    (fault,) = read('{"containerDefinitions": ' + opening * 10_000).faults
    assert "nested" in fault.message or "can't be read" in fault.message


def test_deep_block_nesting_is_refused() -> None:
    text = "containerDefinitions:\n" + "".join(f"{' ' * depth}a:\n" for depth in range(1, 1500))
    (fault,) = read(text).faults
    assert "nested deeper" in fault.message


def test_an_alias_bomb_is_refused() -> None:
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
    (fault,) = read("containerDefinitions: []\n" + "\n".join(levels)).faults
    assert "expands to more than" in fault.message


def test_aliases_and_merge_keys_are_resolved() -> None:
    text = "base: &b {essential: true, image: x}\nfamily: a\ncontainerDefinitions:\n  - <<: *b\n    name: app\n    image: y\n"
    assert only(read(text))["containerDefinitions"] == [{"essential": True, "name": "app", "image": "y"}]


@pytest.mark.parametrize(
    ("merge", "image"),
    [
        ("{<<: *a, image: own}", "own"),
        ("{image: own, <<: *a}", "own"),
        ("{<<: [*a, *b]}", "a"),  # the first of several wins
        ("{<<: [*b, *a]}", "b"),
        ("{<<: [*b, *a], image: own}", "own"),
        ("{<<: *a, <<: *b}", "b"),  # as PyYAML reads it
    ],
)
def test_what_a_mapping_has_itself_wins_over_what_is_merged(merge: str, image: str) -> None:
    text = f"a: &a {{image: a, cpu: 1}}\nb: &b {{image: b, memory: 2}}\nfamily: f\ncontainerDefinitions:\n  - {merge}\n"
    [container] = only(read(text))["containerDefinitions"]
    assert container == {"image": image} | {"cpu": 1} | ({"memory": 2} if "*b" in merge else {})


@pytest.mark.parametrize(
    ("text", "of_a"),
    [
        ("a:\n  b: 1\n  c: [x, y]\n\n# end\nd: 2\n", "b: 1\n  c: [x, y]"),
        ("a: {b: 1, c: [x]}  # end\nd: 2\n", "{b: 1, c: [x]}"),
        ("a: []\nd: 2\n", "[]"),
        ("a:\n  - b: 1\n    c: 2\n  - x\n\nd: 2\n", "- b: 1\n    c: 2\n  - x"),
        ("d: &d {b: 1}\na:\n  b: 1\n  <<: *d\n\ne: 2\n", "b: 1\n  <<: *d"),
        ("d: &d {b: 1}\na:\n  <<: *d\n\ne: 2\n", "<<: *d"),
        ("d: &d {b: 1}\na: *d\ne: 2\n", "*d"),
    ],
)
def test_a_collection_ends_with_its_last_value_or_its_bracket(text: str, of_a: str) -> None:
    (tree,) = yaml_text.parse_all(text)
    (node,) = (node for key, node in tree.entries or () if key.value == "a")
    assert text[node.start : node.end] == of_a


def test_a_value_that_wins_over_a_merged_one_is_the_one_that_is_located() -> None:
    text = "a: &a\n  image: a\nfamily: f\ncontainerDefinitions:\n  - <<: *a\n    image: own\n"
    [[reading]] = read(text).definitions
    assert reading.locate("/containerDefinitions/0/image", False).line == 6


@pytest.mark.parametrize("text", ["a: yes", "a: no", "a: on", "a: 12:30", "a: 2024-01-01", "a: 0777x", "a: 1_000"])
def test_words_of_yaml_1_1_are_strings(text: str) -> None:
    (tree,) = yaml_text.parse_all(text)
    assert tree.plain() == {"a": text[3:]}


@given(st.text(), st.integers(0, 50), st.integers(0, 50))
def test_a_span_leads_back_to_its_text(text: str, start: int, length: int) -> None:
    source = SourceText(text)
    start = min(start, len(source.text))
    line, column = source.position(start)
    lines = re.split(r"\r\n|\n|\r", source.text[:start])
    if source.text[start - 1 : start + 1] != "\r\n":
        assert (line, column) == (len(lines), len(lines[-1]) + 1)
    assert length >= 0


def test_a_placeholder_with_a_default_and_a_bare_list_are_not_edited() -> None:
    text = '{"family": "a", "cpu": "{{ env `CPU` `512` }}", "memory": "8192", "containerDefinitions": [{"name": "a"}]}'
    ((reading,),) = read(text).definitions
    assert reading.edits([Change("replace", "/cpu", "1024")]) is None
    assert reading.edits([Change("replace", "/memory", "1024")]) is not None
    ((reading,),) = read('[{"name": "a", "image": "b", "essential": true}]').definitions
    assert reading.edits([Change("replace", "/containerDefinitions/0/image", "c")]) is None


MERGED = """\
base: &base
  name: app
  image: nginx
  memory: 512
variables: &variables
  - {name: A, value: a}
family: web
containerDefinitions:
  - <<: *base
    environment: *variables
  - *base
  - {<<: *base, name: b}
  - <<: *base
"""


def test_no_span_of_what_is_merged_ends_before_it_starts() -> None:
    [[reading]] = read(MERGED).definitions
    pending: list[tuple[Any, str]] = [(reading.task.data, "")]
    places = {}
    while pending:
        value, pointer = pending.pop()
        for on_key in (True, False):
            span = reading.locate(pointer, on_key)
            assert span[:2] <= span[2:], pointer
            places[pointer, on_key] = span
        items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        pending += [(item, f"{pointer}/{key}") for key, item in items]
    lines = MERGED.splitlines()
    written = {at: lines[span.line - 1][span.column - 1 : span.end_column - 1] for at, span in places.items()}
    assert written["/containerDefinitions/0", False] == "<<"
    assert written["/containerDefinitions/1", False] == "*base"
    assert written["/containerDefinitions/2", False] == "b"
    assert written["/containerDefinitions/3", False] == "<<"
    assert (places["/containerDefinitions/1/memory", False].line, written["/containerDefinitions/1/memory", False]) == (
        4,
        "512",
    )


def test_tags_beside_a_definition_have_their_place_there() -> None:
    text = '{\n"taskDefinition": {"family": "web", "containerDefinitions": []},\n"tags": [{"key": "a",\n"value": "b"}]}'
    [[reading]] = read(text).definitions
    assert reading.task.data["tags"] == [{"key": "a", "value": "b"}]
    assert reading.locate("/tags/0/value", False) == (4, 10, 4, 13)
    assert reading.locate("/family", False).line == 2
