"""Every file that taskfit writes: whole or not at all."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import run, write

from taskfit.writing import write_whole

BROKEN = {
    "family": "web",
    "requiresCompatibilities": ["FARGATE"],
    "networkMode": "awsvpc",
    "cpu": "256",
    "memory": "4096",
    "containerDefinitions": [{"name": "app", "image": "nginx", "memory": 10**400}],
}

KILLS = 25

WRITER = """
import sys
from itertools import cycle
from pathlib import Path
from taskfit.writing import write_whole
path = Path(sys.argv[1])
print("ready", flush=True)
for content in cycle((b"a" * 3_000_000, b"b" * 3_000_000)):
    write_whole(path, content)
"""


def test_a_writer_that_is_killed_leaves_a_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"a" * 3_000_000)
    moments = random.Random(1)
    for _ in range(KILLS):
        with subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            time.sleep(moments.uniform(0, 0.02))  # the moment is the point, not the wait
            writer.send_signal(signal.SIGKILL)
        content = path.read_bytes()
        assert content in (b"a" * 3_000_000, b"b" * 3_000_000)


@pytest.mark.usefixtures("in_a_repository")
def test_a_number_of_any_length_goes_into_a_baseline_and_covers_its_finding() -> None:
    write({"task.json": BROKEN})
    assert run("task.json", "--write-baseline").status == 0
    assert run("task.json", "--baseline", "taskfit-baseline.json").status == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.usefixtures("in_a_repository")
def test_a_full_disk_is_reported_and_ends_with_2() -> None:
    write({"task.json": BROKEN})
    result = run("task.json", "--output-file", "/dev/full")
    assert result.status == 2
    assert "No space left on device" in result.both


def test_a_failure_leaves_no_temporary_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("taskfit.writing._copy_owner_and_mode", fail)
    (tmp_path / "file").write_text("before", encoding="utf-8")
    with pytest.raises(OSError, match="No space"):
        write_whole(tmp_path / "file", b"after")
    assert [(path.name, path.read_text(encoding="utf-8")) for path in tmp_path.iterdir()] == [("file", "before")]
