"""The settings of the whole program, checked and frozen."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta
from fnmatch import fnmatchcase
from hashlib import blake2b
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote, unquote

from notifier.channels import ADDRESS, can_be_answered, service_named
from notifier.domain.access import Role
from notifier.domain.known_people import KnownPerson
from notifier.domain.recipients import Recipient
from notifier.domain.watching import Watch
from notifier.domain.workdays import WorkCalendar
from notifier.intake.limits import Limits

if TYPE_CHECKING:
    from pydantic import SecretStr

_PLAIN_HOSTS = ("mailto", "mailtos", "imap", "imaps")
_HOST = re.compile(
    r"((?:[a-z0-9-]{1,63}\.)+[a-z]{2,24}|\d+(?:\.\d+){3}|localhost)(:\d+)?", re.IGNORECASE
)
_PLANNING = 2
"""The rules of planning themselves: another number has every ledger planned anew by them."""

# characters: shorter ones are words of a path ("webhook") or names
_SHORTEST_PASSWORD = 6
_SHORTEST_KEY = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class ChannelSettings:
    """One way out, by `url` or by the name of a `service` and its `fields`.

    `endpoint` replaces the service's own address (a proxy, a test server), empty: its own.

    `timeout` in seconds. `per_minute`: messages in any minute, None: as many as come.
    `seconds_apart`: from one message to the next.
    """

    url: SecretStr
    service: str = ""
    fields: Mapping[str, SecretStr] = field(default_factory=dict)
    endpoint: str = ""
    timeout: float = 20
    per_minute: int | None = None
    seconds_apart: float = 0

    @property
    def takes_address(self) -> bool:
        texts = [self.url, *self.fields.values()]
        return any(ADDRESS in text.get_secret_value() for text in texts)

    @property
    def plain_fields(self) -> dict[str, str]:
        """The fields in the clear, to open the channel with."""
        return {name: value.get_secret_value() for name, value in self.fields.items()}

    @property
    def secrets(self) -> list[str]:
        """Every text that must not be shown."""
        service = service_named(self.service)
        if service is None:
            return secrets_in(self.url.get_secret_value())
        found = [value for name, value in self.plain_fields.items() if service.is_secret(name)]
        return [form for value in found for form in (value, quote(value, safe=""))]


@dataclass(frozen=True, kw_only=True, slots=True)
class BackupSettings:
    """A copy of the ledger in `folder` each night at `at` (Asia/Shanghai); the last `keep` stay."""

    folder: Path
    keep: int = 14
    at: time = time(2, 30)


@dataclass(frozen=True, kw_only=True, slots=True)
class ConfirmationSettings:
    """Whether times count as unconfirmed until `people` have compared them with the original.

    `people` is 1 or 2.
    """

    required: bool = False
    people: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class ApiToken:
    """By which a program asks the API: the SHA-256 `digest` of its text, and what it may do."""

    digest: bytes
    role: Role


@dataclass(frozen=True, kw_only=True, slots=True)
class WebSettings:
    """Where the board listens, `url`: how people reach it.

    TLS is ours where a certificate and its key are given.

    `trusted_proxy`: the addresses of a proxy whose word on the client and on TLS is taken. `roles`:
    by name, of those who have another role than by default, or are no recipients. `tokens`: of
    programs, by their names.
    """

    host: str = "127.0.0.1"
    port: int = 8010
    url: str = ""
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    trusted_proxy: tuple[str, ...] = ()
    roles: Mapping[str, Role] = field(default_factory=dict)
    tokens: Mapping[str, ApiToken] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """The address by which people reach the board, without a slash at its end."""
        scheme = "https" if self.tls_certificate else "http"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.url or f"{scheme}://{host}:{self.port}"

    @property
    def is_secure(self) -> bool:
        return self.address.startswith("https:")


@dataclass(frozen=True, kw_only=True, slots=True)
class MailInSettings:
    """A folder of a mail server whose messages become files of the inbox.

    Only of `senders`: whole addresses, or `@example.com` for all of a domain. `answer`: the channel
    of the receipts, empty: none is sent. `reply_to`: the folder's own address, to which reminders
    by mail are answered; empty: they are not.
    """

    url: SecretStr
    senders: tuple[str, ...]
    answer: str = ""
    every: timedelta = timedelta(minutes=1)
    reply_to: str = ""

    def allows(self, address: str) -> bool:
        """Return whether files of this sender are taken."""
        folded = address.casefold()
        domain = f"@{folded.rpartition('@')[2]}"
        return bool(folded) and (folded in self.senders or domain in self.senders)


@dataclass(frozen=True, kw_only=True, slots=True)
class SheetSettings:
    """The files of a name (`match`, as in `跟进*.xlsx`) hold the answers of `answers_by`."""

    match: str
    answers_by: str

    def is_of(self, file: str) -> bool:
        """Return whether a file is meant, by its name or by its name with its folders."""
        return any(fnmatchcase(name, self.match) for name in (file, PurePath(file).name))


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """Every path is absolute.

    `hooks`: the programs that are told of events, each as a recipient that nobody reads.
    `warnings`: what is allowed and yet worth a word, one sentence each.
    """

    file: Path
    ledger: Path
    ledger_url: SecretStr | None
    inbox: Path
    templates: Path | None
    recipients: tuple[Recipient, ...]
    operators: Recipient | None
    channels: Mapping[str, ChannelSettings]
    calendar: WorkCalendar
    limits: Limits
    group_wait: timedelta
    heartbeat_url: SecretStr | None
    heartbeat_every: timedelta
    backups: BackupSettings
    log_json: bool
    confirmation: ConfirmationSettings = ConfirmationSettings()
    web: WebSettings = WebSettings()
    sheets: tuple[SheetSettings, ...] = ()
    watches: tuple[Watch, ...] = ()
    watch_contact: str = ""
    mail_in: MailInSettings | None = None
    engine: Literal["embedded", "procrastinate"] = "embedded"
    people: tuple[KnownPerson, ...] = ()
    hooks: tuple[Recipient, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def ledger_place(self) -> Path | str:
        """The ledger's file, or its address on PostgreSQL with the password."""
        return self.ledger if self.ledger_url is None else self.ledger_url.get_secret_value()

    @property
    def listeners(self) -> tuple[Recipient, ...]:
        """Return the people and the programs that are told of parcels."""
        return (*self.recipients, *self.hooks)

    def answers_by(self, file: str) -> str:
        """Return as whose answers the words of a file count; empty: as nobody's."""
        found = (sheet.answers_by for sheet in self.sheets if sheet.is_of(file))
        return next(found, "")

    @property
    def has_buttons(self) -> bool:
        """Whether messages of some channel can carry buttons."""
        return any(
            can_be_answered(channel.url.get_secret_value(), channel.service)
            for channel in self.channels.values()
        )

    @property
    def has_answers(self) -> bool:
        """Return whether messages carry links or buttons, which are known again by a key."""
        return bool(self.web.url) or self.has_buttons or self.is_answered_by_mail

    @property
    def is_answered_by_mail(self) -> bool:
        """Whether reminders by mail can be answered by a mail."""
        return self.mail_in is not None and bool(self.mail_in.reply_to)

    @property
    def may_have_ledger(self) -> bool:
        """Whether a ledger is there already; of a database only opening it tells."""
        return self.ledger_url is not None or self.ledger.exists()

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every text that must not be shown: the URLs, and the keys and passwords in them."""
        found = [secret for channel in self.channels.values() for secret in channel.secrets]
        if self.mail_in is not None:
            found += secrets_in(self.mail_in.url.get_secret_value())
        if self.ledger_url is not None:
            found += secrets_in(self.ledger_url.get_secret_value())
        if self.heartbeat_url is not None:
            found += secrets_in(self.heartbeat_url.get_secret_value())
        return tuple(dict.fromkeys(found))


def secrets_in(url: str) -> list[str]:
    """Return `url` and whatever in it may be a key, plain and encoded.

    A server's name and a mail user's are none.
    """
    scheme, _, rest = url.partition("://")
    before, _, query = rest.partition("?")
    authority, *path = before.split("/")
    credentials, _, host = authority.rpartition("@")
    user, _, password = credentials.partition(":")
    passwords = [
        password,
        *(pair.partition("=")[2] for pair in query.split("&") if _names_a_secret(pair)),
    ]
    # a password with a slash that should have been encoded
    passwords.append(before.rpartition("@")[0].partition(":")[2])
    keys: list[str] = []
    if scheme.lower() not in _PLAIN_HOSTS:
        keys = [user, *path, *([] if _HOST.fullmatch(host) else [host, *host.split(":")])]
    parts = [part for part in passwords if len(part) >= _SHORTEST_PASSWORD]
    parts += [part for part in keys if len(part) >= _SHORTEST_KEY]
    return [secret for part in (url, *parts) for secret in (part, unquote(part)) if secret]


def _names_a_secret(pair: str) -> bool:
    name = pair.partition("=")[0].casefold()
    return any(word in name for word in ("key", "pass", "token", "secret", "sign"))


def plan_fingerprint(recipient: Recipient, calendar: WorkCalendar) -> str:
    """Return a stable hash of all that decides when `recipient` is reminded of what.

    Words and channels decide nothing of it.
    """
    leads = {
        (
            rule.milestone.value,
            str(lead),
            rule.is_urgent(lead),
            (rule.roll or lead.default_roll) if lead.unit == "d" else "",
        )
        for rule in recipient.rules
        for lead in rule.leads
    }
    plan = (
        _PLANNING,
        recipient.name,
        sorted(leads),
        sorted(
            (rule.milestone.value, str(rule.urgent_from)) for rule in recipient.rules if rule.leads
        ),
        sorted(recipient.kinds - {"answer", "digest"}),
        sorted(
            (field, sorted(text.wanted), sorted(text.unwanted))
            for field, text in recipient.filters.texts
        ),
        sorted(
            (field, sorted((sign, str(bound)) for sign, bound in number.bounds))
            for field, number in recipient.filters.numbers
        ),
        recipient.quiet and (recipient.quiet.start, recipient.quiet.end, recipient.quiet.days_off),
        [(step.after, sorted(step.to)) for step in recipient.escalation],
        sorted((rule.milestone.value, rule.repeat) for rule in recipient.rules if rule.repeat),
        sorted(
            (day, working)
            for day, working in calendar.special.items()
            if working != (day.weekday() < 5)
        ),
        sorted(calendar.published),
        sorted(calendar.certain),
    )
    if recipient.people:
        plan = (*plan, sorted(recipient.people))  # type: ignore[assignment]  # a longer one
    return blake2b(repr(plan).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
