"""How the checked file shows a definition, which may be written in the file of a module that it calls."""

from __future__ import annotations

import os
from collections.abc import Iterator

from taskfit.definition import escape, split_pointer
from taskfit.finding import Span
from taskfit.record import Record
from taskfit.sources.document import Origin
from taskfit.sources.terraform.hcl_file import HclFile, relative
from taskfit.sources.terraform.values import Place, Trace, Value
from taskfit.sources.values import locate
from taskfit.syntax.tree import Node


class View(Record):
    """A definition as shown in the checked file."""

    file: HclFile
    """The checked file."""
    written: HclFile
    """The file that contains the definition: the checked file, or one of a module."""
    tree: Node
    head: tuple[int, int]
    """The block of the checked file that creates it."""
    top: str
    """The folder of the repository."""
    address: str = ""

    @property
    def is_own(self) -> bool:
        """Whether the definition is written in the checked file."""
        return self.file is self.written

    def locate(self, pointer: str, on_key: bool) -> Span:
        """The place of the value at a pointer; the block for the definition itself and for values in other files."""
        if not pointer:
            return self.file.source.span(*self.head)
        if self.is_own:
            return locate(self.file.source, self.head, self.tree, pointer, on_key)
        place = next((each for each in self._way(self._shown(pointer, on_key)) if each.file is self.file), None)
        return self.file.source.span(*(self.head if place is None else place[1:]))

    def origins(self) -> Iterator[tuple[str, Origin]]:
        """The origins, by pointer, of values that are not written where they are used."""
        yield from self._origins()
        if not self.is_own:
            yield "", self._related(self.address, Place(self.written, self.tree.start, self.tree.end))

    def _origins(self) -> Iterator[tuple[str, Origin]]:
        pending = [(self.tree, "")]
        while pending:
            node, pointer = pending.pop()
            if pointer and (origin := self._origin(node)):
                yield pointer, origin
            if node.entries is not None:
                pending += [(value, f"{pointer}/{escape(str(key.value))}") for key, value in node.entries]
            elif node.items is not None:
                pending += [(item, f"{pointer}/{index}") for index, item in enumerate(node.items)]

    def _origin(self, node: Node) -> Origin | None:
        trace = node.origin if isinstance(node, Value) else None
        if self.is_own:
            return self._in_words(trace) if trace is not None and trace.is_known else None
        place = Place(self.written, node.start, node.end)
        if trace is not None and any(each.file is self.file for each in trace.places):
            return self._related("", place)
        if trace is None or not trace.is_known:
            return self._in_words(Trace("", (place, *trace.places)[-1] if trace else place))
        return self._in_words(trace)

    def _in_words(self, trace: Trace) -> Origin | None:
        """The origin as text."""
        home = trace.home
        if home is None:
            return Origin(trace.words) if trace.words else None
        span = home.file.source.span(home.start, home.end)
        if home.file is self.file and not trace.way:
            return Origin(trace.words, span, trace.name) if trace.words else None
        line = f"{self.name_of(home.file)} line {span.line}"
        words = f"{trace.words}, {line}" if trace.words else line
        label = "" if trace.words else "where it is set"
        return Origin(words) if self.is_own else Origin(words, span, file=relative(home.file, self.file), label=label)

    def _related(self, words: str, place: Place) -> Origin:
        """A related place in another file, for a value without an origin."""
        span = place.file.source.span(place.start, place.end)
        return Origin("", span, file=relative(place.file, self.file), label=words or "where it is used")

    def _shown(self, pointer: str, on_key: bool) -> Node:
        """The node to point at: a scalar itself, or the key of an object or a list."""
        node, key = self.tree.find(split_pointer(pointer))
        is_whole = node.entries is not None or node.items is not None
        return key if key is not None and (on_key or is_whole) else node

    def _way(self, node: Node) -> tuple[Place, ...]:
        trace = node.origin if isinstance(node, Value) else None
        return trace.places if trace is not None else ()

    def name_of(self, file: HclFile) -> str:
        """A file's name in messages: relative to the checked file's folder, or to the repository."""
        folder = os.path.dirname(self.file.path)
        if not file.path or not folder:
            return file.name
        base = folder if file.path.startswith(folder + os.sep) else self.top
        return os.path.relpath(file.path, base).replace(os.sep, "/")
