"""Inventories made by hand, for the reports of an audit."""

from __future__ import annotations

from random import Random

from taskfit.auditing.inventory import Inventory, Service
from taskfit.dimensions import Size
from taskfit.finding import Finding, Report, Severity, Span
from taskfit.sizing.observed import Use

START = Span(1, 1, 1, 1)

HOSTILE = (
    "</script><script>window.hacked = 1</script>",
    "<img src=x onerror='window.hacked = 2'>",
    '" autofocus onfocus="window.hacked = 3',
    "</style><style>body{display:none}",
    "javascript:window.hacked=4",
    "{{ 7 * 7 }}{% raw %}",
    "\x1b[31mred\x1b[0m\x00\x07",
    "\u202egnp.exe\u202c",
    "שירות-תורים",
    "\ud800lone",
    "w" * 10_000,
    "&amp;&lt;]]><!--",
)

CLUSTERS = (("platform-prod", "eu-west-1"), ("platform-staging", "eu-west-1"), ("agents-prod", "us-east-1"))
ROLES = (("worker", "agents"), ("gateway", "connections"), ("supervisor", "agents"))
SIZES = (Size(512, 1024), Size(1024, 2048), Size(2048, 5120), Size(4096, 10240), Size(8192, 24576))


def finding(code: str, name: str, severity: Severity, message: str, **more: object) -> Finding:
    return Finding(code, name, severity, message, str(more.pop("path", "services.json")), START, **more)  # type: ignore[arg-type]


def over(family: str, have: int, need: int, best: Size) -> Finding:
    return finding(
        "FIT203",
        "over-provisioned-cpu",
        Severity.WARNING,
        f"The task has {have} CPU units; 10 agents use at most {need}, and above {2 * need} the service stays under its "
        "own scale-down line of 50% at full load (mistersmith profile).",
        definition=family,
        pointer="/cpu",
        help=f"The nearest right size is {best.cpu} CPU units with {best.memory} MiB, which saves $71.32 a month a task.",
        data={"have": have, "need": need, "recommended": best._asdict(), "monthly_usd": 71.32},
    )


def under(family: str, have: int, need: int, best: Size) -> Finding:
    return finding(
        "FIT202",
        "under-provisioned-memory",
        Severity.ERROR,
        f"10 agents need {need} MiB, and otel 512; the task has {have} MiB (mistersmith profile).",
        definition=family,
        container="worker",
        pointer="/memory",
        help=f"The nearest right size is {best.cpu} CPU units with {best.memory} MiB.",
        data={"have": have, "need": need, "recommended": best._asdict(), "monthly_usd": None},
    )


NO_OTEL = finding(
    "FIT301",
    "required-sidecar-missing",
    Severity.ERROR,
    "The mistersmith profile requires the sidecar otel; no container is one.",
    pointer="/containerDefinitions",
    help="Add a container of the image amazon/aws-otel-collector with 256 CPU units and 512 MiB.",
)
NO_HEALTH_CHECK = finding(
    "FIT408",
    "health-check-missing",
    Severity.NOTE,
    "The essential container app has no health check.",
    container="app",
    pointer="/containerDefinitions/0",
    help="Add a healthCheck, so that ECS replaces a task that hangs.",
)


def small() -> Inventory:
    """Three services: one too big, one too small, one right."""
    big = Service(
        account="123456789012",
        region="eu-west-1",
        cluster="platform-prod",
        name="gateway",
        definition="gateway:41",
        launch_type="FARGATE",
        desired=4,
        running=4,
        role="gateway",
        capacity=1000,
        unit="connections",
        declared=Size(8192, 16384),
        needed=Size(2048, 1256),
        recommended=Size(2048, 4096),
        use=Use(0.06, 0.21, 0.11, 0.14, 14, "CloudWatch"),
        monthly_usd=1154.0,
        recommended_monthly_usd=288.5,
        findings=(over("gateway", 8192, 2560, Size(2048, 4096)), NO_HEALTH_CHECK),
    )
    tight = Service(
        account="123456789012",
        region="eu-west-1",
        cluster="agents-prod",
        name="worker",
        definition="worker:7",
        launch_type="FARGATE_SPOT",
        desired=10,
        running=9,
        role="worker",
        capacity=10,
        unit="agents",
        declared=Size(2048, 4096),
        needed=Size(2048, 5632),
        recommended=Size(2048, 6144),
        use=Use(0.55, 0.97, 0.81, 0.99, 14, "CloudWatch"),
        monthly_usd=216.4,
        recommended_monthly_usd=236.1,
        findings=(under("worker", 4096, 5632, Size(2048, 6144)),),
    )
    right = Service(
        account="123456789012",
        region="eu-west-1",
        cluster="platform-prod",
        name="billing",
        definition="billing:3",
        launch_type="EC2",
        desired=2,
        running=2,
        declared=Size(512, 1024),
    )
    services = (big, tight, right)
    return Inventory(
        services,
        Report(findings=tuple(found for service in services for found in service.findings), definitions=3),
        prices_as_of="2026-10-01",
        price_regions=("eu-west-1",),
        profile="mistersmith",
    )


def fleet(count: int) -> Inventory:
    """Many services of all kinds, the same ones each time."""
    random = Random(count)
    services = tuple(_service(number, random) for number in range(count))
    unreadable = finding(
        "FIT001", "unreadable", Severity.ERROR, "The file is no JSON: a comma is missing.", path="saved/web.json"
    )
    return Inventory(
        services,
        Report(
            findings=(unreadable, *(found for service in services for found in service.findings)),
            definitions=count,
            failures=("us-west-2: ecs:ListClusters: AccessDeniedException; nothing of this region is in the report.",),
        ),
        prices_as_of="2026-10-01",
        price_regions=("eu-west-1", "us-east-1"),
        discount=0.2,
        profile="mistersmith",
    )


def hostile() -> Inventory:
    """Every text that comes from outside is an attack."""
    services = tuple(
        Service(
            account=text,
            region=text,
            cluster=text,
            name=text,
            definition=text,
            launch_type=text,
            desired=1,
            running=1,
            role=text,
            capacity=1,
            unit=text,
            declared=Size(1024 * (number + 1), 2048),
            needed=Size(512, 1024),
            recommended=Size(512, 1024),
            use=Use(0.1, 0.2, 0.3, 0.4, 7, text),
            monthly_usd=10.0 + number,
            recommended_monthly_usd=5.0,
            findings=(
                Finding(
                    text,
                    text,
                    Severity.ERROR,
                    text,
                    text,
                    START,
                    text,
                    text,
                    text,
                    text,
                    text,
                    data={text: {text: text}},
                ),
            ),
        )
        for number, text in enumerate(HOSTILE)
    )
    findings = tuple(
        Finding(text, text, Severity.NOTE, f"elsewhere {text}", text, START, help=text) for text in HOSTILE
    )
    report = Report(findings=findings, failures=HOSTILE, remarks=HOSTILE)
    return Inventory(services, report, "2026-10-01", price_regions=HOSTILE, profile=HOSTILE[0])


def _service(number: int, random: Random) -> Service:
    cluster, region = CLUSTERS[number % 3]
    role, unit = ROLES[number // 3 % 3]
    team = ("billing", "search", "ingest", "notifications", "reports", "identity")[number % 6]
    name = f"{team}-{role}-{number:02}"
    step = random.choice((0, 0, 0, 1, 1, 2, -1, -1))
    right = random.randrange(4)
    right_size, have = SIZES[right], SIZES[min(max(right + step, 0), 4)]
    needed = Size(
        right_size.cpu * random.choice((70, 85, 100)) // 100, right_size.memory * random.choice((70, 90)) // 100
    )
    tasks, rate = random.randrange(1, 12), 0.0346
    cost, best_cost = (size.cpu * rate * tasks + size.memory * 0.0038 * tasks for size in (have, right_size))
    known = number % 13 != 5
    findings = []
    if known and have.cpu > right_size.cpu:
        findings.append(over(name, have.cpu, needed.cpu, right_size))
    if known and have.memory < needed.memory:
        findings.append(under(name, have.memory, needed.memory, right_size))
    if random.random() < 0.15:
        findings.append(NO_OTEL)
    if random.random() < 0.3:
        findings.append(NO_HEALTH_CHECK)
    load = needed.cpu / have.cpu * random.uniform(0.3, 0.9)
    occupied = needed.memory / have.memory * random.uniform(0.6, 0.95)
    return Service(
        account=("123456789012", "210987654321")[number % 2],
        region=region,
        cluster=cluster,
        name=name,
        definition=f"{name}:{random.randrange(1, 90)}",
        launch_type="FARGATE" if known else "EC2",
        desired=tasks,
        running=tasks - (number % 17 == 3),
        role=role if known else None,
        capacity=random.choice((10, 20, 50)) if known else None,
        unit=unit if known else "",
        declared=have,
        needed=needed if known else None,
        recommended=(right_size if have != right_size else None) if known else None,
        use=Use(load, min(load * 1.9, 1.0), occupied, min(occupied * 1.3, 1.0), 14, "CloudWatch")
        if number % 5
        else None,
        monthly_usd=round(cost, 4) if known else None,
        recommended_monthly_usd=round(best_cost, 4) if known else None,
        findings=tuple(findings),
    )
