"""Keeps one comment on a pull request up to date: finds the action's own, and writes it anew or for the first time.

A token that may not write, as a fork's never does, is no failure: what the comment says is in the job's summary.
"""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

MOST_PAGES = 50
"""Of 100 comments each."""

TRUSTED = ("OWNER", "MEMBER", "COLLABORATOR")
"""Whose comments may be the action's, where a workflow has a personal token; that of a workflow is a bot's."""

NOTHING = "no task changed"


class _NoRedirect(HTTPRedirectHandler):
    """Follows no redirect: the token is for the API alone."""

    def redirect_request(self, *_args: Any, **_options: Any) -> None:
        """Refuse it."""
        return


class Api:
    """GitHub's REST API for one pull request."""

    def __init__(self, root: str, repository: str, number: str, token: str) -> None:
        self._issues = f"{root}/repos/{repository}/issues"
        self._number, self._token = number, token
        self._open = build_opener(_NoRedirect).open

    def comments(self) -> Any:
        """The comments, page by page."""
        for page in range(1, MOST_PAGES + 1):
            found = self._call("GET", f"/{self._number}/comments?per_page=100&page={page}")
            yield from found
            if len(found) < 100:
                return

    def write(self, body: str, comment: int | None) -> None:
        """Write a comment, in the place of one that is there."""
        if comment is None:
            self._call("POST", f"/{self._number}/comments", body)
        else:
            self._call("PATCH", f"/comments/{comment}", body)

    def _call(self, method: str, path: str, body: str | None = None) -> Any:
        request = Request(
            self._issues + path,
            data=None if body is None else json.dumps({"body": body}).encode(),
            method=method,
            headers={
                "Accept": "application/vnd.github+json",
                "Authorization": f"Bearer {self._token}",
                "Content-Type": "application/json",
                "User-Agent": "taskfit",
                "X-GitHub-Api-Version": "2022-11-28",
            },
        )
        with self._open(request, timeout=30) as answer:
            return json.load(answer)


def main(path: str) -> None:
    """Write the comment in a file; `$GITHUB_*`, `$NUMBER`, `$TOKEN` and `$CATEGORY` say where."""
    category = re.sub(r"[^\w .-]", "", os.environ["CATEGORY"])
    mark = f"<!-- taskfit: {category} -->"
    text = Path(path).read_text(encoding="utf-8")
    root = os.environ["GITHUB_API_URL"]
    if urlsplit(root).scheme not in ("https", "http") or not os.environ["NUMBER"].isdigit():
        sys.exit("no address of an API, or no number of a pull request")
    api = Api(root, os.environ["GITHUB_REPOSITORY"], os.environ["NUMBER"], os.environ["TOKEN"])
    try:
        own = next((each["id"] for each in api.comments() if _is_own(each, mark)), None)
        if own is None and text.partition("\n\n")[0].endswith(NOTHING):
            print("No task changed: no comment.")
            return
        api.write(f"{mark}\n{text}", own)
    except HTTPError as error:
        # 403 and 404 are how GitHub answers a token that may not.
        hint = " (a fork's token may not; see the job's summary)" if error.code in (403, 404) else ""
        print(f"::notice title=taskfit::The comment was not written: {error.code} {error.reason}{hint}")
    except (URLError, TimeoutError, ValueError) as error:
        print(f"::notice title=taskfit::The comment was not written: {str(error).splitlines()[0]}")
    else:
        print("The comment is up to date.")


def _is_own(comment: Any, mark: str) -> bool:
    """Whether a comment is the action's: anybody may copy the mark."""
    is_trusted = comment["user"]["type"] == "Bot" or comment.get("author_association") in TRUSTED
    return is_trusted and str(comment["body"]).startswith(mark)


if __name__ == "__main__":
    main(sys.argv[1])
