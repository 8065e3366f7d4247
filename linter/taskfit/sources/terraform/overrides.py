"""Terraform's override files: their blocks change those of the other files of a folder.

The rules are those of https://developer.hashicorp.com/terraform/language/files/override: an argument replaces one of the
same name, a nested block all of its type; the contents of `lifecycle` and of `locals` are merged one by one.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Mapping
from functools import partial
from typing import NamedTuple

from taskfit.record import replace
from taskfit.sources.terraform.hcl_file import HclFile
from taskfit.sources.terraform.syntax import Attribute, Block, Expression, Hidden, Overriding

Placed = tuple[HclFile, Block]
"""A block with its file."""

_OVERRIDE = re.compile(r"(?:.*_)?override\.(?:tf|tofu)(?:\.json)?", re.DOTALL)
_APART = frozenset(("output", "variable"))
"""Blocks whose arguments are reported at their own places, in any file."""


def is_override(name: str) -> bool:
    """Whether a file is an override file, which Terraform merges into the others of its folder."""
    return _OVERRIDE.fullmatch(name) is not None


class Merged(NamedTuple):
    """The blocks of a folder after its override files."""

    blocks: list[Placed]
    versions: Mapping[int, Block | None]
    """By the identity of each block involved: the merged block, or `None` for one that changes another."""


def merged(blocks: Iterable[Placed], overriding: Iterable[Placed], unread: Iterable[str] = ()) -> Merged:
    """Blocks after the override files, which are applied in the order in which Terraform reads them.

    `unread` are the names of the files that can't be read whole: override files, which may change any value, and files
    that may contain the originals of blocks that seem to have none.
    """
    found, overriding, values = list(blocks), list(overriding), list[Placed]()
    originals = {_header(block): index for index, (_, block) in reversed(list(enumerate(found)))}
    whole = list(found)
    versions: dict[int, Block | None] = {}
    for file, block in overriding:
        at = originals.get(_header(block))
        if block.type == "locals":
            values.append((file, block))
        elif at is None and unread:
            versions[id(block)] = opened = replace(block, is_partial=True)
            found.append((file, opened))
        elif at is None:
            found.append((file, block))
        else:
            home, before = found[at]
            found[at] = home, _changed(home, before, block)
            versions[id(whole[at][1])], versions[id(block)] = found[at][1], None
    # Of several locals with the same name, the first one wins.
    changed = [*reversed(values), *found]
    hiding = next(filter(is_override, sorted(unread)), None)
    if hiding is not None:
        hidden = {id(block): _hidden(block, hiding) for _, block in changed}
        changed = [(file, hidden[id(block)]) for file, block in changed]
        latest = {id(block): block for _, block in (*whole, *overriding)} | versions
        versions = {key: block and hidden.get(id(block)) for key, block in latest.items()}
    return Merged(changed, versions)


def _hidden(block: Block, by: str) -> Block:
    """A block of which a file that can't be read may replace everything."""
    attributes = {
        name: Attribute(name, each.start, each.end, partial(_hidden_value, each, by))
        for name, each in block.attributes.items()
    }
    return Block(block.type, block.labels, block.start, block.end, block.close, attributes, [], True, True)


def _hidden_value(attribute: Attribute, by: str) -> Expression:
    value = attribute.value
    return Hidden(value.file, value.start, value.end, by)


def _header(block: Block) -> Hashable:
    alias = block.attributes.get("alias") if block.type == "provider" else None
    return block.type, block.labels, alias.value.text if alias is not None else None


def _changed(file: HclFile, block: Block, override: Block) -> Block:
    """A block with the changes of another one, at the places of the replaced arguments and blocks."""
    names = {_name(inner) for inner in override.blocks}
    kept = {name: attribute for name, attribute in block.attributes.items() if name not in names}
    given = override.attributes
    if block.type not in _APART:
        given = {name: _moved(file, kept.get(name), block, attribute) for name, attribute in given.items()}
    lifecycles = [inner for inner in (*block.blocks, *override.blocks) if inner.type == "lifecycle"]
    inner = [each for each in block.blocks if _name(each) not in names and each.type not in override.attributes]
    inner += [_moved_block(file, each, block) for each in override.blocks if each.type != "lifecycle"]
    changed = Block(block.type, block.labels, block.start, block.end, block.close, {**kept, **given}, inner)
    if "lifecycle" in names:
        changed.blocks.append(_lifecycle(lifecycles))
    changed.is_overridden = True
    return changed


def _name(block: Block) -> str:
    """The type of a nested block, or of the blocks that a `dynamic` block creates."""
    return block.labels[0] if block.type == "dynamic" and block.labels else block.type


def _lifecycle(blocks: Iterable[Block]) -> Block:
    first, *others = blocks
    joined = Block(first.type, (), first.start, first.end, first.close, dict(first.attributes), [*first.blocks])
    for other in others:
        joined.attributes |= other.attributes
        joined.blocks += other.blocks
    return joined


def _moved(file: HclFile, replaced: Attribute | None, block: Block, attribute: Attribute) -> Attribute:
    """An argument at the place of the one that it replaces, or at the head of the block."""
    place = replaced or block
    return Attribute(attribute.name, place.start, place.end, partial(_overriding, file, replaced, block, attribute))


def _overriding(file: HclFile, replaced: Attribute | None, block: Block, attribute: Attribute) -> Expression:
    place = replaced.value if replaced is not None else block
    return Overriding(file, place.start, place.end, attribute.value)


def _moved_block(file: HclFile, block: Block, head: Block) -> Block:
    """A nested block at the head of the one that it is merged into."""
    attributes = {name: _moved(file, None, head, attribute) for name, attribute in block.attributes.items()}
    inner = [_moved_block(file, each, head) for each in block.blocks]
    return Block(block.type, block.labels, head.start, head.end, head.end, attributes, inner)
