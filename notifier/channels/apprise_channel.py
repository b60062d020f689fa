"""Any other Apprise URL as a channel.

On the caller's thread, without Apprise's throttle, pool and guesses.

What such a service answers is not known here: HTTP's yes is only that (ACCEPTED).
"""

from __future__ import annotations

import re
from base64 import b64encode
from typing import Any
from urllib.parse import quote, unquote

from notifier.channels.capture import Exchange, Lost, Step, exchange
from notifier.channels.contract import ADDRESS
from notifier.channels.deadline import deadline
from notifier.channels.replies import Reply
from notifier.channels.urls import FIELDS_FORM, scheme_of
from notifier.channels.verdicts import cleaned, http_refusal, rejected, retry
from notifier.domain.drafts import Form, Message
from notifier.domain.outcomes import About, Outcome, Verdict
from notifier.errors import ChannelError

_SECRETS = ("key", "password", "bot_token", "corpsecret", "token", "apikey")
_LEAST_KEY = 8  # characters; what is shorter in a URL is a name
_ACCEPTED = Outcome(verdict=Verdict.ACCEPTED, words="only HTTP's yes")


class AppriseChannel:
    def __init__(self, name: str, url: str, *, timeout: float) -> None:
        """ChannelError if Apprise makes nothing of `url`."""
        self.name = name
        self.replies = None
        self._url = url
        self._timeout = timeout
        self._plugins: dict[str, Any] = {}
        authority = re.split(r"[/?]", url.partition("://")[2])[0]
        if authority.count("@") > 1:
            raise self._fault(
                "holds more than one @ before the host: write %40 for those inside, or "
                f"{FIELDS_FORM}"
            )
        plugin = self._plugin("someone@example.com" if ADDRESS in url else "")
        self.form = Form(limit=plugin.body_maxlen)

    def send(self, message: Message, address: str = "") -> Outcome:
        """One attempt, bounded in time. Never raises for a peer's fault."""
        try:
            plugin = self._plugin(address)
        except ChannelError as fault:
            return rejected(str(fault), About.ADDRESS if address else About.CHANNEL)
        secrets = _secrets_of(plugin, self._url)
        try:
            with deadline(self._timeout) as until, exchange(until) as done:
                ok = self._notify(plugin, message)
        except Exception as fault:  # noqa: BLE001  # a plugin's fault must not stop the worker; what became of it is open
            return cleaned(
                Outcome(verdict=Verdict.UNKNOWN, words=f"{type(fault).__name__}: {fault}"), secrets
            )
        return cleaned(_judge(done, ok), secrets)

    def _notify(self, plugin: Any, message: Message) -> bool:
        from apprise import NotifyFormat, NotifyType

        options = {"title": "", "notify_type": NotifyType.INFO, "body_format": NotifyFormat.TEXT}
        return bool(plugin.notify(body=message.text, **options))

    def _plugin(self, address: str) -> Any:
        if address not in self._plugins:
            self._plugins[address] = self._make(
                self._url.replace(ADDRESS, quote(address, safe="@"))
            )
        return self._plugins[address]

    def _make(self, url: str) -> Any:
        from apprise import Apprise, OverflowMode

        try:
            plugin: Any = Apprise.instantiate(url)
        except Exception:  # noqa: BLE001  # Apprise raises TypeError and others with the secret in them
            plugin = None
        if plugin is None:
            raise self._fault(
                "is not understood by Apprise: look at its form for this service "
                "(a key or a host is missing or malformed)"
            )
        # what Apprise would do on its own, and this program does otherwise or not at all
        plugin.request_rate_per_sec = 0
        plugin.socket_connect_timeout = plugin.socket_read_timeout = self._timeout
        if "overflow=" not in url:
            # beyond the service's limit a text would be refused
            plugin.overflow_mode = OverflowMode.SPLIT
        return plugin

    def _fault(self, words: str) -> ChannelError:
        return ChannelError(f"channels.{self.name}.url: {scheme_of(self._url)}://**** {words}")

    def close(self) -> None:
        self._plugins.clear()


def _judge(done: Exchange, ok: bool) -> Outcome:
    """Return the outcome of an attempt of one or more requests.

    `ok`: whether Apprise calls it a success.

    Where some places were reached and others were not, trying again would say it twice to the
    first: REJECTED.
    """
    outcomes = [_judge_step(step) for step in done.steps]
    bad = next((outcome for outcome in outcomes if outcome is not _ACCEPTED), None)
    if bad is None:
        return (
            _ACCEPTED
            if ok
            else retry("not sent: the service did not give what the next step needs")
        )
    if _ACCEPTED in outcomes:
        return rejected(f"only a part was sent: {bad.words}", About.MESSAGE)
    return bad


def _judge_step(step: Step) -> Outcome:
    if isinstance(step, Lost):
        if step.handed_over:
            return Outcome(verdict=Verdict.UNKNOWN, words=f"no answer: {step.fault}")
        return retry(f"not reachable: {step.fault}")
    return http_refusal(Reply(step.status, step.headers, step.body)) or _ACCEPTED


def _secrets_of(plugin: Any, url: str) -> tuple[str, ...]:
    """Return the secrets to leave out of quoted answers.

    The keys that Apprise found in `url`, and all that may be one.
    """
    found = [str(getattr(plugin, name, None) or "") for name in _SECRETS]
    if plugin.password:  # as HTTP's Basic sends them
        signed_in = (f"{plugin.user}:{plugin.password}", plugin.password)
        found += [b64encode(text.encode()).decode() for text in signed_in]
    parts = [
        part for part in re.split(r"[/:@?&=,]+", url.partition("://")[2]) if len(part) >= _LEAST_KEY
    ]
    return (*found, *parts, *map(unquote, parts))
