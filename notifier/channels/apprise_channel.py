"""Any Apprise URL as a channel, on the caller's thread, without Apprise's throttle, pool and guesses."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import replace
from importlib import import_module
from typing import Any
from urllib.parse import quote, unquote

from notifier.channels import describe, scheme_of
from notifier.channels.capture import exchange
from notifier.channels.deadline import Deadline, deadline
from notifier.channels.verdicts import clean, of_steps
from notifier.domain.drafts import Attachment, Form, Message
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
# where a plugin keeps whom it sends to, if it was told
_TARGETS = {
    "wechat": ("users", "departments", "tag_ids"),
    "tgram": ("targets",),
    "mailto": ("targets",),
    "mailtos": ("targets",),
}
_SECRETS = ("key", "password", "bot_token", "corpsecret", "token", "apikey")
_LEAST_KEY = 8  # characters; what is shorter in a URL is a name
_ROBOT = re.compile(r"https://qyapi\.weixin\.qq\.com/cgi-bin/webhook/send/?\?key=([A-Za-z0-9_-]+)", re.IGNORECASE)


class AppriseChannel:
    def __init__(self, name: str, url: str, *, timeout: float, endpoint: str) -> None:
        """ChannelError if Apprise makes nothing of `url`."""
        self.name = name
        self._url = native(url)
        self._timeout = timeout
        self._endpoint = endpoint.rstrip("/")
        self._scheme = scheme_of(name, self._url)
        self.form = _FORMS.get(self._scheme, Form.TEXT)
        self._plugins: dict[str, Any] = {}
        self._plugin("" if "{to}" not in url else "someone@example.com" if self.form is Form.MAIL else "1")

    def send(self, message: Message, address: str = "") -> Outcome:
        """One attempt, bounded in time. Never raises for a peer's fault."""
        try:
            plugin = self._plugin(address)
        except ChannelError as fault:
            return Outcome(verdict=Verdict.REJECTED, words=str(fault))
        try:
            with deadline(self._timeout) as until:
                if self.form is Form.MAIL:
                    from notifier.channels.mail import send_mail

                    return send_mail(plugin, message, until, secrets_of(plugin, self.form, self._url))
                return self._notify(plugin, message, until)
        except Exception as fault:  # noqa: BLE001  # a plugin's fault must not stop the worker; what became of it is open
            words = clean(f"{type(fault).__name__}: {fault}", secrets_of(plugin, self.form, self._url))
            return Outcome(verdict=Verdict.UNKNOWN, words=words)

    def _notify(self, plugin: Any, message: Message, until: Deadline) -> Outcome:
        from apprise import NotifyFormat, NotifyType

        telegram = self.form is Form.TELEGRAM
        with exchange(until) as done:
            ok = plugin.notify(
                body=message.html if telegram else message.text,
                title="",
                notify_type=NotifyType.INFO,
                body_format=NotifyFormat.HTML if telegram else NotifyFormat.TEXT,
            )
        outcome = of_steps(self._scheme, done.steps, bool(ok), secrets_of(plugin, self.form, self._url))
        if telegram and outcome.verdict is Verdict.SENT:
            for picture in message.attachments:
                if words := self._send_picture(plugin, picture, until):
                    return replace(outcome, words=words)
        return outcome

    def _send_picture(self, plugin: Any, picture: Attachment, until: Deadline) -> str:
        """To every chat, after the text that it belongs to; what went wrong, or empty. The text is there whatever
        becomes of its picture, and is not said again for its sake."""
        from apprise import NotifyType
        from apprise.attachment.memory import AttachMemory

        content: Any = AttachMemory  # it carries no types
        content = content(content=picture.content, name=picture.name, mimetype=picture.media_type)
        try:
            with exchange(until) as done:
                sent = [plugin.send_media(chat, NotifyType.INFO, attach=content) for chat in plugin.targets]
        except Exception as fault:  # noqa: BLE001  # a plugin's fault; the text has been sent
            return clean(f"sent without its picture: {type(fault).__name__}", ())
        outcome = of_steps(self._scheme, done.steps, all(sent), secrets_of(plugin, self.form, self._url))
        return "" if outcome.verdict is Verdict.SENT else f"sent without its picture: {outcome.words}"

    def _plugin(self, address: str) -> Any:
        if address not in self._plugins:
            self._plugins[address] = self._make(self._url.replace("{to}", quote(address, safe="@")), address)
        return self._plugins[address]

    def _make(self, url: str, address: str) -> Any:
        from apprise import AppriseConfig  # noqa: F401  # sets up the package that plugins stand in

        kind = self._kind()
        try:
            if kind is None:
                from apprise import Apprise

                plugin = Apprise.instantiate(url)
            else:
                arguments = kind.parse_url(url)
                plugin = kind(**arguments) if arguments else None
        except Exception:  # noqa: BLE001  # Apprise raises TypeError and others with the secret in them
            plugin = None
        if plugin is None:
            raise self._fault(
                "is not understood by Apprise: look at its form for this service "
                "(a key or a host is missing or malformed)"
            )
        self._hold_back(plugin)
        targets = _TARGETS.get(self._scheme, ())
        if targets and not any(getattr(plugin, name) for name in targets):
            raise self._fault(f"has nobody to send to: {address or 'what it says'!r} is no address of this service")
        return plugin

    def _hold_back(self, plugin: Any) -> None:
        """What Apprise would do on its own, and we do otherwise or not at all."""
        plugin.request_rate_per_sec = 0  # how fast a channel may be spoken to is decided by its pace
        plugin.socket_connect_timeout = plugin.socket_read_timeout = self._timeout
        if self._scheme == "tgram":
            plugin.detect_owner = False  # it would write to whoever wrote to the bot first
        if self.form is Form.TEXT and "overflow=" not in self._url:
            from apprise import OverflowMode

            plugin.overflow_mode = OverflowMode.SPLIT  # beyond the service's limit a text would be refused
        if self.form is Form.MAIL and plugin.pgp_mode != "no":
            raise self._fault("asks for PGP, which is not supported: take pgp= out")

    def _kind(self) -> Any:
        """The plugin's class, with its service's address replaced if there is an endpoint; None: Apprise finds it."""
        if self._scheme not in _PLUGINS:
            return None
        module, name = _PLUGINS[self._scheme]
        kind = getattr(import_module(f"apprise.plugins.{module}"), name)
        paths = _PATHS.get(self._scheme, {}) if self._endpoint else {}
        return type(kind.__name__, (kind,), {key: self._endpoint + path for key, path in paths.items()})

    def _fault(self, words: str) -> ChannelError:
        return ChannelError(f"channels.{self.name}.url: {describe(self._url)} {words}")

    def close(self) -> None:
        self._plugins.clear()


def native(url: str) -> str:
    """WeCom shows a robot's address as a web page's: `url` as Apprise's scheme, whose answers are understood."""
    found = _ROBOT.fullmatch(url)
    return f"wecombot://{found[1]}" if found else url


def secrets_of(plugin: Any, form: Form, url: str) -> tuple[str, ...]:
    """What a peer must not be quoted with: the keys that Apprise found in `url`, or whatever in it may be one."""
    found = [str(getattr(plugin, name, None) or "") for name in _SECRETS]
    if plugin.password:  # as HTTP's Basic, SMTP's PLAIN and its LOGIN send them
        signed_in = (f"{plugin.user}:{plugin.password}", f"\0{plugin.user}\0{plugin.password}", plugin.password)
        found += [b64encode(text.encode()).decode() for text in signed_in]
    if form is Form.TEXT:  # a service that we do not know
        parts = [part for part in re.split(r"[/:@?&=,]+", url.partition("://")[2]) if len(part) >= _LEAST_KEY]
        found += [*parts, *map(unquote, parts)]
    if hasattr(plugin, "corpsecret"):
        found.append(str(plugin.store.get("access_token") or ""))
    return tuple(found)
