"""The example files document every setting, with its real default, and are what `notifier init`
writes."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from notifier.config import example_calendar, example_config, load_settings
from notifier.config.schema import (
    BackupsTable,
    ChannelTable,
    ConfigFile,
    ConfirmationTable,
    EngineTable,
    HookTable,
    LimitsTable,
    MailInTable,
    OperatorsTable,
    PersonTable,
    RecipientTable,
    RuleTable,
    SheetTable,
    WatchTable,
    WebTable,
)
from notifier.domain.recipients import DEFAULT_RULES
from tests.configs import written

ROOT = Path(__file__).resolve().parents[2]
PACKAGED = ROOT / "notifier" / "config"


def switched_on(text: str) -> str:
    """The example with every setting that is commented out taken in."""
    return re.sub(r"(?m)^#(?=[a-z\[])", "", text)


EVERYTHING = tomllib.loads(switched_on(example_config()))


def test_what_init_writes_is_the_example() -> None:
    assert example_config() == (PACKAGED / "config.example.toml").read_text("utf-8")
    assert example_calendar() == (PACKAGED / "calendar.example.toml").read_text("utf-8")


def test_the_example_works_as_it_is_and_sends_everything_to_the_console(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, example_config()))
    assert settings.warnings == ()
    (recipient,) = settings.recipients
    assert [str(route) for route in recipient.channels] == ["console"]
    assert settings.channels["console"].url.get_secret_value() == "console://"


def test_the_example_works_with_every_setting_switched_on(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "calendar.toml").write_text(switched_on(example_calendar()), "utf-8")
    settings = load_settings(written(tmp_path, switched_on(example_config())))
    assert settings.channels.keys() == {
        "console",
        "wecom",
        "mail",
        "mail2",
        "telegram",
        "robot",
        "feishu-app",
        "crm",
    }
    assert [recipient.name for recipient in settings.recipients] == ["land team", "张三"]
    assert [hook.name for hook in settings.hooks] == ["our crm"]
    assert settings.operators is not None
    assert settings.calendar.published >= {2027}
    assert settings.calendar.special[date(2027, 2, 13)] is True


def merged(tables: list[dict[str, Any]]) -> dict[str, Any]:
    return {key: value for table in tables for key, value in table.items()}


SHOWN: dict[type[BaseModel], dict[str, Any]] = {
    ConfigFile: EVERYTHING,
    BackupsTable: EVERYTHING["backups"],
    ConfirmationTable: EVERYTHING["confirmation"],
    EngineTable: EVERYTHING["engine"],
    LimitsTable: EVERYTHING["limits"],
    OperatorsTable: EVERYTHING["operators"],
    ChannelTable: {
        name: value
        for name, value in merged(list(EVERYTHING["channels"].values())).items()
        if name in ChannelTable.model_fields
    },
    RuleTable: merged(EVERYTHING["rules"]),
    RecipientTable: merged(EVERYTHING["recipients"]),
    MailInTable: EVERYTHING["mail_in"],
    WebTable: EVERYTHING["web"],
    SheetTable: EVERYTHING["sheets"][0],
    HookTable: EVERYTHING["hooks"][0],
    WatchTable: EVERYTHING["watch"][0],
    PersonTable: EVERYTHING["people"]["张三"],
}


@pytest.mark.parametrize("table", SHOWN, ids=lambda table: table.__name__)
def test_every_setting_stands_in_the_example(table: type[BaseModel]) -> None:
    assert SHOWN[table].keys() == table.model_fields.keys()


# examples where there is no default, or one that depends on other things; the comments say so
EXAMPLES = {
    ConfigFile: {
        "templates", "calendar", "language", "heartbeat_url", "channels", "operators", "rules",
        "recipients", "web",
        "sheets", "watch", "watch_contact", "mail_in", "people", "hooks",
    },
    ChannelTable: {"url", "type", "endpoint", "per_minute", "seconds_apart"},
    OperatorsTable: {"channels", "language"},
    RuleTable: {"milestone", "leads", "note", "urgent_from", "roll", "repeat"},
    RecipientTable: {
        "name",
        "channels",
        "fallback",
        "filter",
        "rules",
        "language",
        "quiet",
        "escalate_to",
        "repeat",
        "answers",
        "people",
        "digest",
        "mentions",
    },
    SheetTable: {"match", "answers_by"},
    HookTable: {"name", "channel", "filter"},
    WatchTable: {"url"},
    MailInTable: {"url", "senders", "answer"},
    PersonTable: {"telegram_id", "wecom_id", "feishu_id"},
    WebTable: {"url", "tls_certificate", "tls_key", "trusted_proxy", "roles", "tokens"},
}  # fmt: skip


@pytest.mark.parametrize("table", SHOWN, ids=lambda table: table.__name__)
def test_the_value_that_the_example_shows_is_the_default(table: type[BaseModel]) -> None:
    names = [name for name in table.model_fields if name not in EXAMPLES.get(table, set())]
    required = {
        name: SHOWN[table][name]
        for name, field in table.model_fields.items()
        if field.is_required()
    }
    shown = table.model_validate(required | {name: SHOWN[table][name] for name in names})
    usual = table.model_validate(required)
    for name in names:
        assert getattr(shown, name) == getattr(usual, name), name


def test_the_rules_that_the_example_names_are_the_defaults() -> None:
    found = re.findall(r'(?m)^#   (\w+) +\[(.+?)\] +urgent_from = "(\w+)"$', example_config())
    named = [
        (name, [lead.strip('" ') for lead in leads.split(",")], urgent)
        for name, leads, urgent in found
    ]
    assert named == [
        (rule.milestone.value, [str(lead) for lead in rule.leads], str(rule.urgent_from))
        for rule in DEFAULT_RULES
    ]


def test_the_example_of_a_calendar_does_nothing_until_it_is_changed() -> None:
    assert tomllib.loads(example_calendar()) == {}


def test_no_key_in_the_example_could_be_taken_for_a_real_one() -> None:
    from urllib.parse import urlsplit

    hosts = {
        urlsplit(url).hostname
        for url in re.findall(r"(?:https|mailtos)://[^\s\"]+", example_config())
    }
    known = {
        "smtp.example.com",
        "wecom-proxy.example.com",
        "hc-ping.com",
        "board.example.com",
        "crm.example.com",
        "land.example.com",
    }
    assert hosts <= known
    assert (
        re.findall(r"[0-9a-f]{8}-[0-9a-f]{4}-\S{4}-\S{4}-[0-9a-f]{12}", example_config())
        == ["00000000-0000-0000-0000-000000000000"] * 2
    )
