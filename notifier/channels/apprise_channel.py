"""Any Apprise URL as a channel, on the caller's thread, without Apprise's throttle, pool and guesses."""

from __future__ import annotations

from importlib import import_module
from typing import Any
from urllib.parse import quote

from notifier.channels import describe, scheme_of
from notifier.channels.capture import exchange
from notifier.channels.verdicts import clean, of_exchange
from notifier.domain.drafts import Form, Message
from notifier.domain.outcomes import Outcome, Verdict
from notifier.errors import ChannelError

# loading these alone spares the 200 other plugins: 400 ms and 40 MB
_PLUGINS = {
    "wecombot": ("wecombot", "NotifyWeComBot"),
    "wechat": ("wechat", "NotifyWeChat"),
    "tgram": ("telegram", "NotifyTelegram"),
    "mailto": ("email", "NotifyEmail"),
    "mailtos": ("email", "NotifyEmail"),
}
_FORMS = {
    "wecombot": Form.WECOM, "wechat": Form.WECOM, "tgram": Form.TELEGRAM, "mailto": Form.MAIL, "mailtos": Form.MAIL,
}  # fmt: skip
_PATHS = {
    "wecombot": {"notify_url": "/cgi-bin/webhook/send?key={key}"},
    "wechat": {"token_url": "/cgi-bin/gettoken", "notify_url": "/cgi-bin/message/send"},
    "tgram": {"notify_url": "/bot"},
}


class AppriseChannel:
    def __init__(self, name: str, url: str, *, timeout: float, endpoint: str) -> None:
        """ChannelError if Apprise makes nothing of `url`."""
        self.name = name
        self._url = url
        self._timeout = timeout
        self._endpoint = endpoint.rstrip("/")
        self._scheme = scheme_of(name, url)
        self.form = _FORMS.get(self._scheme, Form.TEXT)
        self._plugins: dict[str, Any] = {}
        self._plugin("" if "{to}" not in url else "someone@example.com" if self.form is Form.MAIL else "1")

    def send(self, message: Message, address: str = "") -> Outcome:
        """One attempt, bounded in time. Never raises for a peer's fault."""
        try:
            plugin = self._plugin(address)
        except ChannelError as fault:
            return Outcome(verdict=Verdict.REJECTED, words=str(fault))
        secrets = _secrets(plugin)
        try:
            if self.form is Form.MAIL:
                from notifier.channels.mail import send_mail

                return send_mail(plugin, message, self._timeout, secrets)
            return self._notify(plugin, message, secrets)
        except Exception as fault:  # noqa: BLE001  # a plugin's fault must not stop the worker; what became of it is open
            return Outcome(verdict=Verdict.UNKNOWN, words=clean(f"{type(fault).__name__}: {fault}", secrets))

    def _notify(self, plugin: Any, message: Message, secrets: tuple[str, ...]) -> Outcome:
        from apprise import NotifyFormat, NotifyType

        telegram = self.form is Form.TELEGRAM
        with exchange(self._timeout) as done:
            ok = plugin.notify(
                body=message.html if telegram else message.text,
                title="",
                notify_type=NotifyType.INFO,
                body_format=NotifyFormat.HTML if telegram else NotifyFormat.TEXT,
            )
        return of_exchange(self._scheme, done, bool(ok), secrets)

    def _plugin(self, address: str) -> Any:
        if address not in self._plugins:
            self._plugins[address] = self._make(self._url.replace("{to}", quote(address, safe="@")))
        return self._plugins[address]

    def _make(self, url: str) -> Any:
        from apprise import AppriseConfig  # noqa: F401  # sets up the package that plugins stand in

        plugin: Any = None
        try:
            if self._scheme in _PLUGINS:
                module, name = _PLUGINS[self._scheme]
                kind = self._at_endpoint(getattr(import_module(f"apprise.plugins.{module}"), name))
                arguments = kind.parse_url(url)
                plugin = kind(**arguments) if arguments else None
            else:
                from apprise import Apprise

                plugin = Apprise.instantiate(url)
        except Exception:  # noqa: BLE001  # Apprise raises TypeError and others with the secret in them
            raise ChannelError(self._complaint()) from None
        if plugin is None:
            raise ChannelError(self._complaint())
        plugin.request_rate_per_sec = 0  # how fast a channel may be spoken to is decided by its pace
        plugin.socket_connect_timeout = plugin.socket_read_timeout = self._timeout
        return plugin

    def _at_endpoint(self, kind: Any) -> Any:
        paths = _PATHS.get(self._scheme, {}) if self._endpoint else {}
        return type(kind.__name__, (kind,), {key: self._endpoint + path for key, path in paths.items()})

    def _complaint(self) -> str:
        return (
            f"channels.{self.name}.url: {describe(self._url)} is not understood by Apprise: "
            "look at its form for this service (a key or a host is missing or malformed)"
        )

    def close(self) -> None:
        self._plugins.clear()


def _secrets(plugin: Any) -> tuple[str, ...]:
    names = ("key", "password", "bot_token", "corpsecret", "token", "apikey", "access_token", "user")
    return tuple(str(value) for name in names if (value := getattr(plugin, name, None)))
