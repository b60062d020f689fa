"""From the places where settings stand to one frozen `Settings`, or to every problem at once."""

from __future__ import annotations

import stat
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from notifier.channels import ADDRESS
from notifier.config.calendars import overlaid, published_calendar
from notifier.config.problems import Problem, config_error
from notifier.config.settings import (
    ApiToken,
    BackupSettings,
    ConfirmationSettings,
    MailInSettings,
    Settings,
    SheetSettings,
    WebSettings,
    secrets_in,
)
from notifier.config.toml import read_toml
from notifier.domain.known_people import KnownPerson
from notifier.domain.watching import Watch
from notifier.domain.workdays import WorkCalendar
from notifier.errors import ConfigError
from notifier.intake.limits import Limits

if TYPE_CHECKING:
    from notifier.config.schema import ConfigFile, WatchTable
    from notifier.config.sources import FoundSettings

WORKING_FILE = Path("config.toml")
SYSTEM_FILE = Path("/etc/notifier/config.toml")
_CALENDAR = "calendar.toml"


def load_settings(
    path: Path | None, *, ledger: Path | None = None, with_secrets: bool = True
) -> Settings:
    """The settings of `path`, else of config.toml here, else of /etc/notifier/config.toml.

    The environment (`NOTIFIER_GROUP_WAIT`, `NOTIFIER_CHANNELS__WECOM__URL`) overrides systemd's
    credentials (`channels__wecom__url`), which override the file. Paths are relative to the file's
    folder; `ledger`, as typed on the command line, to the working directory. ConfigError says all
    that is wrong, a line each.

    Without secrets there are no channels, and nothing that needs one is judged: the board's process
    holds none.
    """
    from notifier.config.accounts import channel_settings
    from notifier.config.checks import misfits
    from notifier.config.problem_wording import problem
    from notifier.config.recipient_tables import hooks, operators, recipients
    from notifier.config.sources import merged, secret_texts

    file = _find(path)
    in_file = read_toml(file)
    found = merged(in_file)
    if not with_secrets:
        found = replace(found, plain=_without_secrets(found.plain))
    secrets = [part for text in secret_texts(found.plain) for part in secrets_in(text)]
    config, problems = _checked(found, str(file))
    if with_secrets:
        problems += [problem(path, words, found, str(file)) for path, words in misfits(found.plain)]
    folder = file.absolute().parent
    calendar, more = _calendar(config, folder, str(file))
    problems += more
    if (
        config is not None
        and config.templates is not None
        and not (folder / config.templates).is_dir()
    ):
        problems.append(
            Problem(
                str(file), "templates", "there is no such folder: make it or leave the line out"
            )
        )
    if problems or config is None:
        raise config_error(problems, secrets)
    channels = (
        {name: channel_settings(table) for name, table in config.channels.items()}
        if with_secrets
        else {}
    )
    return Settings(
        file=file.absolute(),
        ledger=folder / config.ledger.file if ledger is None else ledger.absolute(),
        ledger_url=config.ledger.url if ledger is None else None,
        inbox=folder / config.inbox,
        templates=config.templates and folder / config.templates,
        recipients=recipients(config),
        operators=operators(config),
        channels=channels,
        calendar=calendar,
        limits=Limits(**config.limits.model_dump(), libreoffice=_office_program(config)),
        group_wait=config.group_wait,
        heartbeat_url=config.heartbeat_url,
        heartbeat_every=config.heartbeat_every,
        backups=BackupSettings(
            folder=folder / config.backups.folder, keep=config.backups.keep, at=config.backups.at
        ),
        log_json=config.log_json,
        confirmation=_confirmation(config),
        web=_web(config, folder),
        sheets=tuple(
            SheetSettings(match=table.match, answers_by=table.answers_by) for table in config.sheets
        ),
        watches=tuple(_watch(table) for table in config.watch),
        watch_contact=config.watch_contact,
        mail_in=_mail_in(config),
        engine=config.engine.kind,
        people=_people(config),
        hooks=hooks(config),
        warnings=(*_warnings(file, in_file, config), *found.warnings),
    )


_HIDDEN = "hidden"  # the scheme of a channel whose URL must not be known


def _without_secrets(plain: Mapping[str, Any]) -> dict[str, Any]:
    """`plain` with the names of its channels alone, and whether each takes an address."""
    from notifier.config.accounts import address_place
    from notifier.config.schema import CHANNEL_SETTINGS

    kept = {
        name: value for name, value in plain.items() if name not in ("channels", "heartbeat_url")
    }
    channels: dict[str, Any] = {}
    tables = plain.get("channels")
    for name, table in tables.items() if isinstance(tables, Mapping) else ():
        place = address_place(table, CHANNEL_SETTINGS) if isinstance(table, Mapping) else ""
        channels[name] = {"url": f"{_HIDDEN}://{ADDRESS if ADDRESS in place else ''}"}
    return kept | {"channels": channels}


def _office_program(config: ConfigFile) -> str:
    """Return LibreOffice's program, "" where it may not be used."""
    choice = config.readers.libreoffice
    return choice if isinstance(choice, str) else "soffice" if choice else ""


def _confirmation(config: ConfigFile) -> ConfirmationSettings:
    table = config.confirmation
    has_board = "web" in config.model_fields_set
    required = has_board if table.required == "board" else table.required
    return ConfirmationSettings(required=required, people=table.people)


def _web(config: ConfigFile, folder: Path) -> WebSettings:
    table = config.web
    host, port = table.listen
    return WebSettings(
        host=host,
        port=port,
        url=table.url,
        tls_certificate=table.tls_certificate and folder / table.tls_certificate,
        tls_key=table.tls_key and folder / table.tls_key,
        trusted_proxy=table.trusted_proxy,
        roles=table.roles,
        tokens={
            name: ApiToken(
                digest=sha256(token.token.get_secret_value().encode()).digest(), role=token.role
            )
            for name, token in table.tokens.items()
        },
    )


def _mail_in(config: ConfigFile) -> MailInSettings | None:
    table = config.mail_in
    if table is None:
        return None
    return MailInSettings(
        url=table.url,
        senders=table.senders,
        answer=table.answer,
        every=table.every,
        reply_to=table.reply_to,
    )


def _people(config: ConfigFile) -> tuple[KnownPerson, ...]:
    return tuple(
        KnownPerson(name=name, ids={service: known for service, known in ids.items() if known})
        for name, ids in (
            (
                name,
                {
                    "telegram": table.telegram_id,
                    "wecom": table.wecom_id,
                    "feishu-app": table.feishu_id,
                    "mail": table.mail.casefold(),
                },
            )
            for name, table in config.people.items()
        )
    )


def _watch(table: WatchTable) -> Watch:
    return Watch(
        url=table.url, every=table.every, hours=table.hours, allow_private=table.allow_private
    )


def _find(path: Path | None) -> Path:
    if path is not None:
        if not path.exists():
            raise ConfigError(
                f"{path}: there is no such file: write one with `notifier -c {path} init`"
            )
        return path
    for file in (WORKING_FILE, SYSTEM_FILE):
        if file.exists():
            return file
    raise ConfigError(
        f"no {WORKING_FILE} here and no {SYSTEM_FILE}: write one with `notifier init`"
    )


def _checked(found: FoundSettings, file: str) -> tuple[ConfigFile | None, list[Problem]]:
    from pydantic import ValidationError

    from notifier.config.problem_wording import problems_of
    from notifier.config.schema import ConfigFile

    try:
        return ConfigFile.model_validate(found.plain), []
    except ValidationError as fault:
        return None, problems_of(fault, found, file)


def _calendar(
    config: ConfigFile | None, folder: Path, source: str
) -> tuple[WorkCalendar, list[Problem]]:
    """Return the published days with calendar.toml over them.

    The one that is named, else the one beside the config.
    """
    calendar = published_calendar()
    named = config and config.calendar
    file = folder / (named or _CALENDAR)
    if named and not file.exists():
        return calendar, [
            Problem(source, "calendar", f"there is no {file}: write it or leave the line out")
        ]
    if not file.exists():
        return calendar, []
    try:
        return overlaid(calendar, file)
    except ConfigError as fault:
        return calendar, [Problem("", "", str(fault))]


def _warnings(file: Path, in_file: Mapping[str, Any], config: ConfigFile) -> list[str]:
    from notifier.config.sources import secret_texts

    warnings: list[str] = []
    # a URL of nothing but its scheme is none
    holds_secrets = any(
        text.partition("://")[2] or "://" not in text for text in secret_texts(in_file)
    )
    if holds_secrets and file.stat().st_mode & stat.S_IROTH:
        warnings.append(
            f"{file}: holds secrets and every user of this machine can read it: chmod 640 "
            f"{file}, or move the "
            f"secrets into the environment or systemd's credentials"
        )
    if not config.recipients:
        warnings.append(f"{file}: no [[recipients]]: nobody is reminded of anything")
    return warnings
