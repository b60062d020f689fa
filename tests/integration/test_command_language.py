"""One language throughout the command line: the config's, else the machine's."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from unicodedata import east_asian_width

import pytest

from notifier.cli import main
from notifier.testing import a_notice, a_parcel
from tests.english import english_in
from tests.services import CONSOLE, ONE_TEAM, MakeWorld

_AT = {"registration_close": "2024-11-20 17:00", "bidding_close": "2024-11-22 10:00"}
_CHINESE = 'language = "zh"\n'


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG", "NOTIFIER_LANGUAGE"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def ran(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    capsys.readouterr()
    try:
        status = main(list(arguments))
    except SystemExit as left:
        status = int(left.code or 0)
    shown = capsys.readouterr()
    return status, shown.out, shown.err


@pytest.mark.usefixtures("machine")
def test_every_command_and_every_error_is_chinese_where_the_config_says_so(
    world: MakeWorld,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    program = world(_CHINESE + ONE_TEAM, now="2024-11-14 14:00")
    program.save(
        a_notice(city="杭州", parcels=(a_parcel(parcel_no="杭政储出[2024]121号", milestones=_AT),))
    )
    program.work()
    (tmp_path / "空.csv").write_text("", "utf-8")
    (tmp_path / "图.png").write_bytes(b"x")
    (tmp_path / "坏.csv").write_text("地块编号,报名截止时间\n1号,尽快\n", "utf-8")
    for arguments in (
        ("agenda", "--days", "20000"), ("plan",), ("history",), ("status",), ("check",), ("retry",),
        ("done", "121号", "报名", "--by", "张三"), ("resume", "121号", "报名"), ("skip", "121号"),
        ("resume", "121号"), ("snooze", "121号", "报名", "--by", "team", "--for", "30m"),
        ("snooze", "121号", "报名", "--by", "team", "--for", "x"), ("seen", "121号", "报名", "--by",
        "team"), ("seen", "121号", "报名", "--by", "谁"), ("snooze", "121号", "保证金", "--by",
        "team"),
        ("snooze", "--help"),
        ("resume", "121号"), ("done", "121号"), ("done", "999号", "报名"), ("done", "121号",
        "开会"),
        ("silence", "add", "city=杭州", "--until", "2099-11-21"), ("silence", "list"), ("silence",
        "end", "1"),
        ("silence", "end", "7"), ("silence", "add", "x=1", "--until", "2099-11-21"), ("silence",
        "add", "city=杭州"),
        ("read", "空.csv", "图.png", "坏.csv", "没有.csv", "."), ("import", "空.csv", "图.png",
        "坏.csv"),
        ("simulate", "坏.csv", "--from", "2024-01-01", "--to", "2024-01-02"), ("plan",
        "--recipient", "谁"),
        ("simulate", "坏.csv", "--from", "2024-01-03", "--to", "2024-01-02"), ("backup", "."),
        ("backup", "a.db"),
        ("backup", "a.db"), ("alert", "x"), ("check", "--to", "谁"), ("check", "--send", "--to",
        "谁"),
        ("agenda", "--days", "0"), ("confirm", "121号"), ("confirm", "121号", "--wrong"),
        ("confirm", "--list"),
        ("confirm",), ("confirm", "--help"), ("doubts",), ("settle", "77", "--leave"), ("settle",
        "77"),
        ("settle", "--help"), ("files",), ("metrics", "--textfile", "./没有/a.prom"),
        ("metrics", "--textfile", "a.prom"),
        ("nonsense",), ("read",), ("--help",), ("read", "--help"), ("silence", "--help"),
        ("template", "a.txt"), ("export", "--xlsx", "b.xlsx"), ("export", "--xlsx", "b.xlsx"),
        ("export", "--xlsx", "b.txt"), ("completion", "--help"), ("manual", "--help"),
        ("template", "a.xlsx"), ("template", "a.xlsx"), ("init",),
    ):  # fmt: skip
        _, out, err = ran(capsys, "-c", "config.toml", *arguments)
        names = {
            "agenda",
            "read",
            "import",
            "simulate",
            "backup",
            "check",
            "status",
            "console",
            "team",
            "none",
            "add",
        }
        names |= {
            "FILE",
            "end",
            "list",
            "nonsense",
            "init",
            "template",
            "alert",
            "run",
            "retry",
            "silence",
            "notifier",
        }
        names |= {"set", "drop", "confirm", "doubts", "settle", "files", "watch", "move", "ledger"}
        names |= {
            "completion",
            "manual",
            "bash",
            "zsh",
            "fish",
            "man",
            "export",
            "web",
            "link",
            "NAME",
            "metrics",
            "prom",
            "snooze",
            "seen",
            "SPAN",
        }
        english = [word for word in english_in(out + err) if word not in names]
        assert english == [], (arguments, out, err)


def test_the_config_wins_over_the_machine_and_the_environment_over_both(
    world: MakeWorld,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    machine: pytest.MonkeyPatch,
) -> None:
    config = str(tmp_path / "config.toml")
    machine.setenv("LANG", "zh_CN.UTF-8")
    world('language = "en"\n' + ONE_TEAM)
    assert ran(capsys, "-c", config, "silence", "list")[1] == "there is no silence\n"
    machine.setenv("NOTIFIER_LANGUAGE", "zh")
    assert ran(capsys, "-c", config, "silence", "list")[1] == "没有静默\n"


@pytest.mark.parametrize(
    ("lang", "first"), [("zh_CN.UTF-8", "没有静默"), ("en_US.UTF-8", "there"), ("C", "there")]
)
def test_without_a_language_in_the_config_the_machines_is_spoken(
    world: MakeWorld,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    machine: pytest.MonkeyPatch,
    lang: str,
    first: str,
) -> None:
    world()
    machine.setenv("LANG", lang)
    assert ran(capsys, "-c", str(tmp_path / "config.toml"), "silence", "list")[1].startswith(first)


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize(
    ("config", "fault"),
    [
        (_CHINESE + "[", "不是 TOML"), (_CHINESE + ONE_TEAM + 'x = 1\n', "没有这个设置"),
        (_CHINESE + CONSOLE, "没有 [[recipients]]"),
        (_CHINESE + ONE_TEAM + 'quiet = "spät"\n', "不是免打扰时段"),
        (_CHINESE + ONE_TEAM + 'digest_ahead_days = 0\n', "应不小于 1"),
        (_CHINESE + ONE_TEAM + 'fallback = ["nowhere"]\n', "没有渠道 'nowhere'"),
        (_CHINESE + 'log_json = "perhaps"\n' + ONE_TEAM, "应为 true 或 false"),
    ],
)  # fmt: skip
def test_a_wrong_config_is_told_in_its_own_language(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], config: str, fault: str
) -> None:
    (tmp_path / "config.toml").write_text(config, "utf-8")
    _, out, err = ran(capsys, "-c", str(tmp_path / "config.toml"), "check")
    # a file that is no TOML cannot say which language it wants
    assert fault in out + err or (config.endswith("[") and "not TOML" in err)


@pytest.mark.usefixtures("machine")
def test_the_languages_of_people_follow_the_configs_unless_they_have_their_own(
    world: MakeWorld,
) -> None:
    settings = world(
        'language = "en"\n' + ONE_TEAM + '[[recipients]]\nname = "二"\nlanguage = "zh"\n'
    ).settings
    assert [recipient.language for recipient in settings.recipients] == ["en", "zh"]


@pytest.mark.parametrize(
    "arguments", [("nonsense",), ("agenda", "--days", "x"), ("read",), ("done",), ("--what",)]
)
def test_a_wrong_call_is_one_line_on_stderr(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    status, out, err = ran(capsys, *arguments)
    assert (status, out) == (2, "")
    assert err.count("\n") == 1
    assert err.startswith("notifier")


def test_the_version_is_the_packages() -> None:
    from notifier import __version__

    done = subprocess.run(
        [sys.executable, "-m", "notifier", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"notifier {__version__}\n"


@pytest.mark.usefixtures("machine")
def test_columns_stand_below_each_other_in_chinese_too(
    world: MakeWorld, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    program = world(_CHINESE + ONE_TEAM, now="2024-11-14 14:00")
    far = {"registration_close": "2099-11-20 17:00", "deposit_close": "2099-11-20 17:00"}
    program.save(a_notice(parcels=(a_parcel(parcel_no="杭政储出[2024]121号", milestones=far),)))
    _, out, _ = ran(capsys, "-c", str(tmp_path / "config.toml"), "agenda", "--days", "36000")
    widths = {
        sum(2 if east_asian_width(char) in "WF" else 1 for char in line[: line.index("杭政")])
        for line in out.splitlines()
    }
    assert len(out.splitlines()) == 2
    assert len(widths) == 1
