"""Edits of a resource: in its own block, or at the variable or local that provides its value."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from taskfit.finding import Change, Edit
from taskfit.record import Record, cached_property
from taskfit.sources.document import Origin
from taskfit.sources.terraform.hcl_file import HclFile
from taskfit.sources.terraform.resource import spelled
from taskfit.sources.terraform.syntax import Block
from taskfit.syntax.tree import Node

if TYPE_CHECKING:
    from taskfit.sources.editing.editor import Editor


class Editing(Record):
    """The context of the edits of one definition."""

    file: HclFile
    block: Block
    tree: Node
    origins: Mapping[str, Origin]
    uses: Callable[[], Mapping[str, int]]
    """How often the files of the folder refer to each variable and local."""

    def edits(self, changes: Iterable[Change]) -> tuple[Edit, ...] | None:
        """The edits for some changes; `None` if they can't be made with certainty."""
        wanted, block = list(changes), self.block
        if block.type != "resource" or "for_each" in block.attributes or self.file.name.endswith(".json"):
            return None
        if block.is_overridden:
            return None  # an override file would win over a change of the block
        if not self._containers_begin("<<", "jsonencode(") and any(_is_of_container(change) for change in wanted):
            return None  # they are in another place, or are JSON in a quoted string, which nobody writes by hand
        return self._editor.edits(wanted)

    @cached_property
    def _editor(self) -> Editor:
        from taskfit.sources.editing.editor import Editor
        from taskfit.sources.editing.notation import Hcl, JsonTemplate

        block = self.block
        heredoc = block.attributes["container_definitions"].value if self._containers_begin("<<") else None
        start, end = (heredoc.start, heredoc.end) if heredoc else (0, 0)
        template, hcl = JsonTemplate(), Hcl()
        return Editor(
            self.file.source,
            self.tree,
            lambda node: template if start <= node.start < end else hcl,
            region=(block.start, block.close),
            is_lenient=lambda steps: steps[0] != "containerDefinitions",
            spell=spelled,
            origin=lambda pointer: self._place_of(self.origins.get(pointer)),
            has_lines=True,
        )

    def _containers_begin(self, *words: str) -> bool:
        """Whether the text of the container definitions begins with one of these."""
        attribute = self.block.attributes.get("container_definitions")
        return attribute is not None and self.file.source.text.startswith(words, attribute.value.start)

    def _place_of(self, origin: Origin | None) -> tuple[int, int] | None:
        """The origin of a value, if that is a variable or a local of the same file that is used only here."""
        if origin is None or origin.span is None or not origin.name or not self._is_alone(origin.name):
            return None
        source = self.file.source
        return source.offset(*origin.span[:2]), source.offset(*origin.span[2:])

    def _is_alone(self, name: str) -> bool:
        """Whether the files of the folder refer to a variable or a local exactly once."""
        return self.uses().get(name) == 1


def _is_of_container(change: Change) -> bool:
    return change.pointer.startswith("/containerDefinitions/")
