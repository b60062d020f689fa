"""The tables of config.toml. Documented, with every default, in config.example.toml."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import time, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    PositiveInt,
    SecretStr,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from notifier.channels import SERVICES
from notifier.channels.addresses import MAIL_ADDRESS
from notifier.domain.access import Role
from notifier.domain.leads import Lead
from notifier.domain.matching import Filters
from notifier.domain.quiet import QuietHours
from notifier.domain.recipients import (
    ESCALATE_AFTER,
    HOOK_EVENTS,
    KINDS,
    WEEKDAYS,
    Route,
    Weekday,
)
from notifier.domain.values import MilestoneName
from notifier.domain.watching import split_address
from notifier.intake.limits import Limits

ENVIRONMENT_PREFIX = "NOTIFIER_"
NESTING = "__"

_DURATION = re.compile(r"(\d{1,6})\s*(s|m|h|d)")
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_CHANNEL_NAME = re.compile(r"[a-z][a-z0-9]*(?:[_-][a-z0-9]+)*")
_LISTEN = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[0-9.]+|localhost):(\d{1,5})")
_BOARD_URL = re.compile(r"https?://[A-Za-z0-9.\-\[\]:]+/?")
_MENTION = re.compile(
    r"(?!@?all$)\+?[A-Za-z0-9](?:[A-Za-z0-9_.@-]{0,62}[A-Za-z0-9_])?", re.IGNORECASE
)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_LIMITS = Limits()
_WEEKDAY_WORDS: dict[str, Weekday] = {
    word: day
    for day, figure in zip(WEEKDAYS, "一二三四五六日", strict=True)
    for word in (day, f"周{figure}", f"星期{figure}")
}


def _text(value: object, expected: str) -> str:
    if not isinstance(value, str):
        raise ValueError(f"expected a text, {expected}")
    return value.strip()


def _line(value: object) -> str:
    text = value.strip() if isinstance(value, str) else ""
    if not text or not text.isprintable():
        raise ValueError("expected a text of one line, not empty")
    return text


def _duration(value: object) -> timedelta:
    found = _DURATION.fullmatch(_text(value, 'as in "30s", "15m", "2h" or "1d"'))
    if found is None:
        raise ValueError('not a span of time: write "30s", "15m", "2h" or "1d"')
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def _between(least: timedelta, most: timedelta, words: str) -> PlainValidator:
    def check(value: object) -> timedelta:
        span = _duration(value)
        if not least <= span <= most:
            raise ValueError(f"expected {words}")
        return span

    return PlainValidator(check)


def _clock(value: object) -> time:
    if isinstance(value, time):  # TOML's own way to write it
        return value.replace(second=0, microsecond=0)
    found = _CLOCK.fullmatch(_text(value, 'as in "08:45"'))
    if found is None:
        raise ValueError('not a time of day: write "08:45"')
    return time(int(found[1]), int(found[2]))


def _clock_or_none(value: object) -> time | None:
    """Empty: never."""
    return None if value == "" else _clock(value)


def _words_of(value: object, expected: str) -> list[str]:
    """A list of texts, or one text."""
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list | tuple):
        raise ValueError(f"expected {expected}")
    return [_text(entry, expected).casefold() for entry in listed]


def _weekdays(value: object) -> frozenset[Weekday]:
    expected = f'weekdays, as in ["mon"] or ["周一"]: {", ".join(WEEKDAYS)}'
    found: set[Weekday] = set()
    for word in _words_of(value, expected):
        day = _WEEKDAY_WORDS.get(word)
        if day is None:
            raise ValueError(f"{word!r} is no weekday: write {', '.join(WEEKDAYS)}")
        found.add(day)
    return frozenset(found)


def _kinds(value: object) -> frozenset[str]:
    known = ", ".join(KINDS)
    words = _words_of(value, f'kinds of message, as in ["digest", "escalation"]: {known}')
    for word in words:
        if word in ("missed", "catch-up"):
            raise ValueError(f'{word!r} comes with "reminder": write that')
        if word not in KINDS:
            raise ValueError(f"there is no kind {word!r}: known are {known}")
    if not words:
        raise ValueError(
            "none is left: nothing would ever be sent; leave the recipient out instead"
        )
    return frozenset(words)


def _lead(value: object) -> Lead:
    return Lead.parse(_text(value, 'as in "3h"'))


_ESCALATED_AFTER = _between(timedelta(minutes=1), timedelta(days=7), "1m to 7d")


def _as_list(value: object) -> object:
    """A text or a table alone stands for a list of one."""
    return [value] if isinstance(value, str | dict) else value


def _repeat(value: object) -> timedelta | None:
    """Empty: it is not said again."""
    if value == "":
        return None
    span = _duration(value)
    if not timedelta(minutes=5) <= span <= timedelta(days=1):
        raise ValueError("expected 5m to 1d")
    return span


def _urgent_from(value: object) -> Lead | None:
    """Empty: none of the leads is urgent."""
    text = _text(value, 'as in "3h"')
    return Lead.parse(text) if text else None


def _route(value: object) -> Route:
    text = _text(value, 'the name of a channel, as in "wecom"')
    if "://" in text:
        # pasted here, a URL with its key would be shown as a channel's name
        raise ValueError(
            "a URL stands here: give it a name under [channels.NAME] and write that name"
        )
    route = Route.parse(text)
    if not route.channel or not text.isprintable():
        raise ValueError(
            'expected the name of a channel, as in "wecom" or "mail:someone@example.com"'
        )
    return route


def _mention(value: object) -> str:
    text = str(value) if type(value) is int else _text(value, "a mobile number or a member's id")
    if _MENTION.fullmatch(text) is None:
        # "all" would call everybody at every urgent message
        raise ValueError(
            'expected a mobile number or a member\'s id, as in "13800138000" or "zhangsan"'
        )
    return text


def _quiet(value: object) -> QuietHours:
    return QuietHours.parse(_text(value, 'as in "22:00-07:30"'))


def _filters(value: object) -> Filters:
    if not isinstance(value, dict):
        raise ValueError('expected a table, as in { city = "杭州|宁波", price = ">=10000" }')
    fields: list[Filters] = []
    faults: list[str] = []
    for name, expression in value.items():
        try:
            fields.append(Filters.parse({name: str(expression)}))
        except ValueError as fault:
            faults.append(str(fault))
    if faults:
        raise ValueError("; ".join(faults))
    return Filters(
        texts=tuple(text for field in fields for text in field.texts),
        numbers=tuple(number for field in fields for number in field.numbers),
    )


def _channel_name(value: object) -> str:
    if not isinstance(value, str) or _CHANNEL_NAME.fullmatch(value) is None:
        # the environment and systemd's credentials name channels, too: no other letter would arrive
        # there
        raise ValueError(
            "a channel's name has small letters, digits, - and _ only, as in [channels.wecom]"
        )
    return value


def _channel_type(value: object) -> str:
    names = [service.name for service in SERVICES]
    if value not in names:
        raise ValueError(f"there is no such service: known are {', '.join(names)}")
    return str(value)


def _channel_url(value: object) -> object:
    if not isinstance(value, str) or not re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", value.strip()):
        raise ValueError(
            "expected a URL such as wecombot, tgram or mailtos and :// begin (it is not shown here)"
        )
    return value.strip()


def _web_url(value: object) -> object:
    if not isinstance(value, str) or not re.match(r"https?://[^\s/]", value.strip()):
        raise ValueError("expected a URL that begins with https: (it is not shown here)")
    return value.strip()


def _endpoint(value: object) -> object:
    is_socket = isinstance(value, str) and re.match(r"wss?://[^\s/]", value.strip())
    url = str(value).strip() if is_socket else _web_url(value)
    if re.search(r"//[^/?#]*@|[?#]", str(url)):
        # unlike a channel's URL it is no secret to this program, and may be shown
        raise ValueError(
            "expected an address without user, password and query (it is not shown here)"
        )
    return url


def _path(value: object) -> Path:
    text = _line(value)
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise ValueError(
            "there is no home folder here: write the whole path instead of ~"
        ) from None


Line = Annotated[str, PlainValidator(_line)]
Note = Annotated[str, Field(max_length=200)]
FilePath = Annotated[Path, PlainValidator(_path)]
Clock = Annotated[time, PlainValidator(_clock)]
Routes = Annotated[tuple[Annotated[Route, PlainValidator(_route)], ...], Field(max_length=20)]
Language = Literal["zh", "en"]


class ConfigTable(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class ChannelTable(ConfigTable):
    """A channel by its URL, or by its `type`.

    The fields of a type's service stand beside these settings.
    """

    model_config = ConfigDict(extra="allow", frozen=True, hide_input_in_errors=True)

    url: Annotated[SecretStr, BeforeValidator(_channel_url)] | None = None
    type: Annotated[str, BeforeValidator(_channel_type)] = ""
    endpoint: Annotated[str, BeforeValidator(_endpoint)] = ""
    timeout: Annotated[float, Field(ge=1, le=120, allow_inf_nan=False)] = 20
    per_minute: Annotated[int, Field(ge=1, le=100_000)] | None = None
    seconds_apart: Annotated[float, Field(ge=0, le=60, allow_inf_nan=False)] | None = None


CHANNEL_SETTINGS = frozenset(ChannelTable.model_fields)


class RuleTable(ConfigTable):
    """A [[rules]] table. A setting that it leaves out stays as in the rule that it replaces."""

    milestone: MilestoneName
    leads: tuple[Annotated[Lead, PlainValidator(_lead)], ...] | None = None
    note: Note = ""
    urgent_from: Annotated[Lead | None, PlainValidator(_urgent_from)] = None
    roll: Literal["back", "off"] | None = None
    repeat: Annotated[timedelta | None, PlainValidator(_repeat)] = None


class EscalationTable(ConfigTable):
    """A step of `escalate_to`. A name alone is a step, too."""

    to: Annotated[tuple[Line, ...], BeforeValidator(_as_list), Field(min_length=1)]
    after: Annotated[timedelta | None, _ESCALATED_AFTER] = None


def _step(value: object) -> object:
    return {"to": value} if isinstance(value, str) else value


EscalationStepTable = Annotated[EscalationTable, BeforeValidator(_step)]


class OperatorsTable(ConfigTable):
    channels: Routes
    language: Language | None = None
    digest: Annotated[time | None, PlainValidator(_clock_or_none)] = time(8, 45)


class RecipientTable(ConfigTable):
    name: Annotated[str, PlainValidator(_line), Field(max_length=60)] | None = None
    channels: Routes | None = None
    fallback: Routes = ()
    filter: Annotated[Filters, PlainValidator(_filters)] = Filters()
    rules: tuple[RuleTable, ...] = ()
    language: Language | None = None
    quiet: Annotated[QuietHours, PlainValidator(_quiet)] | None = None
    quiet_days_off: bool = False
    escalate_to: Annotated[tuple[EscalationStepTable, ...], BeforeValidator(_as_list)] = ()
    escalate_after: Annotated[timedelta, _ESCALATED_AFTER] = ESCALATE_AFTER
    repeat: Annotated[timedelta | None, PlainValidator(_repeat)] = None
    answers: Literal["any", "each"] = "any"
    people: Annotated[tuple[Line, ...], Field(max_length=20)] = ()
    digest: Clock | None = None
    digest_days: Literal["working", "daily"] = "working"
    digest_empty: bool = True
    digest_ahead_days: Annotated[int, Field(ge=1, le=365)] = 14
    digest_on: Annotated[frozenset[Weekday], PlainValidator(_weekdays)] = frozenset()
    digest_unchanged: bool = False
    kinds: Annotated[frozenset[str], PlainValidator(_kinds)] = frozenset(KINDS)
    mentions: Annotated[
        tuple[Annotated[str, PlainValidator(_mention)], ...], Field(max_length=20)
    ] = ()


def _events(value: object) -> tuple[str, ...]:
    known = ", ".join(HOOK_EVENTS)
    words = _words_of(value, f'events, as in ["new", "changed"]: {known}')
    for word in words:
        if word not in HOOK_EVENTS:
            raise ValueError(f"there is no event {word!r}: known are {known}")
    if not words:
        raise ValueError("none is left: leave the hook out instead")
    return tuple(dict.fromkeys(words))


class HookTable(ConfigTable):
    """A program that is told of events, by a channel of type "hook" of its own."""

    name: Annotated[str, PlainValidator(_line), Field(max_length=60)]
    channel: Line
    events: Annotated[tuple[str, ...], PlainValidator(_events)] = tuple(HOOK_EVENTS)
    filter: Annotated[Filters, PlainValidator(_filters)] = Filters()


class BackupsTable(ConfigTable):
    folder: FilePath = Path("backups")
    keep: Annotated[int, Field(ge=1, le=10_000)] = 14
    at: Clock = time(2, 30)


def _listen(value: object) -> tuple[str, int]:
    found = _LISTEN.fullmatch(_text(value, 'as in "127.0.0.1:8010"'))
    if found is None or int(found[2]) > 65_535:
        raise ValueError('expected an address and a port, as in "127.0.0.1:8010" or "[::1]:8010"')
    return found[1].strip("[]"), int(found[2])


def _board_url(value: object) -> object:
    found = _BOARD_URL.fullmatch(_text(value, 'as in "https://board.example.com"'))
    if found is None:
        raise ValueError('expected the address that people type, as in "https://board.example.com"')
    return found[0].rstrip("/")


def _address(value: object) -> str:
    text = _text(value, 'an IP address, as in "10.0.0.2"')
    try:
        return str(ip_address(text))
    except ValueError:
        raise ValueError('expected an IP address, as in "10.0.0.2"') from None


class ConfirmationTable(ConfigTable):
    """`required` "board": if there is a board, where confirming is one tap."""

    required: bool | Literal["board"] = "board"
    people: Annotated[int, Field(ge=1, le=2)] = 1


_SHORTEST_TOKEN = 24  # characters


class TokenTable(ConfigTable):
    token: Annotated[SecretStr, Field(min_length=_SHORTEST_TOKEN)]
    role: Role = Role.READER


class WebTable(ConfigTable):
    listen: Annotated[tuple[str, int], PlainValidator(_listen)] = ("127.0.0.1", 8010)
    url: Annotated[str, BeforeValidator(_board_url)] = ""
    tls_certificate: FilePath | None = None
    tls_key: FilePath | None = None
    trusted_proxy: tuple[Annotated[str, PlainValidator(_address)], ...] = ()
    roles: dict[Line, Role] = {}
    tokens: dict[Line, TokenTable] = {}


_HOURS = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)\s*[-–~至]\s*([01]?\d|2[0-3]):([0-5]\d)")


def _hours(value: object) -> tuple[time, time]:
    found = _HOURS.fullmatch(_text(value, 'as in "07:00-22:00"'))
    if found is None:
        raise ValueError('expected the hours of a day, as in "07:00-22:00"')
    return time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4]))


def page_url(value: object) -> str:
    """Return the address of a page, or of a list that is asked for by POST with what ends it.

    ValueError if it is none.
    """
    text = _text(value, 'as in "https://land.example.com/notices/"')
    url, question = split_address(text)
    if question and not _is_question(question):
        raise ValueError(
            "expected an object of JSON behind the #, of one line and 1,000 characters at most"
        )
    if not re.match(r"https?://[^\s/@]+(?:/[^\s\"\\]*)?$", url) or not _has_host(url):
        raise ValueError(
            'expected the address of a page, as in "https://land.example.com/notices/"'
        )
    return text


def _is_question(text: str) -> bool:
    """Whether a text is a short object of JSON, with which a site can be asked for a list."""
    try:
        is_line = text.isprintable() and len(text) <= _LONGEST_QUESTION
        return is_line and isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def _has_host(url: str) -> bool:
    """Whether a URL names a host, and a port only if there can be such a port."""
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


_LONGEST_QUESTION = 1_000  # characters
_EVERY = _between(timedelta(minutes=5), timedelta(days=1), "5m to 1d")


class WatchTable(ConfigTable):
    url: Annotated[str, PlainValidator(page_url)]
    every: Annotated[timedelta, _EVERY] = timedelta(minutes=30)
    hours: Annotated[tuple[time, time], PlainValidator(_hours)] = (time(7), time(22))
    allow_private: bool = False


class SheetTable(ConfigTable):
    """As whose answers the column of answers in a file counts."""

    match: Line
    answers_by: Line


def _imap_url(value: object) -> object:
    if not isinstance(value, str) or not re.match(r"imaps?://[^/@\s]+@[^\s/]", value.strip()):
        raise ValueError(
            "expected imaps, user, password, host and folder in one URL (it is not shown here)"
        )
    return value.strip()


def _sender(value: object) -> str:
    text = _text(value, 'an address, or "@example.com" for a domain').casefold()
    if re.fullmatch(r"[^@\s]*@[^@\s]+\.[^@\s]+", text) is None:
        raise ValueError('expected an address, or "@example.com" for all of a domain')
    return text


def _reply_to(value: object) -> str:
    text = _text(value, 'an address, as in "land@example.com"')
    if text and re.fullmatch(MAIL_ADDRESS, text) is None:
        raise ValueError('expected an address, as in "land@example.com"')
    return text


class MailInTable(ConfigTable):
    url: Annotated[SecretStr, BeforeValidator(_imap_url)]
    senders: Annotated[
        tuple[Annotated[str, PlainValidator(_sender)], ...], Field(min_length=1, max_length=200)
    ]
    answer: str = ""
    every: Annotated[
        timedelta, _between(timedelta(seconds=10), timedelta(hours=1), "10s to 1h")
    ] = timedelta(minutes=1)
    reply_to: Annotated[str, PlainValidator(_reply_to)] = ""


def _telegram_id(value: object) -> str:
    text = str(value) if type(value) is int else _text(value, "the number of a person")
    if re.fullmatch(r"[1-9][0-9]{3,19}", text) is None:
        raise ValueError("expected the number of a person, as in 123456789")
    return text


def _wecom_id(value: object) -> str:
    text = _text(value, "a member's id").removeprefix("@")
    if re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.@-]{0,63}", text) is None:
        raise ValueError("expected a member's id, as in zhangsan")
    return f"@{text.casefold()}"


def _feishu_id(value: object) -> str:
    text = _text(value, "a member's open_id")
    if re.fullmatch(r"ou_[A-Za-z0-9]{4,64}", text) is None:
        raise ValueError("expected a member's open_id, as in ou_0123456789abcdef")
    return text


class PersonTable(ConfigTable):
    telegram_id: Annotated[str, PlainValidator(_telegram_id)] = ""
    wecom_id: Annotated[str, PlainValidator(_wecom_id)] = ""
    feishu_id: Annotated[str, PlainValidator(_feishu_id)] = ""
    mail: Annotated[str, PlainValidator(_reply_to)] = ""


class LimitsTable(ConfigTable):
    file_bytes: PositiveInt = _LIMITS.file_bytes
    unpacked_bytes: PositiveInt = _LIMITS.unpacked_bytes
    rows: PositiveInt = _LIMITS.rows
    columns: PositiveInt = _LIMITS.columns
    cell_chars: PositiveInt = _LIMITS.cell_chars
    pages: PositiveInt = _LIMITS.pages
    depth: PositiveInt = _LIMITS.depth
    seconds: PositiveInt = _LIMITS.seconds
    memory_bytes: Annotated[int, Field(ge=100_000_000, le=100_000_000_000)] = _LIMITS.memory_bytes


class ReadersTable(ConfigTable):
    """`libreoffice`: true, or the path of its program."""

    libreoffice: bool | Line = False


def _ledger_table(value: object) -> object:
    """Take a name of a file, as in `ledger = "notifier.db"`, for the table that names it."""
    return (
        value
        if isinstance(value, Mapping | LedgerTable)
        else LedgerTable.model_construct(file=_path(value))
    )


def _ledger_url(value: object) -> object:
    text = _text(value, 'as in "postgresql://notifier@db.example.com/notifier"')
    if not text.startswith(("postgresql://", "postgres://")):
        raise ValueError(
            'expected an address, as in "postgresql://notifier@db.example.com/notifier"'
        )
    return text


class LedgerTable(ConfigTable):
    """A file, or a database on PostgreSQL."""

    file: FilePath = Path("notifier.db")
    url: Annotated[SecretStr, BeforeValidator(_ledger_url)] | None = None


class EngineTable(ConfigTable):
    """What calls the steps: each daemon for itself, or nodes for each other, by jobs."""

    kind: Literal["embedded", "procrastinate"] = "embedded"


class ConfigFile(ConfigTable):
    inbox: FilePath = Path("inbox")
    ledger: Annotated[LedgerTable, BeforeValidator(_ledger_table)] = LedgerTable()
    templates: FilePath | None = None
    calendar: FilePath | None = None
    language: Language | None = None
    group_wait: Annotated[timedelta, _between(timedelta(0), timedelta(minutes=10), "0s to 10m")] = (
        timedelta(seconds=30)
    )
    heartbeat_url: Annotated[SecretStr, BeforeValidator(_web_url)] | None = None
    heartbeat_every: Annotated[
        timedelta, _between(timedelta(seconds=10), timedelta(days=1), "10s to 1d")
    ] = timedelta(minutes=5)
    log_json: bool = False
    backups: BackupsTable = BackupsTable()
    confirmation: ConfirmationTable = ConfirmationTable()
    engine: EngineTable = EngineTable()
    limits: LimitsTable = LimitsTable()
    readers: ReadersTable = ReadersTable()
    mail_in: MailInTable | None = None
    people: dict[Line, PersonTable] = {}
    sheets: tuple[SheetTable, ...] = ()
    watch: tuple[WatchTable, ...] = ()
    watch_contact: Line | Literal[""] = ""
    web: WebTable = WebTable()
    channels: dict[Annotated[str, BeforeValidator(_channel_name)], ChannelTable] = {}
    operators: OperatorsTable | None = None
    rules: tuple[RuleTable, ...] = ()
    recipients: tuple[RecipientTable, ...] = ()
    hooks: tuple[HookTable, ...] = ()


class Overrides(ConfigFile, BaseSettings):
    """The same settings as the environment and systemd's credentials give them.

    Only described, never built.
    """

    model_config = SettingsConfigDict(
        env_prefix=ENVIRONMENT_PREFIX,
        env_nested_delimiter=NESTING,
        env_ignore_empty=True,
        hide_input_in_errors=True,
    )
