"""The board's own process: where it listens, and that it may."""

from __future__ import annotations

import gc
import logging
import threading
from collections.abc import Callable
from pathlib import Path
from socket import socket

import uvicorn

from notifier.config import Settings, load_settings
from notifier.config.settings import WebSettings
from notifier.errors import ConfigError, NotifierError
from notifier.ports import Clock, Ledger
from notifier.web.guard import is_loopback
from notifier.web.site import build_application, build_site

log = logging.getLogger("notifier.web")

_END_WITHIN = 2  # seconds; open streams are ended then
_MOST_CONNECTIONS = 1_000


class LiveSettings:
    """The config as it stands now: read again when its file has changed.

    A config with an error changes nothing.
    """

    def __init__(self, settings: Settings, ledger: Path | None) -> None:
        self._settings = settings
        self._ledger = ledger
        self._lock = threading.Lock()
        self._stamp = _stamp(settings.file)

    def __call__(self) -> Settings:
        with self._lock:
            stamp = _stamp(self._settings.file)
            if stamp != self._stamp:
                self._stamp = stamp
                self._read_again()
            return self._settings

    def _read_again(self) -> None:
        try:
            self._settings = load_settings(
                self._settings.file, ledger=self._ledger, with_secrets=False
            )
        except NotifierError as fault:
            log.error("config not changed, the old one stays: %s", fault)


def _stamp(file: Path) -> tuple[int, int]:
    try:
        status = file.stat()
    except OSError:
        return 0, 0
    return status.st_mtime_ns, status.st_size


def ensure_allowed(web: WebSettings) -> None:
    """ConfigError if the board would speak to a network in the clear."""
    if bool(web.tls_certificate) != bool(web.tls_key):
        raise ConfigError("web: tls_certificate and tls_key go together: write both or none")
    if web.tls_certificate is None and not web.trusted_proxy and not is_loopback(web.host):
        raise ConfigError(
            f"web.listen: {web.host} can be reached from a network, and without TLS whoever "
            "listens there reads "
            "everything: give tls_certificate and tls_key, or trusted_proxy, or listen on 127.0.0.1"
        )
    if not web.url and (web.trusted_proxy or not is_loopback(web.host)):
        raise ConfigError("web.url is missing: write the address that people type")


def serve(
    ledger: Ledger,
    settings: Callable[[], Settings],
    clock: Clock,
    *,
    on_ready: Callable[[], None] = lambda: None,
) -> None:
    """Serve the board until the process is told to end."""
    web = settings().web
    ensure_allowed(web)
    application = build_application(build_site(ledger, settings, clock))
    server = _Server(config_of(application, web), on_ready)
    server.run()


def config_of(application: object, web: WebSettings) -> uvicorn.Config:
    return uvicorn.Config(
        application,  # type: ignore[arg-type]  # Starlette's application is one
        host=web.host,
        port=web.port,
        log_config=None,
        log_level="warning",
        access_log=False,  # an address of a page may hold a link
        server_header=False,
        proxy_headers=False,  # `web/guard.py` knows whom to believe
        ssl_certfile=web.tls_certificate and str(web.tls_certificate),
        ssl_keyfile=web.tls_key and str(web.tls_key),
        limit_concurrency=_MOST_CONNECTIONS,
        timeout_graceful_shutdown=_END_WITHIN,
    )


class _Server(uvicorn.Server):
    """uvicorn's server, which says when it listens."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            # no page has to wait while Python looks through thousands of parcels for garbage
            gc.collect()
            gc.freeze()
            self._on_ready()
