"""Channels given as fields: from the file, the environment and systemd's credentials, checked, and
never shown."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier import app
from notifier.config import load_settings
from notifier.errors import ConfigError
from tests.configs import written

PASSWORD = "p@ss#w/rd?&=%:"
MAIL = """
[channels.mail]
type = "mail"
host = "smtp.example.com"
port = 2525
security = "starttls"
user = "notifier@example.com"
password = 'p@ss#w/rd?&=%:'
from = "土地提醒 <notifier@example.com>"
to = "{to}"
"""
LIKE_JSON = ("0123", "12345678", "true", "1e5", "[1]", '{"a": 1}', "null", '"quoted"', PASSWORD)
TEAM = '[[recipients]]\nname = "team"\nchannels = ["{}"]\n'


def faults(file: Path) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        load_settings(file)
    return [line.partition(": ")[2] for line in str(raised.value).splitlines()]


def test_the_fields_arrive_as_they_are_written(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, MAIL + TEAM.format("mail:zhang@example.com")))
    channel = settings.channels["mail"]
    assert channel.service == "mail"
    assert channel.takes_address
    assert channel.plain_fields == {
        "host": "smtp.example.com",
        "port": "2525",
        "security": "starttls",
        "user": "notifier@example.com",
        "password": PASSWORD,
        "from": "土地提醒 <notifier@example.com>",
        "to": "{to}",
    }
    assert app.open_channels(settings)["mail"].name == "mail"


def test_a_list_of_addresses_may_be_a_list(tmp_path: Path) -> None:
    text = MAIL.replace(
        'to = "{to}"', 'to = ["zhang@example.com", "li@example.com"]'
    ) + TEAM.format("mail")
    channel = load_settings(written(tmp_path, text)).channels["mail"]
    assert channel.plain_fields["to"] == "zhang@example.com,li@example.com"


@pytest.mark.parametrize(
    "password", ["0123", "12345678", "true", "1e5", "[1]", '{"a": 1}', "null", '"quoted"', PASSWORD]
)
def test_a_field_of_the_environment_is_the_text_that_stands_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, password: str
) -> None:
    """Not the number, the truth value or the list that it looks like."""
    monkeypatch.setenv("NOTIFIER_CHANNELS__MAIL__PASSWORD", password)
    settings = load_settings(written(tmp_path, MAIL))
    assert settings.channels["mail"].plain_fields["password"] == password


@pytest.mark.parametrize("password", ["12345678", "true", PASSWORD])
def test_a_field_of_a_credential_is_the_text_that_stands_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, password: str
) -> None:
    (folder := tmp_path / "credentials").mkdir()
    (folder / "channels__mail__password").write_text(password + "\n", "utf-8")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
    settings = load_settings(written(tmp_path, MAIL))
    assert settings.channels["mail"].plain_fields["password"] == password


def test_the_type_tells_the_pace(tmp_path: Path) -> None:
    text = (
        '[channels.robot]\ntype = "telegram"\n'
        'token = "123456789:abcdefghijklmnopqrstuvwxyz-ABCDEFGH"\nto = 5\n'
    )
    channel = load_settings(written(tmp_path, text)).channels["robot"]
    assert (channel.per_minute, channel.seconds_apart) == (20, 1)
    assert channel.plain_fields["to"] == "5"


WRONG = {
    '[channels.x]\ntype = "mial"\nhost = "h"': (
        "channels.x.type: there is no such service: known are console, mail, wecom-robot, "
        "wecom-app, wecom-bot, telegram, dingtalk"
    ),
    '[channels.x]\ntype = "wecom-robot"\nurl = "wecombot://abcdefgh"\nkey = "abcdefgh"': (
        "channels.x.url: a channel is given by its URL, or by type and the fields of that "
        "service: take one of them out"
    ),
    '[channels.x]\ntype = "wecom-robot"\n'
    'kei = "abcdefgh"': "channels.x.kei: no such setting: did you mean key?",
    '[channels.x]\ntype = "wecom-robot"\nkey = 1.5': "channels.x.key: expected a text",
    '[channels.x]\ntype = "wecom-robot"': "channels.x.key: is missing: wecom-robot needs the "
    "robot's "
    "key",
    MAIL.replace(
        "smtp.example.com", "smtp example com"
    ): "channels.mail.host: expected the name of the mail server",
    MAIL.replace("starttls", "tls"): "channels.mail.security: expected ssl, starttls or insecure",
    MAIL.replace(
        "<notifier@", "notifier@"
    ): "channels.mail.from: expected an address, as in land@example.com",
    MAIL
    + TEAM.format("mail:zhang\uff20example.com"): "recipients.1.channels.1: 'zhang\uff20example",
    MAIL
    + TEAM.format(
        "mail:zhang@example.com\uff0cli"
    ): "recipients.1.channels.1: 'li' is no address of this service",
    MAIL + TEAM.format("mail"): "recipients.1.channels.1: mail needs an address",
    MAIL.replace("{to}", "zhang@example.com") + TEAM.format("mail:li@example.com"): (
        "recipients.1.channels.1: mail takes no address: write {to}"
    ),
}


@pytest.mark.parametrize("text", WRONG)
def test_what_cannot_be_meant_is_refused_with_its_place(tmp_path: Path, text: str) -> None:
    found = faults(written(tmp_path, text))
    assert any(line.startswith(WRONG[text]) for line in found), found


def test_a_list_of_addresses_behind_a_channels_name_is_one_of_each(tmp_path: Path) -> None:
    text = MAIL + TEAM.format("mail:zhang@example.com\uff0cli@example.com")
    (recipient,) = load_settings(written(tmp_path, text)).recipients
    assert recipient.channels[0].address == "zhang@example.com\uff0cli@example.com"


@given(
    st.text(st.sampled_from("abcXYZ019-_@#/?%&=: "), min_size=8, max_size=20).map(
        lambda text: f"Zq{text}9"
    )
)
def test_a_secret_field_is_shown_nowhere(
    tmp_path_factory: pytest.TempPathFactory, secret: str
) -> None:
    text = MAIL.replace(PASSWORD, secret) + TEAM.format("mail:zhang@example.com")
    folder = tmp_path_factory.getbasetemp()
    settings = load_settings(written(folder, text))
    plain = {field.name: getattr(settings, field.name) for field in dataclasses.fields(settings)}
    assert secret not in repr(settings) + json.dumps(plain, default=str)
    assert secret in settings.secrets
    assert "smtp.example.com" not in settings.secrets
    for wrong in (
        text.replace("starttls", secret),
        text.replace("port = 2525", f'prt = "{secret}"'),
    ):
        assert not any(secret in line for line in faults(written(folder, wrong)))


@pytest.mark.parametrize(
    "mention", ["all", "@all", "ALL", "<@x>", "", "a b", "x" * 80, "\u6240\u6709\u4eba"]
)
def test_nobody_can_be_called_but_by_a_mobile_number_or_a_members_id(
    tmp_path: Path, mention: str
) -> None:
    console = '[channels.console]\nurl = "console://"\n'
    text = console + TEAM.format("console") + f'mentions = ["{mention}"]\n'
    assert any("recipients.1.mentions.1: " in line for line in faults(written(tmp_path, text)))


def test_mentions_are_mobile_numbers_and_ids(tmp_path: Path) -> None:
    console = '[channels.console]\nurl = "console://"\n'
    text = (
        console
        + TEAM.format("console")
        + 'mentions = [13800138000, "+8613800138000", "zhang.san", "ou_1", "ou_1"]\n'
    )
    (recipient,) = load_settings(written(tmp_path, text)).recipients
    assert recipient.mentions == ("13800138000", "+8613800138000", "zhang.san", "ou_1")
