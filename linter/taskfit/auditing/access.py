"""Which accounts an audit reads and with what credentials: roles are assumed when their turn comes, clients are shared."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from threading import Lock
from typing import Any

from taskfit.extras import installation
from taskfit.record import NamedTuple
from taskfit.version import __version__

ATTEMPTS = 8
"""Of one call, where AWS_MAX_ATTEMPTS does not say otherwise."""

READ_TIMEOUT = 20
"""Seconds that an attempt waits for an answer; even 500 metrics take a fraction of it."""

SESSION_NAME = "taskfit"
"""How CloudTrail shows what was read with an assumed role."""

_credentials: ContextVar[Any] = ContextVar("credentials")
"""Those of the account that is being read: all clients sign with them, so that none has to be made for each account."""


class Account(NamedTuple):
    """An account to read, and the role to assume for that; the caller's own if there is none."""

    number: str
    role: str | None = None


class Access:
    """The caller's own session, and clients whose calls are signed for whichever account is being read."""

    def __init__(self, profile: str | None, regions: tuple[str, ...], connections: int) -> None:
        """Raises `ValueError` where nothing can be asked at all: without boto3, a region, or a usable profile."""
        try:
            import boto3
            import botocore.session
            from botocore.config import Config
            from botocore.credentials import CredentialResolver
            from botocore.exceptions import BotoCoreError
        except ImportError:
            raise ValueError(f"reading AWS needs boto3: {installation('aws')}") from None
        retries: dict[str, Any] = {"mode": "adaptive"}
        if "AWS_MAX_ATTEMPTS" not in os.environ:
            retries["total_max_attempts"] = ATTEMPTS
        self._config = Config(
            retries=retries,
            connect_timeout=10,
            read_timeout=READ_TIMEOUT,
            max_pool_connections=connections,
            user_agent_extra=f"taskfit/{__version__}",
        )
        self._lock = Lock()
        self._clients: dict[tuple[str, str], Any] = {}
        self._paginators: dict[tuple[str, str, str], Any] = {}
        try:
            self._own = boto3.Session(profile_name=profile)
            self.regions = tuple(dict.fromkeys(regions or (self._own.region_name or "",)))
            if self.regions == ("",):
                raise ValueError("no region is configured; name one with --region")
            self._sts = self._own.client("sts", region_name=self.regions[0], config=self._config)
            session = botocore.session.Session(profile=profile)
            session.register_component("credential_provider", CredentialResolver([_provider()]))
            self._session = boto3.Session(botocore_session=session)
        except BotoCoreError as error:
            raise ValueError(str(error)) from None

    def caller(self) -> tuple[str, str]:
        """The caller's own account, and the partition that it is in."""
        identity = self._sts.get_caller_identity()
        return identity["Account"], str(identity.get("Arn", "arn:aws")).split(":")[1]

    def members(self) -> Iterator[str]:
        """The active accounts of the caller's organization."""
        client = self._own.client("organizations", region_name=self.regions[0], config=self._config)
        for page in client.get_paginator("list_accounts").paginate():
            # `State` takes the place of `Status`, which AWS retires.
            states = ((each["Id"], each.get("State") or each.get("Status") or "ACTIVE") for each in page["Accounts"])
            yield from (number for number, state in states if state == "ACTIVE")

    def client(self, service: str, region: str) -> Any:
        """The client of a service in a region, the same for all accounts."""
        with self._lock:  # clients are not to be made by several threads at once
            if (service, region) not in self._clients:
                made = self._session.client(service, region_name=region, config=self._config)
                self._clients[service, region] = made
            return self._clients[service, region]

    def pages(self, service: str, region: str, operation: str, **arguments: Any) -> Iterator[dict[str, Any]]:
        """The pages of a call. botocore makes a class for every paginator, so each is made once."""
        client, key = self.client(service, region), (service, region, operation)
        with self._lock:
            if key not in self._paginators:
                self._paginators[key] = client.get_paginator(operation)
        yield from self._paginators[key].paginate(**arguments)

    def credentials(self, account: Account) -> Any:
        """Those of an account, which are fetched again before they end: a long audit outlives an hour."""
        if account.role is None:
            return self._own.get_credentials()
        from botocore.credentials import RefreshableCredentials

        def assume() -> dict[str, str]:
            given = self._sts.assume_role(RoleArn=account.role, RoleSessionName=SESSION_NAME)["Credentials"]
            ends: datetime = given["Expiration"]
            return {
                "access_key": given["AccessKeyId"],
                "secret_key": given["SecretAccessKey"],
                "token": given["SessionToken"],
                "expiry_time": ends.isoformat(),
            }

        return RefreshableCredentials.create_from_metadata(assume(), assume, "sts-assume-role")


class Place(NamedTuple):
    """One region of one account."""

    account: Account
    region: str
    access: Access

    @property
    def folder(self) -> str:
        """Where its answers lie, seen from the folder of all."""
        return f"{self.account.number}/{self.region}/"

    @property
    def ecs(self) -> Any:
        """The client of ECS."""
        return self.access.client("ecs", self.region)

    def pages(self, service: str, operation: str, **arguments: Any) -> Iterator[dict[str, Any]]:
        """The pages of a call in its region."""
        return self.access.pages(service, self.region, operation, **arguments)


@contextmanager
def signing(credentials: Any) -> Iterator[None]:
    """Sign the calls within with some credentials."""
    token = _credentials.set(credentials)
    try:
        yield
    finally:
        _credentials.reset(token)


def _provider() -> Any:
    """Gives every client credentials that are those of the account being read at the time of each call."""
    from botocore.credentials import CredentialProvider, Credentials
    from botocore.exceptions import NoCredentialsError

    class OfAccount(Credentials):  # type: ignore[misc]
        def get_frozen_credentials(self) -> Any:
            found = _credentials.get(None)
            if found is None:
                raise NoCredentialsError
            return found.get_frozen_credentials()

    class Provider(CredentialProvider):  # type: ignore[misc]
        METHOD = CANONICAL_NAME = "taskfit"

        def load(self) -> Any:
            return OfAccount("", "")

    return Provider()
