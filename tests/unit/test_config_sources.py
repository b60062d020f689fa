"""Where settings come from: the file, over it systemd's credentials, over both the environment."""

from __future__ import annotations

import json
from datetime import time, timedelta
from pathlib import Path

import pytest

from notifier.config import load_settings
from notifier.domain.leads import Lead
from notifier.domain.quiet import QuietHours
from notifier.domain.recipients import DEFAULT_RULES, DigestTime, EscalationStep, Route
from notifier.domain.values import MilestoneName
from tests.configs import CONSOLE, ONE, faults, written

KEY = "6b0c1d2e-planted-robot-key"
WECOM = "NOTIFIER_CHANNELS__WECOM__URL"


@pytest.fixture(name="credentials")
def _credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """systemd's folder of credentials, one file each."""
    folder = tmp_path / "credentials"
    folder.mkdir()
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
    return folder


def url_of(file: Path, channel: str = "wecom") -> str:
    return load_settings(file).channels[channel].url.get_secret_value()


# -- the file


def test_what_a_file_does_not_say_has_its_default(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, ONE))
    assert settings.ledger == tmp_path / "notifier.db"
    assert settings.inbox == tmp_path / "inbox"
    assert settings.backups.folder == tmp_path / "backups"
    assert settings.group_wait == timedelta(seconds=30)
    assert settings.heartbeat_url is None
    assert settings.operators is None
    assert settings.warnings == ()
    (recipient,) = settings.recipients
    assert recipient.channels == (Route(channel="console"),)
    assert recipient.rules == DEFAULT_RULES


def test_paths_are_relative_to_the_file_and_the_ledger_of_the_command_line_to_where_it_is_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "mine").mkdir()
    written(tmp_path / "etc", 'inbox = "in"\nledger = "/var/lib/x.db"\ntemplates = "mine"\n' + ONE)
    monkeypatch.chdir(tmp_path)
    settings = load_settings(Path("etc/config.toml"))
    assert settings.file == tmp_path / "etc" / "config.toml"
    assert (settings.inbox, settings.ledger) == (tmp_path / "etc" / "in", Path("/var/lib/x.db"))
    assert settings.templates == tmp_path / "etc" / "mine"
    assert (
        load_settings(Path("etc/config.toml"), ledger=Path("other.db")).ledger
        == tmp_path / "other.db"
    )


def test_a_recipient_is_read_in_full(tmp_path: Path) -> None:
    text = (
        CONSOLE
        + '[channels.mail]\nurl = "mailto://smtp.example.com?from=a@example.com&to={to}"\n'
        + '[[recipients]]\nname = "李四"\nchannels = ["console"]\n'
        + '[[recipients]]\nname = "张三"\nchannels = ["mail:zhang@example.com"]\n'
        'fallback = ["console"]\n'
        + 'language = "en"\nquiet = "22:00-07:30"\nquiet_days_off = true\nescalate_to = ["李四"]\n'
        + 'escalate_after = "1h"\ndigest = "08:45"\ndigest_days = "daily"\ndigest_ahead_days = 7\n'
        + "digest_empty = false\n"
    )
    recipient = load_settings(written(tmp_path, text)).recipients[1]
    assert recipient.channels == (Route(channel="mail", address="zhang@example.com"),)
    assert recipient.fallback == (Route(channel="console"),)
    assert recipient.language == "en"
    assert recipient.quiet == QuietHours(start=time(22), end=time(7, 30), days_off=True)
    assert recipient.escalation == (EscalationStep(to=("李四",), after=timedelta(hours=1)),)
    assert recipient.digest == DigestTime(at=time(8, 45), days="daily", ahead_days=7, empty=False)


@pytest.mark.parametrize(
    ("written_as", "steps"),
    [
        ('"李四"', [("李四", 15)]),
        ('["李四", "王五"]', [("李四 王五", 15)]),
        ('[{ to = "王五", after = "1h" }, "李四"]', [("李四", 15), ("王五", 60)]),
        (
            '[{ to = ["李四", "王五"], after = "1h" }, { to = "李四" }]',
            [("李四", 15), ("李四 王五", 60)],
        ),
    ],
)
def test_silence_is_escalated_to_names_or_in_steps_with_times(
    tmp_path: Path, written_as: str, steps: list[tuple[str, int]]
) -> None:
    text = CONSOLE + "".join(
        f'[[recipients]]\nname = "{name}"\nchannels = ["console"]\n'
        for name in ("李四", "王五", "张三")
    )
    file = written(tmp_path, f"{text}escalate_to = {written_as}\n")
    assert [
        (" ".join(step.to), step.after // timedelta(minutes=1))
        for step in load_settings(file).recipients[2].escalation
    ] == steps


def test_what_closes_is_said_again_where_a_recipient_or_a_rule_wants_it(tmp_path: Path) -> None:
    text = (
        '[[rules]]\nmilestone = "deposit_close"\nrepeat = "1h"\n'
        + ONE
        + 'repeat = "15m"\n[[recipients.rules]]\nmilestone = "bidding_close"\nrepeat = ""\n'
        + '[[recipients]]\nname = "李四"\nchannels = ["console"]\n'
    )
    eager, other = load_settings(written(tmp_path, text)).recipients
    assert {rule.milestone.value: rule.repeat for rule in eager.rules if rule.repeat} == {
        name: timedelta(minutes=15)
        for name in ("registration_close", "deposit_close", "auction_start")
    }
    assert {rule.milestone.value: rule.repeat for rule in other.rules if rule.repeat} == {
        "deposit_close": timedelta(hours=1)
    }


def test_a_rule_changes_what_it_says_and_leaves_the_rest(tmp_path: Path) -> None:
    text = (
        '[[rules]]\nmilestone = "registration_close"\nnote = "带保函"\n'
        '[[rules]]\nmilestone = "registration_open"\nleads = ["1d"]\n'
        + ONE
        + '[[recipients.rules]]\nmilestone = "registration_close"\nleads = ["2h"]\n'
        + '[[recipients.rules]]\nmilestone = "auction_start"\nleads = []\n'
    )
    (recipient,) = load_settings(written(tmp_path, text)).recipients
    rules = {rule.milestone: rule for rule in recipient.rules}
    usual = {rule.milestone: rule for rule in DEFAULT_RULES}
    changed = rules.pop(MilestoneName.REGISTRATION_CLOSE)
    assert (changed.note, changed.leads) == ("带保函", (Lead.parse("2h"),))
    assert changed.urgent_from == usual.pop(MilestoneName.REGISTRATION_CLOSE).urgent_from
    assert rules.pop(MilestoneName.AUCTION_START).leads == ()
    usual.pop(MilestoneName.AUCTION_START)
    assert rules.pop(MilestoneName.REGISTRATION_OPEN).leads == (Lead.parse("1d"),)
    assert rules == usual


@pytest.mark.parametrize(
    ("url", "pace"),
    [
        (f"wecombot://{KEY}", 20),
        (f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={KEY}", 20),
        ("tgram://123456789:abcdef/1", 20),
        ("mailto://smtp.example.com", None),
        ("console://", None),
    ],
)
def test_a_channel_keeps_the_pace_that_its_service_states(
    tmp_path: Path, url: str, pace: int | None
) -> None:
    text = f'[channels.it]\nurl = "{url}"\n[channels.slow]\nurl = "{url}"\nper_minute = 3\n'
    channels = load_settings(written(tmp_path, text)).channels
    assert channels["it"].per_minute == pace
    assert channels["slow"].per_minute == 3


def test_a_config_without_recipients_is_worth_a_word(tmp_path: Path) -> None:
    (warning,) = load_settings(written(tmp_path, CONSOLE)).warnings
    assert warning.endswith("config.toml: no [[recipients]]: nobody is reminded of anything")


def test_a_secret_in_a_file_that_everyone_can_read_is_worth_a_word(tmp_path: Path) -> None:
    file = written(
        tmp_path, ONE + f'channels = ["wecom"]\n[channels.wecom]\nurl = "wecombot://{KEY}"\n'
    )
    assert load_settings(file).warnings == ()
    file.chmod(0o644)
    (warning,) = load_settings(file).warnings
    assert f"chmod 640 {file}" in warning
    assert KEY not in warning


def test_a_secret_that_comes_from_elsewhere_does_not_make_the_file_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(WECOM, f"wecombot://{KEY}")
    file = written(tmp_path, ONE + 'channels = ["wecom"]\n')
    file.chmod(0o644)
    assert load_settings(file).warnings == ()


# -- the environment


def test_the_environment_overrides_any_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = written(tmp_path, 'group_wait = "1m"\n' + ONE + "[limits]\nrows = 5\ncolumns = 6\n")
    monkeypatch.setenv("NOTIFIER_GROUP_WAIT", "10s")
    monkeypatch.setenv("NOTIFIER_LIMITS__ROWS", "7")
    monkeypatch.setenv("NOTIFIER_LOG_JSON", "true")
    monkeypatch.setenv("NOTIFIER_CHANNELS__CONSOLE__TIMEOUT", "3.5")
    monkeypatch.setenv("NOTIFIER_BACKUPS__AT", "03:15")
    settings = load_settings(file)
    assert settings.group_wait == timedelta(seconds=10)
    assert (settings.limits.rows, settings.limits.columns) == (7, 6)
    assert settings.log_json
    assert settings.channels["console"].timeout == 3.5
    assert settings.backups.at == time(3, 15)


def test_a_channel_may_stand_in_the_environment_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(WECOM, f"wecombot://{KEY}")
    assert url_of(written(tmp_path, ONE + 'channels = ["wecom"]\n')) == f"wecombot://{KEY}"


def test_the_parts_of_a_channel_may_stand_in_different_places(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(WECOM, f"wecombot://{KEY}")
    channel = load_settings(written(tmp_path, "[channels.wecom]\ntimeout = 7\n")).channels["wecom"]
    assert (channel.timeout, channel.url.get_secret_value()) == (7, f"wecombot://{KEY}")


def test_lists_stand_in_the_environment_as_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFIER_RECIPIENTS", json.dumps([{"name": "王五", "language": "en"}]))
    (recipient,) = load_settings(written(tmp_path, ONE)).recipients
    assert (recipient.name, recipient.language) == ("王五", "en")


def test_an_empty_variable_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFIER_GROUP_WAIT", "")
    assert load_settings(written(tmp_path, 'group_wait = "1m"\n' + ONE)).group_wait == timedelta(
        minutes=1
    )


def test_a_wrong_value_is_said_with_the_variable_that_gave_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFIER_GROUP_WAIT", "often")
    monkeypatch.setenv("NOTIFIER_CHANNELS__CONSOLE__TIMEOUT", "0")
    monkeypatch.setenv("NOTIFIER_CHANNELS__CONSOLE__TIME_OUT", "3")
    assert faults(written(tmp_path, ONE)) == [
        'environment NOTIFIER_GROUP_WAIT: group_wait: not a span of time: write "30s", '
        '"15m", "2h" or "1d"',
        "environment NOTIFIER_CHANNELS__CONSOLE__TIMEOUT: channels.console.timeout: "
        "expected greater than or equal to 1",
        "environment NOTIFIER_CHANNELS__CONSOLE__TIME_OUT: channels.console.time_out: "
        "no such setting: did you mean timeout?",
    ]


@pytest.mark.parametrize("name", ["RECIPIENTS", "CHANNELS", "RULES"])
def test_what_should_be_json_and_is_not_is_said_without_its_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(f"NOTIFIER_{name}", f"wecombot://{KEY}")
    (found,) = faults(written(tmp_path, ONE))
    assert found.startswith(f"environment NOTIFIER_{name}: {name.lower()}: expected JSON")
    assert KEY not in found


def test_a_credential_that_should_be_json_and_is_not_is_said_without_its_value(
    tmp_path: Path, credentials: Path
) -> None:
    (credentials / "recipients").write_text(KEY, "utf-8")
    (found,) = faults(written(tmp_path, ONE))
    assert found.startswith("credential recipients: recipients: expected JSON")
    assert KEY not in found


def test_a_variable_that_names_no_setting_is_worth_a_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFIER_GROUP_WIAT", KEY)
    (warning,) = load_settings(written(tmp_path, ONE)).warnings
    assert warning == "environment NOTIFIER_GROUP_WIAT names no setting: nothing is taken from it"


# -- systemd's credentials


def test_a_credential_gives_a_secret(tmp_path: Path, credentials: Path) -> None:
    (credentials / "channels__wecom__url").write_text(f"wecombot://{KEY}\n", "utf-8")
    (credentials / "heartbeat_url").write_text("https://hc.example.com/planted-beat\n", "utf-8")
    settings = load_settings(written(tmp_path, ONE + 'channels = ["wecom"]\n'))
    assert settings.channels["wecom"].url.get_secret_value() == f"wecombot://{KEY}"
    assert settings.heartbeat_url is not None
    assert settings.heartbeat_url.get_secret_value() == "https://hc.example.com/planted-beat"
    assert settings.warnings == ()


def test_the_environment_wins_over_a_credential_and_that_over_the_file(
    tmp_path: Path, credentials: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = written(tmp_path, '[channels.wecom]\nurl = "wecombot://of-the-file"\n')
    assert url_of(file) == "wecombot://of-the-file"
    (credentials / "channels__wecom__url").write_text("wecombot://of-systemd", "utf-8")
    assert url_of(file) == "wecombot://of-systemd"
    monkeypatch.setenv(WECOM, "wecombot://of-the-environment")
    assert url_of(file) == "wecombot://of-the-environment"


def test_a_channel_whose_name_no_variable_can_have_gets_its_credential(
    tmp_path: Path, credentials: Path
) -> None:
    (credentials / "channels__land-team__url").write_text(f"wecombot://{KEY}", "utf-8")
    assert (
        url_of(written(tmp_path, "[channels.land-team]\ntimeout = 3\n"), "land-team")
        == f"wecombot://{KEY}"
    )


def test_a_wrong_credential_is_said_by_its_name_and_without_its_value(
    tmp_path: Path, credentials: Path
) -> None:
    (credentials / "channels__wecom__url").write_text(KEY, "utf-8")
    (found,) = faults(written(tmp_path, ONE + 'channels = ["wecom"]\n'))
    assert found.startswith("credential channels__wecom__url: channels.wecom.url: expected a URL")
    assert KEY not in found


def test_a_credential_that_names_no_setting_is_worth_a_word(
    tmp_path: Path, credentials: Path
) -> None:
    (credentials / "wecom_url").write_text(KEY, "utf-8")
    (warning,) = load_settings(written(tmp_path, ONE)).warnings
    assert warning == "credential wecom_url names no setting: nothing is taken from it"


def test_a_credential_that_is_no_text_is_said(tmp_path: Path, credentials: Path) -> None:
    (credentials / "heartbeat_url").write_bytes(b"\xff\xfe\x00")
    (found,) = faults(written(tmp_path, ONE))
    assert found.endswith("cannot be read as UTF-8 texts")


def test_a_folder_of_credentials_that_is_not_there_is_said(
    tmp_path: Path, credentials: Path
) -> None:
    credentials.rmdir()
    (found,) = faults(written(tmp_path, ONE))
    assert found.startswith("CREDENTIALS_DIRECTORY credentials: cannot be read: No such file")
