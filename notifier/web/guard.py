"""The rules for every answer: headers that confine a page, and the hosts we are called by."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from notifier.config.settings import WebSettings

_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}
_TWO_YEARS = "max-age=63072000"
_OWN_NAMES = ("127.0.0.1", "localhost", "::1")


class Guard:
    """Refuses foreign hosts and proxies, and adds the headers to every answer."""

    def __init__(self, app: ASGIApp, settings: Callable[[], WebSettings]) -> None:
        self._app = app
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        web = self._settings()

        has_begun = False

        async def send_guarded(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("cache-control", "no-store")
                if web.is_secure:
                    headers.setdefault("strict-transport-security", _TWO_YEARS)
            await send(message)

        headers = Headers(scope=scope)
        if not _is_ours(headers.get("host", ""), web) or not _may_ask(_peer(scope), web):
            refusal = PlainTextResponse("this is no address of the board", status_code=421)
            await refusal(scope, receive, send_guarded)
            return
        try:
            await self._app(_as_forwarded(scope, headers, web), receive, send_guarded)
        except Exception:
            if not has_begun:  # else an answer without these headers would be sent further out
                failure = PlainTextResponse("something went wrong here", status_code=500)
                await failure(scope, receive, send_guarded)
            raise


def _peer(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else ""


def _may_ask(peer: str, web: WebSettings) -> bool:
    """Whether `peer` may speak to us: behind a proxy nobody else may, past it and in the clear."""
    is_open = web.tls_certificate is not None or not web.trusted_proxy
    return is_open or peer in web.trusted_proxy or is_loopback(peer)


def _as_forwarded(scope: Scope, headers: Headers, web: WebSettings) -> Scope:
    """The request as from the client that a trusted proxy names last; others are not believed."""
    named = headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
    if not named or _peer(scope) not in web.trusted_proxy:
        return scope
    return {**scope, "client": (named, 0)}


def is_loopback(host: str) -> bool:
    """Whether an address is of this machine alone."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _is_ours(host: str, web: WebSettings) -> bool:
    """Whether `host` is a name of ours: a page elsewhere must not reach us by a name of its own."""
    known = {*_OWN_NAMES, web.host, _name_in(web.address)}
    name = _name_in(f"//{host}")
    return bool(name) and name in known


def _name_in(url: str) -> str:
    """The name of the host in `url`; empty if there is none, or it is broken as in `[`."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
