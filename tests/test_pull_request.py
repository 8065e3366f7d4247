"""The GitHub Action on a pull request: its steps with bash, real git, and a server on the loopback that stands for GitHub."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from conftest import require
from test_action import Job, Runner, repository, runner
from test_since import commit, git, task, worker

__all__ = ["repository", "runner"]


class GitHub(ThreadingHTTPServer):
    """The comments of one pull request."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.comments: list[dict[str, Any]] = []
        self.calls: list[tuple[str, str]] = []
        self.tokens: set[str] = set()
        self.answer = 200
        """To whoever writes."""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def add(self, body: str, kind: str = "Bot", association: str = "NONE") -> None:
        """A comment of somebody."""
        comment = {
            "id": len(self.comments) + 1,
            "body": body,
            "user": {"type": kind},
            "author_association": association,
        }
        self.comments.append(comment)


class _Handler(BaseHTTPRequestHandler):
    server: GitHub

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        self._note(url.path)
        if url.path != "/repos/acme/shop/issues/7/comments":
            return self._answer(404, {})
        page = int(parse_qs(url.query)["page"][0])
        return self._answer(200, self.server.comments[100 * (page - 1) : 100 * page])

    def do_POST(self) -> None:
        self._note(self.path)
        body = self._body()
        if self.server.answer == 200:
            self.server.add(body)
        self._answer(self.server.answer, {})

    def do_PATCH(self) -> None:
        self._note(self.path)
        body = self._body()
        number = int(self.path.rpartition("/")[2])
        if self.server.answer == 200:
            self.server.comments[number - 1]["body"] = body
        self._answer(self.server.answer, {})

    def _note(self, path: str) -> None:
        self.server.calls.append((self.command, path))
        self.server.tokens.add(self.headers["Authorization"])

    def _body(self) -> str:
        text: str = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["body"]
        return text

    def _answer(self, status: int, content: object) -> None:
        data = json.dumps(content).encode()
        self.send_response(status)
        if status == 302:
            self.send_header("Location", f"{self.server.address}/elsewhere")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def github() -> Iterator[GitHub]:
    server = GitHub()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


class PullRequest:
    """A branch beside `main`, and the action as it runs on it."""

    def __init__(self, folder: Path, runner: Runner, github: GitHub) -> None:
        self.folder, self.runner, self.github = folder, runner, github
        folder.mkdir()
        git("init", "-q", "-b", "main", folder=folder)
        self.base = self.commit({"worker.json": worker(1024, 4096, 2), "old.json": task("old", 512, 8192)})
        git("checkout", "-q", "-b", "feature", folder=folder)

    def commit(self, files: dict[str, dict[str, Any]]) -> str:
        for name, content in files.items():
            (self.folder / name).write_text(json.dumps(content, indent=2), encoding="utf-8")
        git("add", "--all", folder=self.folder)
        git("commit", "-q", "--allow-empty", "-m", "change", folder=self.folder)
        return git("rev-parse", "HEAD", folder=self.folder).strip()

    def run(self, event: str = "pull_request", **inputs: str) -> Job:
        context = {
            "event_name": event,
            "token": "s3cret",
            "api_url": self.github.address,
            "event.pull_request.base.sha": self.base if event == "pull_request" else "",
            "event.pull_request.number": "7",
        }
        for name in (".outputs", ".summary"):
            (self.folder / name).unlink(missing_ok=True)
        (self.folder / ".git" / "info" / "exclude").write_text(".outputs\n.summary\n", encoding="utf-8")
        return self.runner(self.folder, context, **inputs)


@pytest.fixture
def pull_request(tmp_path: Path, runner: Runner, github: GitHub) -> PullRequest:
    return PullRequest(tmp_path / "shop", runner, github)


def test_one_comment_is_written_and_then_updated(pull_request: PullRequest, github: GitHub) -> None:
    pull_request.commit({"worker.json": worker(2048, 4096, 40)})
    job = pull_request.run()
    (comment,) = github.comments
    assert comment["body"].startswith("<!-- taskfit: taskfit -->\n<!-- taskfit-diff -->\n### taskfit: +&#36;")
    assert "1 task under-provisioned" in comment["body"]
    assert job.status == 1
    assert "1 task under-provisioned" in job.summary
    pull_request.commit({"worker.json": worker(1024, 4096, 2)})
    job = pull_request.run()
    assert job.status == 0, job.log
    assert [each["body"].partition("### ")[2].partition("\n")[0] for each in github.comments] == [
        "taskfit: no task changed"
    ]
    assert [method for method, _ in github.calls] == ["GET", "POST", "GET", "PATCH"]
    assert github.tokens == {"Bearer s3cret"}


def test_only_what_is_new_fails_a_pull_request(pull_request: PullRequest) -> None:
    pull_request.commit({"fine.json": task("fine")})
    assert pull_request.run().status == 0
    assert pull_request.run(new_only="false").status == 1
    assert pull_request.run(event="push").status == 1
    pull_request.commit({"broken.json": task("broken", 512, 8192)})
    job = pull_request.run()
    assert job.status == 1
    assert "file=broken.json" in job.log
    assert "file=old.json" not in job.log


def test_nothing_is_said_where_no_task_changed(pull_request: PullRequest, github: GitHub) -> None:
    pull_request.commit({})
    assert pull_request.run().status == 0
    assert [method for method, _ in github.calls] == ["GET"]


def test_comments_of_others_are_left_alone(pull_request: PullRequest, github: GitHub) -> None:
    pull_request.commit({"worker.json": worker(2048, 4096, 2)})
    mark = "<!-- taskfit: taskfit -->\n"
    for number in range(120):
        github.add(f"word {number}", "User")
    github.add(mark + "by somebody", "User")
    github.add("<!-- taskfit: other -->\n", "Bot")
    pull_request.run()
    assert [method for method, _ in github.calls] == ["GET", "GET", "POST"]
    pull_request.run()
    assert len(github.comments) == 123
    assert github.calls[-1] == ("PATCH", "/repos/acme/shop/issues/comments/123")
    assert github.comments[120]["body"] == mark + "by somebody"
    github.add(mark, "User", "MEMBER")
    pull_request.run(category="by a person -->")
    assert github.comments[-1]["body"].startswith("<!-- taskfit: by a person -- -->\n")


@pytest.mark.parametrize("answer", [403, 404, 500, 302])
def test_a_fork_whose_token_may_not_write_fails_on_findings_only(
    answer: int, pull_request: PullRequest, github: GitHub
) -> None:
    github.answer = answer
    pull_request.commit({"fine.json": task("fine", 1024, 2048)})
    job = pull_request.run()
    assert job.status == 0, job.log
    assert f"::notice title=taskfit::The comment was not written: {answer}" in job.log
    assert "a month" in job.summary
    assert "s3cret" not in job.log + job.summary
    assert [path for _, path in github.calls if "elsewhere" in path] == []


def test_no_server_is_no_failure(pull_request: PullRequest, github: GitHub) -> None:
    pull_request.commit({"fine.json": task("fine")})
    github.shutdown()
    github.server_close()
    job = pull_request.run()
    assert job.status == 0
    assert "The comment was not written" in job.log


def test_the_comment_may_be_switched_off_and_kept_as_a_file(pull_request: PullRequest, github: GitHub) -> None:
    pull_request.commit({"fine.json": task("fine")})
    job = pull_request.run(comment="false")
    assert github.calls == []
    assert "a month" in Path(job.outputs["diff"]["comment-file"]).read_text(encoding="utf-8")


def test_a_shallow_checkout_says_what_is_needed(pull_request: PullRequest) -> None:
    pull_request.base = "0" * 40
    job = pull_request.run()
    assert job.status == 2
    assert "shallow clone" in job.log
    assert "needs fetch-depth: 0" in job.log
    job = pull_request.run(new_only="false")
    assert job.status == 1


def test_a_pull_request_chooses_no_option_of_the_workflow(pull_request: PullRequest) -> None:
    """A definition, a branch or a file that looks like an option or a script is none."""
    pull_request.commit({"--exit-zero": {}, "$(touch pwned).json": task("x", 512, 8192), "-q.json": task("y")})
    job = pull_request.run(args="--fail-on error")
    assert job.status == 1
    assert not (pull_request.folder / "pwned").exists()


class GitLab(ThreadingHTTPServer):
    """The notes of one merge request."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _GitLabHandler)
        self.notes: list[dict[str, Any]] = [
            {"id": 1, "body": "<!-- taskfit-diff -->\nby somebody", "author": {"id": 4}},
        ]
        self.calls: list[tuple[str, str]] = []


class _GitLabHandler(BaseHTTPRequestHandler):
    server: GitLab

    def do_GET(self) -> None:
        self._answer({"id": 9} if self.path == "/api/v4/user" else self.server.notes)

    def do_POST(self) -> None:
        self.server.notes.append({"id": len(self.server.notes) + 1, "body": self._body(), "author": {"id": 9}})
        self._answer({})

    def do_PUT(self) -> None:
        self.server.notes[int(self.path.rpartition("/")[2]) - 1]["body"] = self._body()
        self._answer({})

    def _body(self) -> str:
        return parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())["body"][0]

    def _answer(self, content: object) -> None:
        self.server.calls.append((self.command, urlsplit(self.path).path))
        data = json.dumps(content).encode()
        self.send_response(200 if self.headers["PRIVATE-TOKEN"] == "s3cret" else 401)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Nothing."""


def test_gitlab_has_one_note_that_is_updated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for program in ("bash", "curl", "jq", "git"):
        require(program)
    from test_ci_docs import Shell, documents

    (job,) = (document["taskfit-note"] for document in documents() if "taskfit-note" in document)
    (tmp_path / "shop").mkdir()
    monkeypatch.chdir(tmp_path / "shop")
    git("init", "-q", "-b", "main")
    base = commit({"worker.json": worker(1024, 4096, 2)})
    commit({"worker.json": worker(2048, 4096, 40)})
    server = GitLab()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for name, value in {
        "CI_API_V4_URL": f"http://127.0.0.1:{server.server_address[1]}/api/v4",
        "CI_PROJECT_ID": "5",
        "CI_MERGE_REQUEST_IID": "7",
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": base,
        "TASKFIT_TOKEN": "s3cret",
    }.items():
        monkeypatch.setenv(name, value)
    shell = Shell(tmp_path / "shop")
    for _ in range(2):
        run = shell("set -e\n" + "\n".join(job["script"]))
        assert run.returncode == 0, run.stderr
    server.shutdown()
    server.server_close()
    notes = "/api/v4/projects/5/merge_requests/7/notes"
    assert [call for call in server.calls if call[0] != "GET"] == [("POST", notes), ("PUT", f"{notes}/2")]
    assert "1 task under-provisioned" in server.notes[1]["body"]
    monkeypatch.delenv("TASKFIT_TOKEN")
    assert shell("\n".join(job["script"])).returncode == 0
    assert len(server.notes) == 2
