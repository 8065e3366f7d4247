"""Compiles the rules and tables into the wheel, so that an installed taskfit starts without reading a YAML file."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class BundleHook(BuildHookInterface[Any]):
    """Adds `taskfit/_bundled.py` to a wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile the bundle; an editable install compiles its own when a file of `rules/` changes."""
        if version == "editable":
            return
        sys.path.insert(0, str(Path(self.root, "linter")))
        from taskfit.policy import bundled

        self._folder = tempfile.TemporaryDirectory()
        compiled = Path(self._folder.name, "_bundled.py")
        compiled.write_text(bundled.compile_source(), encoding="utf-8")
        build_data["force_include"][str(compiled)] = "taskfit/_bundled.py"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove the temporary file."""
        if version != "editable":
            self._folder.cleanup()
