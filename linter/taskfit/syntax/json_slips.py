"""What makes a text no JSON that taskfit reads all the same, but the AWS CLI does not."""

from __future__ import annotations

import json
import re

from taskfit.record import NamedTuple
from taskfit.syntax.strict_json import DECODER

_TRAILING_COMMA = re.compile(r",[ \t\r\n]*[\]}]")
_NUMBER = re.compile(r"[+-]?(?:0[xX][0-9a-fA-F]+|\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?(?![^\s,\]}])")
_CONTROLS = {"\t": ("tab", r"\t"), "\n": ("line end", r"\n"), "\r": ("line end", r"\n")}
_BLANK = re.compile(r"[\f\v\u0085\u00a0\u2028\u2029\ufeff]")
_QUOTED = re.compile(r"'(?:[^'\n]|'')*'[ \t\r\n]*[,\]}]")


class Slip(NamedTuple):
    """What makes a text no JSON, although it looks like it."""

    offset: int
    what: str
    advice: str


def first(text: str) -> Slip | None:
    """The first thing that is not JSON, if it is one that is a mistake for certain.

    A comment before it shows that a program reads the file as more than JSON, and a placeholder that another one fills in.
    """
    try:
        DECODER.decode(text)
    except json.JSONDecodeError as error:
        at = error.pos
        if error.msg.startswith("Invalid control character"):
            return _control(text, at)
        if error.msg.startswith("Invalid \\escape"):
            return Slip(at, f"the escape `{text[at : at + 2]}`", r"Write the character's number, as in `\u001b`.")
        return _comma(text, at) or _character(text, at) or _number(text, at)
    except (ValueError, RecursionError):
        pass
    return None


def _control(text: str, at: int) -> Slip:
    name, escape = _CONTROLS.get(text[at], ("control character", f"\\u{ord(text[at]):04x}"))
    return Slip(at, f"a {name} in a string", f"Write it as `{escape}`.")


def _comma(text: str, at: int) -> Slip | None:
    # Some versions of Python point at the bracket, some at the comma.
    comma = _TRAILING_COMMA.match(text, text.rfind(",", 0, at + 1))
    if comma and comma.end() > at:
        return Slip(comma.start(), f"a comma before `{comma[0][-1]}`", "Remove the comma.")
    return None


def _character(text: str, at: int) -> Slip | None:
    if _BLANK.match(text, at):
        return Slip(at, f"the blank U+{ord(text[at]):04X}", "Write a space.")
    if _QUOTED.match(text, at):
        return Slip(at, "a string in single quotes", "Write it in double quotes.")
    return None


def _number(text: str, at: int) -> Slip | None:
    begin = at
    while begin > 0 and text[begin - 1] in "+-.0123456789":
        begin -= 1
    number = _NUMBER.match(text, begin)
    if number is None or number.end() <= at:
        return None
    return Slip(begin, f"the number `{number[0]}`", "Write it in decimal digits, without a plus or zeros before them.")
