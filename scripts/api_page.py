"""The page of the library, made from its docstrings: `docs/api.md`."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import taskfit
from taskfit import api

PAGE = Path(__file__).parents[1] / "docs" / "api.md"

START = """\
# taskfit as a library

The same checks and sizes as on the command line; nothing is printed, and nothing is imported before it is used. This page
is made from the docstrings (`python scripts/refresh.py`), whose examples a test runs.

"""

FRAME = """\
## Findings as a frame

`Report.as_dict()` and `Finding.as_dict()` are plain values; a list of dictionaries is what pyarrow, pandas and polars make
a table of:

```pycon
>>> import pyarrow
>>> import taskfit
>>> report = taskfit.check("examples/broken", isolated=True)
>>> columns = ("code", "severity", "path", "line", "message")
>>> rows = [{name: finding[name] for name in columns} for finding in report.as_dict()["findings"]]
>>> table = pyarrow.Table.from_pylist(rows)
>>> table.group_by("severity").aggregate([("code", "count")]).sort_by("severity").to_pydict()
{'severity': ['error', 'note', 'warning'], 'code_count': [20, 4, 10]}
```

`pandas.DataFrame(rows)` and `polars.DataFrame(rows)` take the same rows. For more than fits into memory, `taskfit audit
--output-format parquet` writes [tables](tables.md).

## Types

The package has `py.typed`: type checkers see the annotations.

| type | is |
|---|---|
"""


def files() -> dict[Path, str]:
    """The text of the page, by its path."""
    functions = "\n".join(_section(name) for name in taskfit._FUNCTIONS)  # noqa: SLF001
    types = [name for name in taskfit.__all__ if name[0].isupper()]
    rows = "".join(f"| `taskfit.{name}` | {_first(getattr(taskfit, name))} |\n" for name in types)
    return {PAGE: f"{START}{functions}\n{FRAME}{rows}"}


def _section(name: str) -> str:
    function = getattr(api, name)
    signature = re.sub(r"'", "", str(inspect.signature(function)))
    text = inspect.getdoc(function) or ""
    blocks = re.split(r"\n\n", text)
    body = "\n\n".join(f"```pycon\n{block}\n```" if block.startswith(">>>") else block for block in blocks)
    return f"## `taskfit.{name}`\n\n```python\n{name}{signature}\n```\n\n{body}\n"


def _first(kind: object) -> str:
    return (inspect.getdoc(kind) or "").partition("\n")[0]
