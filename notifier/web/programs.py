"""Programs that ask: known by a token of the config, which only its digest is kept of."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from notifier.domain.access import Role
from notifier.errors import InboxAway, LedgerError, NotifierError, UsageError
from notifier.web.simulation_runs import SimulationBusy
from notifier.web.visits import Site, client_of

_SCHEME = "bearer "


_MOST_BYTES = 64 * 1024
_REASONS = {
    400: "the request is not understood",
    401: "a token is needed: Authorization: Bearer TOKEN",
    403: "this token may not do that",
    413: "the request is too large",
    429: "too many requests with wrong tokens: wait a minute",
}


def program_of(site: Site, request: Request, role: Role) -> str:
    """Return the name of the program that asks.

    HTTPException if its token is none of ours, or may not do this.
    """
    failed, client = site.failed_links, client_of(request)
    if not failed.allows(client):
        raise HTTPException(429)
    given = request.headers.get("authorization", "")
    token = given[len(_SCHEME) :].strip() if given.lower().startswith(_SCHEME) else ""
    digest = hashlib.sha256(token.encode()).digest()
    for name, known in site.settings().web.tokens.items():
        if hmac.compare_digest(known.digest, digest):
            if not known.role.covers(role):
                raise HTTPException(403)
            return name
    if token:
        failed.note(client)
    raise HTTPException(401)


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request of a program at the instant `now`.

    `program` is the name of its token. `body` is its JSON; of a file that comes in, `data`.
    """

    site: Site
    request: Request
    now: datetime
    program: str
    body: Mapping[str, Any]
    data: bytes = b""

    @property
    def by(self) -> str:
        """Whoever the program speaks for; the program itself if it does not say."""
        return self.text("by", needed=False) or self.program

    def path(self, name: str) -> str:
        return str(self.request.path_params[name])

    def query(self, name: str) -> str:
        return self.request.query_params.get(name, "")

    def number(self, name: str, most: int) -> int | None:
        """A number of the query; None if it is not there.

        UsageError: it is none from 1 to `most`.
        """
        text = self.query(name)
        if not text:
            return None
        if not text.isascii() or not text.isdigit() or not 0 < int(text[:9]) <= most:
            raise UsageError(f"{name}: expected a number from 1 to {most}")
        return int(text)

    def text(self, name: str, *, needed: bool = True) -> str:
        """A text of the body. UsageError: it is needed and not there, or is no text."""
        value = self.body.get(name, "")
        if not isinstance(value, str) or (needed and not value.strip()):
            raise UsageError(f"{name}: expected a text")
        return value.strip()

    def texts(self, name: str, *, needed: bool = True) -> list[str]:
        """A list of texts of the body. UsageError: it is none."""
        values = self.body.get(name, None if needed else [])
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise UsageError(f"{name}: expected a list of texts")
        return values


def api_route(
    site: Site,
    path: str,
    handler: Callable[[Call], Any],
    *,
    method: str = "GET",
    role: Role = Role.READER,
    takes_file: bool = False,
) -> Route:
    """One address of the API.

    What `handler` returns is the answer as JSON; what it refuses is `{"error": "..."}`.
    `takes_file`: what comes in are the bytes of a file and no JSON.
    """

    async def endpoint(request: Request) -> Response:
        try:
            program = await run_in_threadpool(program_of, site, request, role)
            most = site.settings().limits.file_bytes if takes_file else _MOST_BYTES
            data = await _bytes_of(request, most) if method == "POST" else b""
            call = Call(
                site=site,
                request=request,
                now=site.clock.now(),
                program=program,
                body=_object_of(data) if method == "POST" and not takes_file else {},
                data=data,
            )
            return JSONResponse(await run_in_threadpool(handler, call))
        except HTTPException as fault:
            headers = {"www-authenticate": "Bearer"} if fault.status_code == 401 else None
            words = _REASONS.get(fault.status_code, fault.detail)
            return JSONResponse({"error": words}, status_code=fault.status_code, headers=headers)
        except NotifierError as fault:
            is_passing = isinstance(fault, InboxAway | LedgerError | SimulationBusy)
            return JSONResponse({"error": str(fault)}, status_code=503 if is_passing else 400)

    return Route(path, endpoint, methods=[method], name=f"{method} {path}")


async def _bytes_of(request: Request, most: int) -> bytes:
    """What a request brings. HTTPException: it is more than `most` bytes."""
    parts, size = [], 0
    async for part in request.stream():
        parts.append(part)
        size += len(part)
        if size > most:
            raise HTTPException(413)
    return b"".join(parts)


def _object_of(data: bytes) -> Mapping[str, Any]:
    """The JSON object of a request. HTTPException: it is none."""
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        raise HTTPException(400) from None
    if not isinstance(found, dict):
        raise HTTPException(400)
    return found
