"""How the checked file shows a definition, which may be written in the file of a module that it calls."""

from __future__ import annotations

import os
from collections.abc import Iterator

from taskfit.definition import escape, split_pointer
from taskfit.finding import Span
from taskfit.record import Record
from taskfit.sources.document import Origin
from taskfit.sources.terraform.folder import SUFFIXES
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
        node = self._shown(pointer, on_key)
        place = self._used_here(node.origin if isinstance(node, Value) else None)
        return self.file.source.span(*(self.head if place is None else place[1:]))

    def origins(self) -> Iterator[tuple[str, Origin]]:
        """The origins, by pointer, of values that are not written where they are used."""
        yield from self._origins()
        if not self.is_own:
            place = Place(self.written, self.tree.start, self.tree.end)
            yield "", self._elsewhere(place)._replace(label=self.address)

    def _origins(self) -> Iterator[tuple[str, Origin]]:
        pending: list[tuple[Node, str, Node | None]] = [(self.tree, "", None)]
        while pending:
            node, pointer, key = pending.pop()
            if pointer and (origin := self._origin(node)):
                yield pointer, origin if key is None else self._with_key(origin, key)
            if node.entries is not None:
                pending += [(value, f"{pointer}/{escape(str(key.value))}", key) for key, value in node.entries]
            elif node.items is not None:
                pending += [(item, f"{pointer}/{index}", None) for index, item in enumerate(node.items)]

    def _with_key(self, origin: Origin, key: Node) -> Origin:
        """The origin of a value with that of its key, which may be in a template that the value is inserted into."""
        home = key.origin.home if isinstance(key, Value) and key.origin is not None else None
        is_quoted = home is not None and not home.file.name.endswith(SUFFIXES)
        return origin._replace(key=self._origin(key), is_quoted=is_quoted)

    def _origin(self, node: Node) -> Origin | None:
        trace = node.origin if isinstance(node, Value) else None
        if self.is_own:
            return self._in_words(trace) if trace is not None and trace.is_known else None
        place = Place(self.written, node.start, node.end)
        if trace is not None and (here := self._used_here(trace)) is not None:
            words = "" if trace.home == here else self._words(trace)
            return self._elsewhere(place)._replace(text=words, use="used")
        if trace is None or not trace.is_known:
            return self._in_words(Trace("", (place, *trace.places)[-1] if trace else place))
        return self._in_words(trace)

    def _in_words(self, trace: Trace) -> Origin | None:
        """The origin as text."""
        home, words = trace.home, self._words(trace)
        if home is not None and home.file is self.file and not trace.way:
            return Origin(trace.words, home.file.source.span(home.start, home.end), trace.name) if trace.words else None
        if home is None or self.is_own:
            return Origin(words) if words else None
        return self._elsewhere(home)._replace(text=words, use="" if trace.words else "set")

    def _words(self, trace: Trace) -> str:
        """The description of an origin, with its line."""
        if trace.home is None:
            return trace.words
        file, start, end = trace.home
        line = f"{self.name_of(file)} line {file.source.span(start, end).line}"
        return f"{trace.words}, {line}" if trace.words else line

    def _elsewhere(self, place: Place) -> Origin:
        """An origin that is only a place, most often in another file."""
        return Origin("", place.file.source.span(place.start, place.end), file=relative(place.file, self.file))

    def _used_here(self, trace: Trace | None) -> Place | None:
        """The place in the checked file through which a value is used, or where it is written."""
        return next((each for each in trace.places if each.file is self.file), None) if trace is not None else None

    def _shown(self, pointer: str, on_key: bool) -> Node:
        """The node to point at: a scalar itself, or the key of an object or a list."""
        node, key = self.tree.find(split_pointer(pointer))
        is_whole = node.entries is not None or node.items is not None
        return key if key is not None and (on_key or is_whole) else node

    def name_of(self, file: HclFile) -> str:
        """A file's name in messages: relative to the checked file's folder, or to the repository."""
        folder = os.path.dirname(self.file.path)
        if not file.path or not folder:
            return file.name
        base = folder if file.path.startswith(folder + os.sep) else self.top
        return os.path.relpath(file.path, base).replace(os.sep, "/")
