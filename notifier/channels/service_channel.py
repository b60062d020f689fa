"""A channel of a service that this program knows."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import replace
from typing import TextIO
from urllib.parse import quote

from notifier.channels.addresses import split_addresses
from notifier.channels.contract import ADDRESS, Account, ChannelService
from notifier.channels.deadline import deadline
from notifier.channels.replies import ReplyLine, UnansweredError
from notifier.channels.verdicts import cleaned, rejected
from notifier.domain.drafts import Form, Message
from notifier.domain.outcomes import About, Outcome, Refusal, Verdict

_LEAST_PART = 8  # characters; a shorter part of a path is a name


class ServiceChannel:
    """`fields` are sound.

    `timeout` in seconds bounds one attempt; `endpoint` stands in for the service's host.
    """

    def __init__(
        self,
        name: str,
        service: ChannelService,
        fields: Mapping[str, str],
        *,
        timeout: float,
        endpoint: str = "",
        stream: TextIO | None = None,
    ) -> None:
        self.name = name
        self.service = service
        self._fields = {"name": name, **fields} if service.name == "console" else dict(fields)
        self._timeout = timeout
        self._endpoint = endpoint.rstrip("/")
        self._stream = stream
        self._memory: dict[str, str] = {}
        make = service.replies
        self.replies = None if make is None else make(self._fields, self._endpoint)

    @property
    def form(self) -> Form:
        return self.service.form

    def send(self, message: Message, address: str = "") -> Outcome:
        """One attempt, bounded in time. Never raises for a peer's fault."""
        account, strangers = self._account(address)
        if strangers and not account.to:
            return rejected("; ".join(refusal.words for refusal in strangers), About.ADDRESS)
        outcome = cleaned(self._attempt(account, message), self._secrets())
        if strangers and outcome.verdict in (Verdict.SENT, Verdict.ACCEPTED):
            return replace(outcome, refusals=(*outcome.refusals, *strangers))
        return outcome

    def _attempt(self, account: Account, message: Message) -> Outcome:
        verify = account["verify"].lower() not in ("no", "false", "0")
        try:
            with deadline(self._timeout) as until:
                line = ReplyLine(until, verify=verify, stream=self._stream, memory=self._memory)
                return self.service.send(account, message, line)
        except UnansweredError as fault:
            return fault.outcome
        except Exception as fault:  # noqa: BLE001  # a fault here must not stop the worker; what became of it is open
            return Outcome(verdict=Verdict.UNKNOWN, words=f"{type(fault).__name__}: {fault}")

    def _account(self, address: str) -> tuple[Account, tuple[Refusal, ...]]:
        """The settings of one attempt, and those of the addresses that cannot be meant."""
        if not self.service.address:
            return Account(fields=self._fields, address=address, endpoint=self._endpoint), ()
        listed = self._fields.get("to", "")
        if address:
            listed = listed.replace(ADDRESS, address) if ADDRESS in listed else address
        to = split_addresses(listed)
        sound = tuple(part for part in to if not address_fault(self.service, part))
        strangers = tuple(
            Refusal(address=part, verdict=Verdict.REJECTED, words=address_fault(self.service, part))
            for part in to
            if part not in sound
        )
        return Account(
            fields=self._fields, to=sound, address=address, endpoint=self._endpoint
        ), strangers

    def _secrets(self) -> tuple[str, ...]:
        """Return the secrets to leave out of quoted answers.

        These are keys, and the forms in which a request carries them.
        """
        secrets = [
            value for name, value in self._fields.items() if value and self.service.is_secret(name)
        ]
        secrets += self._memory.values()
        user, password = self._fields.get("user", ""), self._fields.get("password", "")
        if password:  # as HTTP's Basic, SMTP's PLAIN and its LOGIN send them
            signed_in = (f"{user}:{password}", f"\0{user}\0{password}", password)
            secrets += [b64encode(text.encode()).decode() for text in signed_in]
        parts = [part for secret in secrets for part in split_addresses(secret)]
        parts += [
            part for secret in secrets for part in secret.split("/") if len(part) >= _LEAST_PART
        ]
        return tuple(
            dict.fromkeys(
                [*secrets, *parts, *(quote(part, safe="") for part in [*secrets, *parts])]
            )
        )

    def close(self) -> None:
        self._memory.clear()


def address_fault(service: ChannelService, address: str) -> str:
    """Return the fault in one address; empty if there is none."""
    if re.fullmatch(service.address, address):
        return ""
    return f"{address!r} is no address of this service: expected {service.address_words}"
