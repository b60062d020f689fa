"""One request to a service and what it answered."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TextIO

from notifier.channels.deadline import AttemptDeadline
from notifier.domain.outcomes import Outcome, Verdict


class UnansweredError(Exception):
    """No answer came; `outcome` says whether the request may have arrived."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.words)
        self.outcome = outcome


@dataclass(frozen=True)
class Reply:
    """The answer of a service. Header names are in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @cached_property
    def value(self) -> object:
        """The body as JSON; None if it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    @property
    def fields(self) -> dict[str, Any]:
        """The body as a JSON object; empty if it is none."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def is_page(self) -> bool:
        """Whether the body is a page of HTML, as of a network that wants a sign-in."""
        start = self.body[:200].lstrip().lower()
        return "html" in self.headers.get("content-type", "").lower() or start.startswith(
            (b"<!doctype", b"<html")
        )

    def number(self, name: str) -> int | None:
        """The whole number that stands under `name`: true, "0" and 0.0 are none."""
        value = self.fields.get(name)
        return value if type(value) is int else None

    def text(self, *names: str) -> str:
        """The first text that stands under one of `names`; empty if none does."""
        texts = (self.fields.get(name) for name in names)
        return next((text for text in texts if isinstance(text, str) and text), "")


class ReplyLine:
    """The means that a service has while it sends.

    Requests with a time limit, the console, and a memory between attempts.
    """

    def __init__(
        self,
        until: AttemptDeadline,
        *,
        verify: bool = True,
        stream: TextIO | None = None,
        memory: dict[str, str] | None = None,
    ) -> None:
        self.until = until
        self.verify = verify
        self.stream = stream
        self.memory = {} if memory is None else memory

    def get(self, url: str, **options: Any) -> Reply:
        return self._ask("GET", url, options)

    def post(self, url: str, **options: Any) -> Reply:
        """Return the answer to a POST; unanswered if none came.

        `options` are those of `requests`: json, data, params, headers, auth, files.
        """
        return self._ask("POST", url, options)

    def patch(self, url: str, **options: Any) -> Reply:
        """Return the answer to a PATCH as `post` does."""
        return self._ask("PATCH", url, options)

    def _ask(self, method: str, url: str, options: dict[str, Any]) -> Reply:
        import requests  # 0.1 s to import, which the console need not wait for

        from notifier.channels.capture import Lost, exchange

        headers = {"User-Agent": "notifier"} | (options.pop("headers", None) or {})
        with exchange(self.until) as done, contextlib.suppress(requests.RequestException):
            requests.request(
                method, url, headers=headers, timeout=30, verify=self.verify, **options
            )
        step = done.steps[-1] if done.steps else Lost(fault="InvalidURL", handed_over=False)
        if isinstance(step, Lost):
            verdict = Verdict.UNKNOWN if step.handed_over else Verdict.RETRY
            words = "no answer" if step.handed_over else "not reachable"
            raise UnansweredError(Outcome(verdict=verdict, words=f"{words}: {step.fault}"))
        return Reply(step.status, step.headers, step.body)

    def seconds(self) -> int:
        """The present instant for a signature, in seconds since 1970."""
        return int(time.time())
