"""Makes a SARIF file ready to be uploaded: without what is suppressed, and there even if the run failed.

Code scanning opens alerts even for what SARIF says is suppressed.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main(path: Path, status: int) -> None:
    """Rewrite the file; one that is missing becomes a log of a failed run."""
    if path.exists():
        log = json.loads(path.read_text(encoding="utf-8"))
        for run in log["runs"]:
            run["results"] = [result for result in run["results"] if not result.get("suppressions")]
    else:
        words = f"taskfit ended with status {status}; the job's log says why."
        notification = {"level": "error", "message": {"text": words}}
        invocation = {"executionSuccessful": False, "exitCode": status, "toolExecutionNotifications": [notification]}
        run = {"tool": {"driver": {"name": "taskfit"}}, "invocations": [invocation], "results": []}
        log = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}
    path.write_text(json.dumps(log), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
