"""The accounts that an audit reads, and their credentials; clients are shared among accounts."""

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
"""Attempts for one call, unless AWS_MAX_ATTEMPTS is set."""

READ_TIMEOUT = 20
"""Seconds that an attempt waits for a response; a response with 500 metrics arrives in a fraction of that."""

SESSION_NAME = "taskfit"
"""The session name of an assumed role, which CloudTrail shows."""

_credentials: ContextVar[Any] = ContextVar("credentials")
"""The credentials of the account being read. All clients sign with them, so no account needs clients of its own."""


class Account(NamedTuple):
    """An account to read, and the role to assume in it; without a role, the caller's credentials are used."""

    number: str
    role: str | None = None


class Access:
    """The caller's session, and shared clients that sign each call for the account being read."""

    def __init__(self, profile: str | None, regions: tuple[str, ...], connections: int) -> None:
        """Raises `ValueError` without boto3, a region, or a usable profile."""
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
        """The caller's account number and its partition."""
        identity = self._sts.get_caller_identity()
        return identity["Account"], str(identity.get("Arn", "arn:aws")).split(":")[1]

    def members(self) -> Iterator[str]:
        """The active accounts of the caller's organization."""
        client = self._own.client("organizations", region_name=self.regions[0], config=self._config)
        for page in client.get_paginator("list_accounts").paginate():
            # `State` replaces `Status`, which AWS is retiring.
            states = ((each["Id"], each.get("State") or each.get("Status") or "ACTIVE") for each in page["Accounts"])
            yield from (number for number, state in states if state == "ACTIVE")

    def client(self, service: str, region: str) -> Any:
        """The client of a service in a region, the same for all accounts."""
        with self._lock:  # creating clients is not thread-safe
            if (service, region) not in self._clients:
                made = self._session.client(service, region_name=region, config=self._config)
                self._clients[service, region] = made
            return self._clients[service, region]

    def pages(self, service: str, region: str, operation: str, **arguments: Any) -> Iterator[dict[str, Any]]:
        """The pages of a call. botocore creates a class for every paginator, so paginators are reused."""
        client, key = self.client(service, region), (service, region, operation)
        with self._lock:
            if key not in self._paginators:
                self._paginators[key] = client.get_paginator(operation)
        yield from self._paginators[key].paginate(**arguments)

    def credentials(self, account: Account) -> Any:
        """The credentials of an account, refreshed before they expire: an audit may run for hours."""
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
        """The folder of its responses, relative to the folder of the audit."""
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
    """Sign all calls within the context with some credentials."""
    token = _credentials.set(credentials)
    try:
        yield
    finally:
        _credentials.reset(token)


def _provider() -> Any:
    """A credential provider that looks up the credentials of the current account at each call."""
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
