"""An audit against a real endpoint: moto's server on loopback, with a proxy before it that can fail in AWS's ways."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any, NamedTuple

import pytest
from accounts import HOT, OURS, REVISIONS, SERVICES, THEIRS, definition
from conftest import ROOT, CommandLine, Outcome, require

from taskfit import api
from taskfit.auditing import access, aws
from taskfit.cli.audit import command
from taskfit.cli.commands import INTERRUPTED
from taskfit.policy import registry

REGIONS = ("us-east-1", "eu-west-1")
ROLES = tuple(f"arn:aws:iam::{account}:role/audit" for account in (OURS, THEIRS))
SIZE = frozenset(f"FIT20{number}" for number in range(1, 6))


@pytest.fixture(scope="session", autouse=True)
def aws_environment() -> Iterator[None]:
    """Credentials that lead nowhere, and none of the developer's own configuration."""
    patch = pytest.MonkeyPatch()
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        patch.delenv(name)
    for name, value in {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": "127.0.0.1",
    }.items():
        patch.setenv(name, value)
    yield
    patch.undo()


@pytest.fixture(scope="session", autouse=True)
def steadiness(aws_environment: None) -> Iterator[None]:
    """No pauses before calls are repeated, which are botocore's, and no hurry: a busy machine takes its time to answer."""
    from botocore.retries.bucket import TokenBucket
    from botocore.retries.standard import ExponentialBackoff

    patch = pytest.MonkeyPatch()
    patch.setattr(ExponentialBackoff, "delay_amount", lambda *_: 0.0)
    patch.setattr(TokenBucket, "acquire", lambda *_, **__: True)
    patch.setattr(access, "READ_TIMEOUT", 600)
    yield
    patch.undo()


class Call(NamedTuple):
    """A request as the proxy sees it."""

    operation: str
    account: str
    body: str
    region: str = ""


@dataclass
class Fault:
    """What happens to calls, so many times."""

    operation: str
    status: int = 400
    code: str = "ThrottlingException"
    message: str = "Rate exceeded"
    times: int = 10**9
    account: str = ""
    body: str = ""
    seconds: float = 0.0

    def fits(self, call: Call) -> bool:
        mine = self.operation in (call.operation, "*") and self.account in ("", call.account)
        return self.times > 0 and mine and self.body in call.body


@dataclass
class Proxy:
    """Hands requests on to moto, and keeps book."""

    port: int = 0
    faults: list[Fault] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    accounts: dict[str, str] = field(default_factory=dict)
    answers: dict[Call, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    """What moto said before: nothing changes any more once it is seeded, and it takes its time."""
    watched: tuple[str, int] = ("", 0)
    """An operation, and after how many calls of it the event is set."""
    reached: Event = field(default_factory=Event)
    """No call is answered while it is set."""
    released: Event = field(default_factory=Event)
    lock: Lock = field(default_factory=Lock)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def fault(self, call: Call) -> Fault | None:
        with self.lock:
            self.calls.append(call)
            operation, left = self.watched
            if call.operation == operation:
                self.watched = (operation, left - 1)
                if left == 1:
                    self.reached.set()
            fault = next((each for each in self.faults if each.fits(call)), None)
            if fault is not None:
                fault.times -= 1
            return fault


class Seeded(NamedTuple):
    """What is in moto's AWS."""

    port: int
    services: dict[tuple[str, str, str, str], str]
    """The definition of each service."""

    @property
    def definitions(self) -> dict[str, dict[str, Any]]:
        """Every revision, by its ARN."""
        newest = {arn.rpartition(":")[0]: int(name.rpartition("-")[2]) for (*_, name), arn in self.services.items()}
        return {
            f"{arn}:{revision}": definition(f"mistersmith-{number}", number, revision)
            for arn, number in newest.items()
            for revision in range(1, REVISIONS + 1)
        }


@pytest.fixture(scope="session")
def seeded(aws_environment: None, tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[Seeded]:
    """One server for all processes of a test run: it is seeded once, and ends when the last of them lets it go."""
    fcntl = pytest.importorskip("fcntl")
    own = tmp_path_factory.getbasetemp()
    seed = (own if worker_id == "master" else own.parent) / "accounts.json"
    with Path(f"{seed}.users").open("ab") as users, Path(f"{seed}.lock").open("ab") as lock:
        fcntl.flock(users, fcntl.LOCK_SH)
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not seed.exists():
            command = [sys.executable, str(ROOT / "tests" / "accounts.py"), str(seed)]
            silence = [(os.POSIX_SPAWN_OPEN, stream, os.devnull, os.O_RDWR, 0) for stream in range(3)]
            server = os.posix_spawn(sys.executable, command, os.environ, file_actions=silence, setsid=True)
            while not seed.exists():
                assert os.waitpid(server, os.WNOHANG) == (0, 0)
                Event().wait(0.05)
        fcntl.flock(lock, fcntl.LOCK_UN)
        plain = json.loads(seed.read_text(encoding="utf-8"))
        services = {(account, region, cluster, name): arn for account, region, cluster, name, arn in plain["services"]}
        yield Seeded(plain["port"], services)


class Handler(BaseHTTPRequestHandler):
    """Answers a call as a fault says, or as moto does."""

    protocol_version = "HTTP/1.1"
    proxy: Proxy
    moto: int

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        call = self.call(body)
        fault = self.proxy.fault(call)
        if self.proxy.reached.is_set():
            self.proxy.released.wait(600)
            return
        if fault is not None and not fault.seconds:
            self.answer(fault.status, {"Content-Type": "text/plain"}, self.refusal(fault))
            return
        if fault is not None:
            time.sleep(fault.seconds)
        if call in self.proxy.answers:
            self.answer(*self.proxy.answers[call])
            return
        onward = HTTPConnection("127.0.0.1", self.moto, timeout=300)
        onward.request("POST", self.path, body, dict(self.headers))
        response = onward.getresponse()
        answer = response.read()
        self.remember_account(body, answer)
        headers = dict(response.getheaders())
        if response.status == 200:
            self.proxy.answers[call] = (200, headers, answer)
        self.answer(response.status, headers, answer)
        onward.close()

    def call(self, body: bytes) -> Call:
        target = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
        action = re.search(rb"Action=(\w+)", body)
        operation = target or (action[1].decode() if action else self.path.rpartition("/")[2])
        signed = re.search(r"Credential=(\w+)/\d+/([\w-]+)/", self.headers.get("Authorization", ""))
        key, region = signed.groups() if signed else ("", "")
        return Call(operation, self.proxy.accounts.get(key, OURS), body.decode("utf-8", "replace"), region)

    def remember_account(self, body: bytes, answer: bytes) -> None:
        """Of AssumeRole: which account's credentials these are."""
        role = re.search(rb"RoleArn=arn%3Aaws%3Aiam%3A%3A(\d+)", body)
        key = re.search(rb"<AccessKeyId>(\w+)<", answer)
        if role and key:
            self.proxy.accounts[key[1].decode()] = role[1].decode()

    def refusal(self, fault: Fault) -> bytes:
        if fault.status == 200:
            return b"<html>Log in to this network</html>"
        if "form" in self.headers.get("Content-Type", ""):
            error = f"<Code>{fault.code}</Code><Message>{fault.message}</Message>"
            return f"<ErrorResponse><Error>{error}</Error></ErrorResponse>".encode()
        return json.dumps({"__type": fault.code, "message": fault.message}).encode()

    def answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in ("content-length", "connection", "date", "server", "transfer-encoding"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    """Says nothing of a client that went away before it had its answer, as botocore does that waits no longer."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@pytest.fixture(scope="session")
def proxy(seeded: Seeded) -> Iterator[Proxy]:
    proxy = Proxy()
    server = Server(("127.0.0.1", 0), type("Bound", (Handler,), {"proxy": proxy, "moto": seeded.port}))
    proxy.port = server.server_port
    Thread(target=server.serve_forever, daemon=True).start()
    yield proxy
    server.shutdown()
    server.server_close()


class Auditor:
    """Runs `taskfit audit` with the endpoint that the test stands for."""

    def __init__(self, taskfit: CommandLine, proxy: Proxy) -> None:
        self.taskfit, self.proxy = taskfit, proxy

    def __call__(self, *arguments: str, faults: tuple[Fault, ...] = (), attempts: int = 0) -> Outcome:
        self.proxy.faults[:] = faults
        patch = pytest.MonkeyPatch()
        patch.setenv("AWS_ENDPOINT_URL", self.proxy.url)
        if attempts:
            patch.setenv("AWS_MAX_ATTEMPTS", str(attempts))
        try:
            return self.taskfit("audit", "--isolated", "--region", ",".join(REGIONS), *arguments)
        finally:
            patch.undo()


@pytest.fixture
def audit(taskfit: CommandLine, proxy: Proxy, seeded: Seeded) -> Auditor:
    return Auditor(taskfit, proxy)


BOTH = ("--role-arn", ROLES[0], "--role-arn", ROLES[1], "--output-format", "json")


@pytest.fixture(scope="session")
def whole(
    taskfit: CommandLine, proxy: Proxy, seeded: Seeded, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Outcome, Path]:
    """An undisturbed audit of both accounts, and its saved answers."""
    folder = tmp_path_factory.mktemp("audit") / "saved"
    return Auditor(taskfit, proxy)(*BOTH, "--save", str(folder)), folder


def test_every_service_is_read_with_its_definition(whole: tuple[Outcome, Path], seeded: Seeded) -> None:
    outcome, folder = whole
    assert (outcome.status, outcome.stderr) == (1, "")
    rows = json.loads(outcome.stdout)["services"]
    key = ("account", "region", "cluster", "name")
    revisions = {service: arn.rpartition("/")[2] for service, arn in seeded.services.items()}
    assert {tuple(row[name] for name in key): row["definition"] for row in rows} == revisions
    assert len(rows) == SERVICES
    assert {row["launch_type"] for row in rows} == {"FARGATE"}
    for row in rows:
        number = int(row["name"].rpartition("-")[2])
        assert row["desired"] == number % 5
        asked = seeded.definitions[seeded.services[tuple(row[name] for name in key)]]
        assert row["declared"] == {"cpu": int(asked["cpu"]), "memory": int(asked["memory"])}
        assert (row["use"] is not None) == (row["cluster"] == "staging")
    assert len(list(folder.rglob("describe-task-definition/*/*.json"))) == SERVICES


def test_the_use_is_what_was_measured(whole: tuple[Outcome, Path]) -> None:
    report = json.loads(whole[0].stdout)
    uses = [row["use"] for row in report["services"] if row["use"]]
    assert {(use["cpu_average"], use["cpu_maximum"], use["memory_average"]) for use in uses} == {(0.12, 0.12, 0.71)}
    assert {use["source"] for use in uses} == {"CloudWatch"}
    assert all(1.2 <= use["days"] <= 1.3 for use in uses)
    assert "FIT801" in {finding["code"] for finding in report["findings"]}


def test_findings_are_those_of_check_on_the_same_definitions(
    whole: tuple[Outcome, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome, folder = whole
    audit_only = {rule.code for rule in registry.all_rules().rules if rule.audit}
    audited = json.loads(outcome.stdout)
    used = {row["definition"].partition(":")[0] for row in audited["services"] if row["use"]}

    def is_alike(code: str, definition: str | None) -> bool:
        """Not what only an audit finds, nor what it finds of a size because it knows of the use, nor of services."""
        return code not in audit_only and not code.startswith("FIT9") and not (definition in used and code in SIZE)

    found = [finding for finding in audited["findings"] if is_alike(finding["code"], finding["definition"])]
    monkeypatch.chdir(folder)
    report = api.check(["."], isolated=True)
    checked = [
        (finding.path, finding.code, finding.pointer, finding.message)
        for finding in report.findings
        if is_alike(finding.code, finding.definition)
    ]
    assert [(each["path"], each["code"], each["pointer"], each["message"]) for each in found] == checked
    assert len({code for _, code, *_ in checked}) > 5


def test_all_revisions_are_checked_like_files(audit: Auditor, seeded: Seeded, tmp_path: Path) -> None:
    outcome = audit(*BOTH, "--all-revisions")
    assert outcome.stderr == ""
    found = json.loads(outcome.stdout)["findings"]
    for arn, asked in seeded.definitions.items():
        _, _, _, region, account, name = arn.split(":", 5)
        family, _, revision = name.partition("/")[2].partition(":")
        path = tmp_path / account / region / "describe-task-definition" / family / f"{revision}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({**asked, "taskDefinitionArn": arn}), encoding="utf-8")
    report = api.check([str(tmp_path)], isolated=True)
    checked = Counter(
        (str(Path(each.path).relative_to(tmp_path)), each.code, each.pointer, each.message) for each in report.findings
    )
    assert Counter((each["path"], each["code"], each["pointer"], each["message"]) for each in found) == checked
    assert len(json.loads(outcome.stdout)["services"]) == SERVICES * REVISIONS == report.definitions


def test_saved_answers_give_the_same_audit(whole: tuple[Outcome, Path], taskfit: CommandLine) -> None:
    outcome, folder = whole
    again = taskfit("audit", "--isolated", "--from", str(folder), "--output-format", "json")
    assert again == outcome


def test_clusters_and_families_narrow_what_is_read(audit: Auditor) -> None:
    mine = ("--role-arn", ROLES[0], "--output-format", "json")
    rows = json.loads(audit(*mine, "--region", "us-east-1", "--clusters", "staging").stdout)["services"]
    assert {row["cluster"] for row in rows} == {"staging"}
    outcome = audit(*mine, "--families", "mistersmith-1?,mistersmith-0,nothing")
    assert (outcome.status, outcome.stderr) == (
        2,
        "error: nothing: not found in any region of any account that was read\n",
    )
    rows = json.loads(outcome.stdout)["services"]
    families = {row["name"]: row["definition"] for row in rows}
    assert {"mistersmith-0", "mistersmith-10"} <= families.keys()
    assert not {"mistersmith-1", "mistersmith-2", "mistersmith-20"} & families.keys()
    assert families["mistersmith-10"] == f"mistersmith-10:{REVISIONS}"


PASSING = (
    Fault("DescribeServices", times=1),
    Fault("GetMetricData", code="Throttling", times=1),
    Fault("DescribeTaskDefinition", 500, "ServerException", "internal", times=3),
    Fault("DescribeTaskDefinition", seconds=0.02, times=5),
    Fault("ListServices", 503, "ServiceUnavailableException", "busy", times=1),
)


def test_transient_faults_are_retried_silently(audit: Auditor, whole: tuple[Outcome, Path]) -> None:
    assert audit(*BOTH, faults=PASSING) == whole[0]
    assert [fault for fault in PASSING if fault.times > 0] == []


def test_a_region_that_denies_access_hides_no_other(audit: Auditor, whole: tuple[Outcome, Path]) -> None:
    denied = Fault("ListClusters", code="AccessDeniedException", message="not authorized", account=THEIRS)
    outcome = audit(*BOTH, faults=(denied,))
    assert outcome.status == 2
    assert [line for line in outcome.stderr.splitlines() if "eu-west-1" in line] == [
        f"error: {THEIRS}/eu-west-1: all: ecs:ListClusters: AccessDeniedException not authorized"
    ]
    rows = [row for row in json.loads(whole[0].stdout)["services"] if row["account"] == OURS]
    assert [_without_findings(row) for row in json.loads(outcome.stdout)["services"]] == list(
        map(_without_findings, rows)
    )


def _without_findings(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != "findings"}


def test_a_service_without_its_definition_is_still_a_row(
    audit: Auditor, whole: tuple[Outcome, Path], tmp_path: Path
) -> None:
    gone = Fault("DescribeTaskDefinition", code="ClientException", message="Unable to describe", body="mistersmith-7:")
    busy = Fault("DescribeTaskDefinition", body="mistersmith-9:")
    blind = Fault("GetMetricData", code="AccessDenied", message="no", account=THEIRS)
    outcome = audit(*BOTH, "--save", str(tmp_path / "saved"), faults=(gone, busy, blind), attempts=2)
    assert outcome.status == 2
    lost = sorted(outcome.stderr.splitlines())
    assert len(lost) == 3
    assert "task-definition/mistersmith-7:5: ecs:DescribeTaskDefinition: ClientException Unable to describe" in lost[0]
    assert "task-definition/mistersmith-9:5: ecs:DescribeTaskDefinition: ThrottlingException" in lost[1]
    assert lost[2] == f"error: {THEIRS}/eu-west-1: AWS/ECS: cloudwatch:GetMetricData: AccessDenied no"
    before = {row["name"]: row["declared"] for row in json.loads(whole[0].stdout)["services"]}
    after = {row["name"]: row["declared"] for row in json.loads(outcome.stdout)["services"]}
    assert after == before | {"service-7": None, "service-9": None}
    # What failed then is reported again when the saved answers are read.
    again = audit.taskfit("audit", "--isolated", "--from", str(tmp_path / "saved"), "--output-format", "json")
    assert again == outcome


def test_a_role_that_can_not_be_assumed_hides_no_other(audit: Auditor) -> None:
    denied = Fault("AssumeRole", 403, "AccessDenied", "not yours", body=THEIRS)
    outcome = audit(*BOTH, "--families", "mistersmith-1,mistersmith-2", faults=(denied,), attempts=1)
    assert outcome.status == 2
    assert f"error: {ROLES[1]}: sts:AssumeRole" in outcome.stderr
    assert {row["account"] for row in json.loads(outcome.stdout)["services"]} == {OURS}


def test_every_call_is_in_the_policy_of_the_documentation(
    audit: Auditor, proxy: Proxy, whole: tuple[Outcome, Path]
) -> None:
    page = (ROOT / "docs" / "audit.md").read_text(encoding="utf-8")
    policies = [
        json.loads(block) for block in re.findall(r"```json\n(.*?)```", page, re.DOTALL) if '"Statement"' in block
    ]
    allowed = {action for policy in policies for statement in policy["Statement"] for action in statement["Action"]}
    assert whole[0].stderr == ""
    audit("--families", "mistersmith-1?", "--all-revisions", "--region", "us-east-1")
    # Everybody may ask who they are.
    assert {call.operation for call in proxy.calls} - {"GetCallerIdentity"} == {
        action.partition(":")[2] for action in allowed
    }


def test_a_terminal_sees_how_far_the_reading_is(proxy: Proxy, seeded: Seeded) -> None:
    proxy.faults[:] = []
    terminal, inside = os.openpty()
    arguments = ("--isolated", "--region", "us-east-1", "--families", "mistersmith-1")
    run = subprocess.Popen(
        [sys.executable, "-m", "taskfit", "audit", *arguments],
        env={**os.environ, "AWS_ENDPOINT_URL": proxy.url, "PYTHONPATH": str(ROOT / "linter")},
        stdout=subprocess.DEVNULL,
        stderr=inside,
    )
    os.close(inside)
    assert run.wait() == 1
    shown = os.read(terminal, 100_000).decode()
    os.close(terminal)
    assert "reading AWS" in shown
    assert "100%" in shown


def test_the_same_place_is_read_once(audit: Auditor, whole: tuple[Outcome, Path]) -> None:
    again = audit(*BOTH, "--role-arn", ROLES[0].replace("audit", "other"), "--region", REGIONS[0])
    assert again == whole[0]


def test_a_full_disk_keeps_no_report_back(proxy: Proxy, whole: tuple[Outcome, Path], tmp_path: Path) -> None:
    require("sh")
    proxy.faults[:] = []
    roles = f"--role-arn {ROLES[0]} --role-arn {ROLES[1]}"
    arguments = f"--isolated --region {','.join(REGIONS)} {roles} --output-format json --save {tmp_path}/saved"
    run = subprocess.run(
        ["sh", "-c", f"ulimit -f 8; exec {sys.executable} -m taskfit audit {arguments}"],  # blocks of 512 bytes
        env={**os.environ, "AWS_ENDPOINT_URL": proxy.url, "PYTHONPATH": str(ROOT / "linter")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stdout) == (2, whole[0].stdout)
    assert run.stderr.startswith(f"error: can't write {tmp_path}/saved")
    assert "File too large" in run.stderr


FAILING = (
    Fault("ListServices", times=1),
    Fault("ListTaskDefinitions", times=1),
    Fault("DescribeTaskDefinition", 500, "ServerException", "internal", times=2),
    Fault("DescribeTaskDefinition", code="AccessDeniedException", message="no", times=1),
    Fault("DescribeTaskDefinition", 200, times=1),
    Fault("DescribeTaskDefinition", seconds=0.02, times=3),
)
"""Calls that are throttled, broken, denied, answered with garbage and answered late."""


class Interruption(NamedTuple):
    """An audit, and when it is killed: at so many calls of an operation."""

    options: tuple[str, ...]
    kills: tuple[tuple[str, int], ...]
    definitions: int
    """How many it describes in all."""


@pytest.mark.parametrize(
    "interruption",
    [
        Interruption(
            (), (("DescribeServices", 3), ("DescribeTaskDefinition", 10), ("DescribeTaskDefinition", 25)), SERVICES
        ),
        Interruption(
            ("--all-revisions",),
            (("ListTaskDefinitions", 3), ("DescribeTaskDefinition", 60), ("DescribeTaskDefinition", 120)),
            SERVICES * REVISIONS,
        ),
    ],
    ids=["services", "revisions"],
)
def test_an_audit_that_is_killed_goes_on(
    interruption: Interruption, audit: Auditor, whole: tuple[Outcome, Path], tmp_path: Path
) -> None:
    """Three clusters, sixty services and three hundred revisions, with faults: killed three times, it ends the same."""
    proxy, folder = audit.proxy, tmp_path / "saved"
    options, kills, definitions = interruption
    undisturbed = audit(*BOTH, *options) if options else whole[0]
    arguments = (*BOTH, *options, "--save", str(folder), "--resume")
    described = []
    for operation, number in kills:
        proxy.faults[:] = (replace(fault) for fault in FAILING)
        proxy.watched = (operation, number)
        proxy.released.clear()
        run = subprocess.Popen(
            [sys.executable, "-m", "taskfit", "audit", "--isolated", "--region", ",".join(REGIONS), *arguments],
            env={**os.environ, "AWS_ENDPOINT_URL": proxy.url, "PYTHONPATH": str(ROOT / "linter")},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            assert proxy.reached.wait(300)
        finally:
            run.kill()
            assert run.wait() == -signal.SIGKILL
            proxy.reached.clear()
            proxy.released.set()
        for path in folder.rglob("*.json"):  # none of them is torn
            json.loads(path.read_text(encoding="utf-8"))
        described.append(len(list(folder.rglob("describe-task-definition/*/*.json"))))
    assert described == sorted(described)
    assert 0 < described[-1] < definitions
    before = len(proxy.calls)
    outcome = audit(*arguments, faults=tuple(replace(fault) for fault in PASSING))
    assert outcome == undisturbed
    asked = Counter(call.operation for call in proxy.calls[before:])
    assert asked["DescribeTaskDefinition"] <= definitions - described[-1] + 3  # and those that failed at first
    assert list(folder.rglob("*.part")) == []
    # Once it is complete there is nothing left to ask for but who asks.
    before = len(proxy.calls)
    assert audit(*arguments) == undisturbed
    assert {call.operation for call in proxy.calls[before:]} <= {"AssumeRole"}


def test_what_failed_is_asked_for_again(audit: Auditor, whole: tuple[Outcome, Path], tmp_path: Path) -> None:
    arguments = (*BOTH, "--save", str(tmp_path / "saved"), "--resume")
    denied = Fault("ListServices", code="AccessDeniedException", message="no", body="staging")
    assert audit(*arguments, faults=(denied,)).status == 2
    assert audit(*arguments) == whole[0]


def test_an_organization_is_read_account_by_account(audit: Auditor, whole: tuple[Outcome, Path]) -> None:
    """Its accounts are listed by moto; one of them is closed, and no role is assumed in one's own."""
    proxy = audit.proxy
    before = len(proxy.calls)
    outcome = audit("--organization", "--role-name", "audit", "--output-format", "json")
    assert outcome == whole[0]
    calls = proxy.calls[before:]
    assert [call.operation for call in calls if call.operation == "ListAccounts"] == ["ListAccounts"]
    assumed = {call.body for call in calls if call.operation == "AssumeRole"}
    assert len(assumed) == 1
    assert f"{THEIRS}%3Arole%2Faudit" in assumed.pop()


def test_an_organization_that_may_not_be_listed_is_reported(audit: Auditor) -> None:
    denied = Fault("ListAccounts", code="AccessDeniedException", message="not the management account")
    outcome = audit("--organization", "--output-format", "json", faults=(denied,))
    assert (outcome.status, json.loads(outcome.stdout)["services"]) == (2, [])
    assert outcome.stderr == (
        "error: the organization: organizations:ListAccounts: AccessDeniedException not the management account\n"
    )


def test_how_services_scale_is_read(whole: tuple[Outcome, Path]) -> None:
    report = json.loads(whole[0].stdout)
    scaling = {row["name"]: row["scaling"] for row in report["services"] if row["scaling"]}
    assert scaling == {
        f"service-{number}": {
            "least": 1,
            "most": 20 + number,
            "cpu_target": 98.0 if number == HOT else 60.0,
            "memory_target": None,
            "requests_target": None,
        }
        for number in range(0, SERVICES, 4)
    }
    (finding,) = (each for each in report["findings"] if each["code"] == "FIT901")
    assert f"/service-{HOT}: Scaling keeps the average CPU use at 98%" in finding["message"]


def test_scaling_that_is_denied_is_unknown_and_reported_once(
    audit: Auditor, whole: tuple[Outcome, Path], tmp_path: Path
) -> None:
    denied = Fault("DescribeScalingPolicies", code="AccessDeniedException", message="no")
    command = (*BOTH, "--save", str(tmp_path / "saved"), "--resume")
    outcome = audit(*command, faults=(denied,))
    why = f"AccessDeniedException: how services scale is unknown in {OURS}/us-east-1 and 1 other region"
    expected = f"error: application-autoscaling:DescribeScalingPolicies: {why}\n"
    assert (outcome.status, outcome.stderr) == (2, expected)
    report = json.loads(outcome.stdout)
    assert "FIT901" not in {each["code"] for each in report["findings"]}
    assert {row["scaling"]["cpu_target"] for row in report["services"] if row["scaling"]} == {None}
    assert audit(*command) == whole[0]


class Nonsense(BaseHTTPRequestHandler):
    """Answers everything in a form that AWS never would, or not at all."""

    answers: Mapping[str, str]
    asked: Event
    answered: Event

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        answer = self.answers.get("sts" if "Action=" in body else self.headers["X-Amz-Target"].rpartition(".")[2], "{}")
        if answer == HANG:
            self.asked.set()
            self.answered.wait(600)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer.encode())

    def log_message(self, *_: object) -> None:
        pass


HANG = "..."
IDENTITY = (
    "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>123456789012</Account></GetCallerIdentityResult>"
    "</GetCallerIdentityResponse>"
)


class Address(NamedTuple):
    """A server of nonsense."""

    url: str
    asked: Event
    """Set when a call is there that is not answered."""


@contextmanager
def nonsense(**answers: str) -> Iterator[Address]:
    """The server, until which ends nothing that hangs is answered."""
    asked, answered = Event(), Event()
    handler = type("Bound", (Nonsense,), {"answers": answers, "asked": asked, "answered": answered})
    server = Server(("127.0.0.1", 0), handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield Address(f"http://127.0.0.1:{server.server_port}", asked)
    answered.set()
    server.shutdown()
    server.socket.close()


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"sts": "<html>Log in to this network</html>"}, "the caller: sts:GetCallerIdentity: not as AWS answers"),
        ({"sts": IDENTITY}, "ecs:ListClusters: not as AWS answers: 'clusterArns' is missing"),
        ({"sts": IDENTITY, "ListClusters": "\x00\x01"}, "ecs:ListClusters: not as AWS answers"),
        ({"sts": IDENTITY, "ListClusters": '{"clusterArns": [5, null]}'}, "the rest: reading: not as AWS answers"),
        (
            {
                "sts": IDENTITY,
                "ListClusters": '{"clusterArns": ["arn:x/prod"]}',
                "ListServices": '{"serviceArns": ["web"]}',
                "DescribeServices": '{"services": [{}]}',
            },
            "arn:x/prod: ecs:DescribeServices: not as AWS answers: 'serviceArn' is missing",
        ),
    ],
)
def test_nonsense_is_reported(
    answers: dict[str, str], words: str, taskfit: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with nonsense(**answers) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        outcome = taskfit("audit", "--isolated", "--region", "us-east-1")
    assert outcome.status == 2
    assert words in outcome.stderr


def test_who_interrupts_waits_for_no_answer() -> None:
    with nonsense(sts=IDENTITY, ListClusters=HANG) as server:
        before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
        run = subprocess.Popen(
            [sys.executable, "-m", "taskfit", "audit", "--isolated", "--region", "us-east-1,eu-west-1"],
            env={**os.environ, "AWS_ENDPOINT_URL": server.url, "PYTHONPATH": str(ROOT / "linter")},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        signal.signal(signal.SIGINT, before)
        try:
            assert server.asked.wait(300)  # as long as a busy machine takes to start Python
            run.send_signal(signal.SIGINT)
            output, errors = run.communicate(timeout=300)
        finally:
            run.kill()
    assert (run.returncode, output, errors) == (INTERRUPTED, "", "")


def test_without_boto3_the_extra_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(ValueError, match=r"pip install 'taskfit\[aws\] @ git"):
        aws.read(aws.Scope(), str(tmp_path), lambda _expected, _done: None)


def test_without_a_region_one_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="name one with --region"):
        aws.read(aws.Scope(), str(tmp_path), lambda _expected, _done: None)


@pytest.mark.parametrize("options", ["--region eu-west-1", "--days 14", "--period 300", "--save x", "--resume"])
def test_asking_and_reading_saved_answers_exclude_each_other(
    options: str, taskfit: CommandLine, tmp_path: Path
) -> None:
    outcome = taskfit("audit", "--from", str(tmp_path), *options.split())
    assert outcome.status == 2
    (option, *_) = options.split()
    assert f"{option} has no meaning" in outcome.stderr
    assert {"--from", "--save", "--against"} <= {option for each in command.params for option in each.opts}
