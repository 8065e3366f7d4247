"""The journal of an audit: which calls failed, and how many are done."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from taskfit.auditing.store import Store

Progress = Callable[[int, int], None]
"""Called with the number of calls added, and the number of calls done."""

DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})
"""The error codes of access denied."""


class Journal:
    """Collects failures and progress from several threads, and stores the failures of each place in its folder."""

    def __init__(self, store: Store, progress: Progress) -> None:
        self._store = store
        self._progress = progress
        self._lock = Lock()
        self._failures: dict[str, list[dict[str, Any]]] = {}
        self._denied: dict[tuple[str, str], list[str]] = {}

    def failures_of(self, folder: str) -> int:
        """The number of failures so far in a place."""
        return len(self._failures.get(folder, ()))

    def has_failed(self, folder: str) -> bool:
        """Whether any call failed in a place."""
        return folder in self._failures or any(folder in folders for folders in self._denied.values())

    def close(self, folder: str) -> None:
        """Store the failures of a place."""
        with self._lock:
            failures = self._failures.pop(folder, [])
        if failures:
            ordered = sorted(failures, key=lambda failure: sorted(failure.items()))
            self._store.add(f"{folder}failures.json", {"failures": ordered})

    def end(self) -> None:
        """Store the failures that belong to no place, and the calls that were denied everywhere."""
        for (operation, reason), folders in sorted(self._denied.items()):
            first, *others = sorted(folder.rstrip("/") for folder in folders)
            where = first + (f" and {len(others)} other region{'s' * (len(others) > 1)}" if others else "")
            self.fail("", operation, f"{reason}:", f"how services scale is unknown in {where}")
        self.close("")

    @contextmanager
    def reporting(self, folder: str, operation: str, what: str, *, is_optional: bool = False) -> Iterator[None]:
        """Turn an error of AWS into an entry of `failures`, in ECS's own format.

        An optional call that is denied is reported once for all places.
        """
        from botocore.exceptions import BotoCoreError, ClientError
        from botocore.parsers import ResponseParserError

        try:
            yield
        except ClientError as error:
            response: Mapping[str, str] = error.response.get("Error", {})
            reason, detail = response.get("Code", "failed"), response.get("Message", "")
        except (BotoCoreError, ResponseParserError) as error:
            reason, detail = type(error).__name__, str(error)
        except (LookupError, TypeError, AttributeError, ValueError) as error:
            missing = " is missing" if isinstance(error, KeyError) else ""
            reason, detail = "not as AWS answers:", f"{error}{missing}"
        else:
            return
        if is_optional and reason in DENIED:
            with self._lock:
                self._denied.setdefault((operation, reason), []).append(folder)
        else:
            self.fail(folder, what, f"{operation}: {reason}", detail)

    def fail(self, folder: str, what: str, reason: str, detail: str) -> None:
        """Record a failure as an entry of `failures`."""
        entry = {"arn": what, "reason": reason, "detail": detail}
        with self._lock:
            failures = self._failures.setdefault(folder, [])
            if entry not in failures:  # a role that can't be assumed fails once for each region
                failures.append(entry)

    def expect(self, calls: int) -> None:
        """Report additional calls."""
        with self._lock:
            self._progress(calls, 0)

    def done(self) -> None:
        """Report a finished call."""
        with self._lock:
            self._progress(0, 1)
