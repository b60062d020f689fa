"""Keys and passwords of the config are never shown: not by Settings, however they are printed, nor
by an error."""

from __future__ import annotations

import copy
import dataclasses
import json
import pprint
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from notifier.config import Settings, load_settings
from notifier.config.settings import secrets_in
from notifier.errors import ConfigError
from notifier.intake.limits import Limits
from tests.configs import CONSOLE, written

# what a key or a password may be made of, kept recognizable
SECRET = st.text(
    st.sampled_from(
        "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ0123456789-_!$*+;()~'%@:/ 密码"
    ),
    min_size=8,
    max_size=24,
).map(lambda text: f"Zq{text}9")


def config_with(secret: str) -> str:
    safe = quote(secret, safe="")
    return f"""
heartbeat_url = "https://hc.example.com/{safe}"
[channels.robot]
url = "wecombot://{safe}"
[channels.page]
url = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={safe}"
[channels.application]
url = "wechat://corp0001:{safe}@1000002/@zhangsan"
[channels.bot]
url = "tgram://{safe}/1"
[channels.mail]
url = "mailtos://notifier%40example.com:{safe}@smtp.example.com:465/?mode=ssl&from=notifier@example.com&to={{to}}"
[channels.hook]
url = "json://user:{safe}@hooks.example.com/{safe}?token={safe}"
[[recipients]]
name = "张三"
channels = ["robot", "mail:zhang@example.com"]
"""


def shown(settings: Settings) -> str:
    """Settings as a log line, a debugger, a crash report or a status page may show them."""
    plain = {field.name: getattr(settings, field.name) for field in dataclasses.fields(settings)}
    return "\n".join(
        (
            repr(settings),
            str(settings),
            f"{settings}",
            pprint.pformat(settings),
            json.dumps(plain, default=str, ensure_ascii=False),
            json.dumps(plain, default=repr),
            json.dumps(
                dataclasses.asdict(settings) | {"calendar": ""}, default=str, ensure_ascii=False
            ),
            *(f"{channel.url} {channel.url!r} {channel}" for channel in settings.channels.values()),
            repr(copy.deepcopy(settings)),
        )
    )


@given(SECRET)
def test_settings_show_no_secret_however_they_are_printed(
    tmp_path_factory: pytest.TempPathFactory, secret: str
) -> None:
    settings = load_settings(written(tmp_path_factory.getbasetemp(), config_with(secret)))
    everything = shown(settings)
    assert secret not in everything
    assert quote(secret, safe="") not in everything


@given(SECRET)
def test_whatever_must_not_be_logged_is_among_the_secrets(
    tmp_path_factory: pytest.TempPathFactory, secret: str
) -> None:
    """Plain and encoded: a log's filter replaces whole texts."""
    settings = load_settings(written(tmp_path_factory.getbasetemp(), config_with(secret)))
    for name, channel in settings.channels.items():
        alone = dataclasses.replace(settings, channels={name: channel}, heartbeat_url=None)
        assert {secret, quote(secret, safe=""), channel.url.get_secret_value()} <= set(
            alone.secrets
        ), name
    alone = dataclasses.replace(settings, channels={})
    assert {secret, quote(secret, safe="")} <= set(alone.secrets)


def test_what_is_no_secret_is_not_hidden(tmp_path: Path) -> None:
    """Else log lines about mail to these hosts and people would be unreadable."""
    settings = load_settings(written(tmp_path, config_with("planted-key-0001")))
    plain = {
        "smtp.example.com",
        "hooks.example.com",
        "example.com",
        "notifier",
        "zhangsan",
        "webhook",
        "{to}",
        "465",
    }
    assert not plain & set(settings.secrets)


def test_a_password_that_is_not_encoded_as_it_should_be_is_a_secret_all_the_same() -> None:
    for password in ("with/slash/in-it", "with@sign-in-it", "with:colon-in-it"):
        assert password in secrets_in(
            f"mailtos://notifier:{password}@smtp.example.com:465/?to={{to}}"
        )


FAULTY = [
    '[channels.robot]\nurl = "{secret}"',
    '[channels.robot]\nurl = ["{secret}"]',
    '[channels.robot]\nurl = {{ key = "{secret}" }}',
    '[channels.robot]\nurl = "wecombot://{secret}"\ntimeout = "{secret}"',
    '[channels.robot]\nurl = "wecombot://{secret}"\nper_minute = "{secret}"',
    '[channels.robot]\nurl = "wecombot://{secret}"\nendpoint = "{secret}"',
    '[channels.robot]\nkey = "{secret}"',
    '[channels]\nrobot = "wecombot://{secret}"',
    'channels = ["wecombot://{secret}"]',
    '[channels."wecombot://{secret}"]\nurl = "console://"',
    'heartbeat_url = "{secret}"',
    'heartbeat_url = ["https://hc.example.com/{secret}"]',
    'group_wait = "wecombot://{secret}"',
    CONSOLE + '[[recipients]]\nname = "a"\nchannels = ["wecombot://{secret}"]',
    CONSOLE + '[[recipients]]\nname = "a"\nfallback = ["wecombot://{secret}"]',
    CONSOLE + '[[recipients]]\nname = "a"\nescalate_to = ["wecombot://{secret}"]',
    CONSOLE + '[[recipients]]\nname = "a"\nquiet = "wecombot://{secret}"',
    CONSOLE + '[[recipients]]\nname = "a"\nfilter = {{ price = "wecombot://{secret}" }}',
    '[channels.robot]\nurl = "wecombot://{secret}"\n[[recipients]]\nname = "a"\n'
    'channels = ["{secret}"]',
    '[channels.robot]\nurl = "wecombot://{secret}"\nurl = "wecombot://{secret}"',
    "[channels.robot]\nurl = wecombot://{secret}",
    '[channels.robot]\nurl = "wecombot://{secret}',
    'url = "wecombot://{secret}"',
]


@pytest.mark.parametrize("text", FAULTY, ids=range(len(FAULTY)))
@hypothesis_settings(max_examples=10)
@given(
    st.text(st.sampled_from("abcXYZ0123456789-_"), min_size=8, max_size=24).map(
        lambda text: f"Zq{text}9"
    )
)
def test_no_error_shows_a_secret(
    tmp_path_factory: pytest.TempPathFactory, text: str, secret: str
) -> None:
    with pytest.raises(ConfigError) as raised:
        load_settings(written(tmp_path_factory.getbasetemp(), text.format(secret=secret)))
    fault = raised.value
    assert secret not in str(fault)
    assert fault.__cause__ is None
    assert fault.__suppress_context__ or fault.__context__ is None


def test_settings_cannot_be_changed(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, config_with("planted-key-0001")))
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.limits = Limits()  # type: ignore[misc]  # that is the test
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.channels["robot"].timeout = 3  # type: ignore[misc]  # that is the test
