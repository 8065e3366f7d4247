"""From the content of one file, in any format, to its definitions."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from taskfit.finding import Severity, Span
from taskfit.sources.checked import Checked
from taskfit.sources.document import Document, Fault, Input
from taskfit.sources.formats import OTHER_HOMES, formats_of, has, has_any, may_have_definition
from taskfit.syntax.text import SourceText
from taskfit.syntax.unreadable import UnreadableError

MARK = b"taskfit"
"""A text that every file with a directive contains."""

UTF_16 = (b"\xff\xfe", b"\xfe\xff")
"""The byte order marks of UTF-16, which those of UTF-32 contain."""

SAVE_AS_UTF_8 = "Save the file as UTF-8."


def read(
    content: bytes, variables: Mapping[str, str], path: Path | None = None, checked: Checked | None = None
) -> Document:
    """Read the content of a file; one without a task definition has neither definitions nor faults.

    `path` is the file's path, for formats that refer to other files; `checked` are the files of the whole run.
    """
    if (has(content[:4], b"\0") or content[:2] in UTF_16) and may_have_definition(content.replace(b"\0", b""), path):
        return Document(faults=[Fault("not UTF-8, but UTF-16 or UTF-32", Span(1, 1, 1, 2), help=SAVE_AS_UTF_8)])
    formats = list(formats_of(content, path))
    has_other_home = has_any(content, OTHER_HOMES)
    if not formats and not has_other_home:
        return Document()
    try:
        source = SourceText(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        return _not_utf_8(content, error, path)
    given = Input(source, path, variables, checked or Checked([path]))
    try:
        found = next((document for each in formats if (document := each.read(given)) is not None), None)
    except UnreadableError as error:
        return _unreadable(source, error)
    document = found or Document()
    if has_other_home:
        from taskfit.sources import other_homes

        document.faults += other_homes.notes(source)
    if has(content, MARK) and not document.is_reported_elsewhere:
        from taskfit.sources import directives

        document.directives += directives.of(document, source)
    return document


def _not_utf_8(content: bytes, error: UnicodeDecodeError, path: Path | None) -> Document:
    before = SourceText(content[: error.start].decode("utf-8"))
    line, column = before.position(len(before.text))
    message, severity = f"not UTF-8: byte 0x{content[error.start]:02x} can't be decoded", None
    if path is not None and path.suffix in (".tf", ".tofu"):
        # Terraform accepts any bytes in comments.
        message, severity = f"{message}, so nothing in this file is checked", Severity.NOTE
    return Document(faults=[Fault(message, Span(line, column, line, column + 1), severity, SAVE_AS_UTF_8)])


def _unreadable(source: SourceText, error: UnreadableError) -> Document:
    start, end = error.offset, min(error.offset + 1, len(source.text))
    is_conflict = source.text.startswith(("<<<<<<< ", "=======", ">>>>>>> "), start)
    help_ = "Resolve the merge conflict." if is_conflict else ""
    return Document(faults=[Fault(f"can't be read: {error.message}", source.span(start, max(end, start)), help=help_)])
