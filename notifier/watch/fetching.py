"""Asks a site for one page.

Within limits of time and size, never on a private network, as its robots.txt allows.
"""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit, urlunsplit
from urllib.robotparser import RobotFileParser

from notifier.domain.watching import split_address
from notifier.errors import NotifierError

if TYPE_CHECKING:
    import requests

_TIMEOUT = (10.0, 20.0)  # seconds to connect, and between two parts of an answer
_LONGEST = 60.0  # seconds for the whole of an answer
_MOST_BYTES = 5_000_000
_MOST_REDIRECTS = 5
_ROBOTS_BYTES = 500_000
_ROBOTS_FOR = 86_400.0  # seconds that a site's rules are kept
_REDIRECTS = (301, 302, 303, 307, 308)
_REDIRECTS_OF_POST = (307, 308)  # the others lead to a page that is asked for by GET
_GONE = (404, 410)
_WITH_IPV4 = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("::/96"))


class FetchFault(NotifierError):
    """the page cannot be had"""

    def __init__(self, message: str, *, gone: bool = False, wait: timedelta | None = None) -> None:
        """Make the fault of a page that cannot be had.

        `gone`: the site says that there is no such page; `wait`: so long it asks to be left alone.
        """
        super().__init__(message)
        self.gone = gone
        self.wait = wait


class _Circling(FetchFault):
    """the page leads from one address to the next without end"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fetched:
    """An answer of a site.

    `data` is None if the page is the one that the site was asked about by `etag` or `modified`.
    """

    url: str
    data: bytes | None
    kind: str = ""
    etag: str = ""
    modified: str = ""


@dataclass(slots=True)
class _Rules:
    parser: RobotFileParser
    until: float


class Fetcher:
    """Asks sites. Each call is one page; how often they are asked is the caller's to decide."""

    def __init__(
        self,
        *,
        contact: str,
        elapsed: Callable[[], float] = time.monotonic,
        longest: float = _LONGEST,
    ) -> None:
        """Make a fetcher.

        `contact`: a mail address or page by which a site's keeper can reach whoever runs this;
        `longest`: seconds that a page may take.
        """
        self._longest = longest
        self._agent = (
            f"auction-deadline-notifier (+{contact})" if contact else "auction-deadline-notifier"
        )
        self._elapsed = elapsed
        self._rules: dict[str, _Rules] = {}

    def fetch(
        self, url: str, *, etag: str = "", modified: str = "", allow_private: bool = False
    ) -> Fetched:
        """Return the page. FetchFault says in one sentence why there is none.

        What the site allows to be read is asked for first, if `knows_rules` is not true of it yet.
        An address that ends in `#{…}` is asked for by POST, with that JSON.
        """
        if not self.knows_rules(url):
            self.learn_rules(url, allow_private=allow_private)
        asked, question = split_address(url)
        if not self._rules[_site(url)].parser.can_fetch(self._agent, asked):
            raise FetchFault("the site's robots.txt does not want this page to be read by programs")
        headers = {"If-None-Match": etag, "If-Modified-Since": modified}
        if question:
            headers = {"Content-Type": "application/json;charset=UTF-8"}
        given = {key: value for key, value in headers.items() if value}
        return self._in_time(
            lambda: self._followed(asked, given, _MOST_BYTES, allow_private, question.encode())
        )

    def knows_rules(self, url: str) -> bool:
        """Return whether it is known, for today, what the site of `url` allows to be read."""
        rules = self._rules.get(_site(url))
        return rules is not None and rules.until > self._elapsed()

    def learn_rules(self, url: str, *, allow_private: bool = False) -> None:
        """Ask the site of `url` for its robots.txt. FetchFault if the site does not answer."""
        parser = self._robots(_site(url), allow_private)
        self._rules[_site(url)] = _Rules(parser, self._elapsed() + _ROBOTS_FOR)

    def _robots(self, site: str, allow_private: bool) -> RobotFileParser:
        parser = RobotFileParser()
        try:
            answer = self._in_time(
                lambda: self._followed(f"{site}/robots.txt", {}, _ROBOTS_BYTES, allow_private)
            )
        except FetchFault as fault:
            if not (fault.gone or isinstance(fault, _Circling)):
                raise
            parser.parse([])  # RFC 9309, 2.3.1.2 and 2.3.1.3: there are none
        else:
            parser.parse((answer.data or b"").decode("utf-8", "replace").splitlines())
        return parser

    def _in_time(self, ask: Callable[[], Fetched]) -> Fetched:
        """Return what `ask` returns; FetchFault if it takes too long.

        A site may send a byte now and then for days.

        Whoever asks is then left alone, in a thread that ends with its connection.
        """
        answers: SimpleQueue[Fetched | Exception] = SimpleQueue()

        def work() -> None:
            try:
                answers.put(ask())
            except Exception as fault:  # noqa: BLE001  # raised where it is waited for
                answers.put(fault)

        Thread(target=work, name="page", daemon=True).start()
        try:
            answer = answers.get(timeout=self._longest)
        except Empty:
            raise FetchFault("the site does not answer in time") from None
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _followed(
        self,
        url: str,
        headers: dict[str, str],
        most: int,
        allow_private: bool,
        question: bytes = b"",
    ) -> Fetched:
        redirects = _REDIRECTS_OF_POST if question else _REDIRECTS
        for _ in range(_MOST_REDIRECTS + 1):
            with self._answer(url, headers, allow_private, question) as answer:
                if answer.status_code not in redirects:
                    return _taken(url, answer, most, self._elapsed() + self._longest, self._elapsed)
                target = urljoin(url, answer.headers.get("Location", ""))
            if _host(target) != _host(url):
                raise FetchFault(
                    f"the page leads to another site: {_host(target)}: watch the page there"
                )
            url = target
        raise _Circling("the page leads from one address to the next without end")

    @contextmanager
    def _answer(
        self, url: str, headers: dict[str, str], allow_private: bool, question: bytes
    ) -> Iterator[requests.Response]:
        import requests
        import urllib3

        parts = urlsplit(url)
        if (
            parts.scheme not in ("http", "https")
            or not parts.hostname
            or parts.username is not None
        ):
            raise FetchFault("this is no address of a web page: it begins with http:// or https://")
        address = _resolved(parts.hostname, allow_private=allow_private)
        with requests.Session() as session:
            session.trust_env = False  # no proxy or password of the environment for a foreign site
            session.mount("https://", _pinned(parts.hostname))
            given = {
                "User-Agent": self._agent,
                "Accept-Encoding": "gzip, deflate",
                "Host": parts.netloc,
                **headers,
            }
            try:
                with session.request(
                    "POST" if question else "GET",
                    _at_address(url, address),
                    headers=given,
                    data=question or None,
                    stream=True,
                    timeout=_TIMEOUT,
                    allow_redirects=False,
                ) as answer:
                    yield answer
            except requests.exceptions.SSLError:
                raise FetchFault("the site's certificate is not valid") from None
            except (requests.exceptions.Timeout, urllib3.exceptions.TimeoutError):
                raise FetchFault("the site does not answer in time") from None
            except (
                requests.exceptions.RequestException,
                urllib3.exceptions.HTTPError,
                OSError,
                ValueError,
            ) as fault:
                raise FetchFault(f"the site cannot be reached: {type(fault).__name__}") from None


def _site(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").casefold()


def _resolved(host: str, *, allow_private: bool) -> str:
    """The address of a host, the first that may be spoken to. FetchFault if there is none."""
    try:
        found = [
            str(info[4][0]) for info in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        ]
    except (OSError, UnicodeError):
        raise FetchFault("the name of the site is not known") from None
    for address in found:
        if allow_private or _is_public(address.partition("%")[0]):
            return address
    raise FetchFault(
        "the site stands on a private network: set allow_private = true if it is your own"
    )


def _is_public(address: str) -> bool:
    """Return whether an address is of the internet.

    So must be the one of IPv4 that a gateway would make of it.
    """
    found = ipaddress.ip_address(address)
    inner = _inner_address(found) if isinstance(found, ipaddress.IPv6Address) else None
    return found.is_global and not found.is_multicast and (inner is None or inner.is_global)


def _inner_address(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Return the address of IPv4 that stands in one of IPv6.

    Mapped, of 6to4 or of NAT64 (RFC 4291, 3056, 6052).
    """
    if any(address in network for network in _WITH_IPV4):
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour


def _at_address(url: str, address: str) -> str:
    """Return the URL with the address that was looked up in place of the name.

    So nobody can answer with another one later.
    """
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    host = f"[{address}]" if ":" in address else address
    return urlunsplit((parts.scheme, f"{host}{port}", parts.path or "/", parts.query, ""))


def _pinned(host: str) -> Any:
    """What speaks TLS to an address and checks the certificate of `host`."""
    from requests.adapters import HTTPAdapter

    adapter = HTTPAdapter()
    adapter.init_poolmanager(1, 1, server_hostname=host, assert_hostname=host)
    return adapter


def _taken(
    url: str, answer: requests.Response, most: int, until: float, elapsed: Callable[[], float]
) -> Fetched:
    """What an answer holds. FetchFault for one that holds no page, or not all of it by `until`."""
    status = answer.status_code
    if status in _GONE:
        raise FetchFault(f"the site says that there is no such page (HTTP {status})", gone=True)
    if status == 304:
        return Fetched(url=url, data=None)
    if status != 200:
        raise FetchFault(f"the site refuses the page (HTTP {status})", wait=_wait_of(answer))
    data = bytearray()
    while part := answer.raw.read1(65_536, decode_content=True):  # what is there already
        data += part
        if len(data) > most:
            raise FetchFault(f"the page is larger than {most} bytes")
        if elapsed() > until:
            raise FetchFault("the site does not answer in time")
    return Fetched(
        url=url,
        data=bytes(data),
        kind=answer.headers.get("Content-Type", "").partition(";")[0].strip().lower(),
        etag=answer.headers.get("ETag", "")[:200],
        modified=answer.headers.get("Last-Modified", "")[:100],
    )


def _wait_of(answer: requests.Response) -> timedelta | None:
    """How long the site asks to be left alone: seconds, or a date."""
    text = answer.headers.get("Retry-After", "").strip()
    if text.isdecimal():
        return timedelta(seconds=min(int(text[:9]), 86_400))
    try:
        at = parsedate_to_datetime(text)
        sent = parsedate_to_datetime(answer.headers.get("Date", ""))
    except (ValueError, TypeError):
        return None
    both = [each if each.tzinfo else each.replace(tzinfo=UTC) for each in (at, sent)]
    return max(both[0] - both[1], timedelta(0))
