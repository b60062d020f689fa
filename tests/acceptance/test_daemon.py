"""The daemon as people run it: a real process, real signals, a real peer."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from notifier.domain.times import shanghai
from tests.daemon import command, daemon, write_rows
from tests.peers.http import ROBOT_KEY, WAIT, WECOM_BAD_KEY, Answer, Fault, HttpPeer, Request, wecom

_HEADINGS = ("公告编号", "地块编号", "报名截止时间")


@pytest.fixture
def peer() -> Iterator[HttpPeer]:
    with HttpPeer(wecom).running() as running:
        yield running


def _config(folder: Path, peer: HttpPeer, more: str = "") -> Path:
    file = folder / "config.toml"
    file.write_text(
        f'group_wait = "0s"\n{more}\n'
        f'[channels.wecom]\nurl = "wecombot://{ROBOT_KEY}"\nendpoint = "{peer.url}"\n'
        "per_minute = 1000\ntimeout = 5\n"
        '[[recipients]]\nname = "team"\nchannels = ["wecom"]\n'
        'rules = [{ milestone = "registration_close", leads = ["1h"] }]\n',
        encoding="utf-8",
    )
    file.chmod(0o600)
    (folder / "inbox").mkdir(exist_ok=True)
    return file


def _in(span: timedelta) -> str:
    return f"{shanghai(datetime.now(UTC) + span):%Y-%m-%d %H:%M:%S}"


def _drop(folder: Path, number: str, close: str, name: str = "parcels.csv") -> None:
    write_rows(folder / "inbox" / name, _HEADINGS, [("测告1号", number, close)])


def test_a_record_dropped_into_the_inbox_becomes_a_message_and_a_reminder(
    tmp_path: Path, peer: HttpPeer
) -> None:
    config = _config(tmp_path, peer)
    with daemon(config):
        _drop(tmp_path, "测地甲", _in(timedelta(hours=1, seconds=6)))
        new, reminder = peer.wait_for(lambda asked: len(asked) >= 2)
    assert "新地块 测地甲" in new.text
    assert "测地甲" in reminder.text
    assert "还剩" in reminder.text
    assert new.path == f"/cgi-bin/webhook/send?key={ROBOT_KEY}"


def test_the_same_file_again_says_nothing_and_a_changed_one_says_old_and_new(
    tmp_path: Path, peer: HttpPeer
) -> None:
    config = _config(tmp_path, peer)
    first, second = _in(timedelta(days=3)), _in(timedelta(days=2))
    with daemon(config) as running:
        _drop(tmp_path, "测地甲", first)
        peer.wait_for(lambda asked: len(asked) == 1)
        _drop(tmp_path, "测地甲", first, name="copy.csv")
        running.wait_for("copy.csv: read, 0 parcels new, 0 changed")
        _drop(tmp_path, "测地甲", second)
        change = peer.wait_for(lambda asked: len(asked) == 2)[-1]
    assert shanghai(datetime.fromisoformat(first + "+08:00")).strftime("%H:%M") in change.text
    assert "→" in change.text


def test_a_second_daemon_on_the_same_ledger_refuses_and_says_who_holds_it(
    tmp_path: Path, peer: HttpPeer
) -> None:
    config = _config(tmp_path, peer)
    with daemon(config) as running:
        second = command(config, "run")
        assert second.returncode == 1
        assert f"held by notifier run, process {running.process.pid}" in second.stderr
        assert json.loads(command(config, "status", "--json").stdout)["ready"] is True


def test_sigterm_ends_it_cleanly_though_a_peer_never_answers(
    tmp_path: Path, peer: HttpPeer
) -> None:
    config = _config(tmp_path, peer)
    peer.script = [Fault.SILENCE]
    with daemon(config) as running:
        _drop(tmp_path, "测地甲", _in(timedelta(days=2)))
        peer.wait_for(lambda asked: len(asked) == 1)
        assert running.stop() == 0
        assert any("ended" in line for line in running.lines)
    with daemon(config):
        again = peer.wait_for(lambda asked: len(asked) == 2)[-1]
    assert "可能重复" in again.text


def test_sighup_reads_the_config_again_and_a_bad_one_changes_nothing(
    tmp_path: Path, peer: HttpPeer
) -> None:
    config = _config(tmp_path, peer)
    with daemon(config) as running:
        good = config.read_text(encoding="utf-8")
        config.write_text(good.replace("recipients", "recipient"), encoding="utf-8")
        running.signal(signal.SIGHUP)
        line = running.wait_for("the old one stays")
        assert "recipient" in line
        config.write_text(good.replace('leads = ["1h"]', 'leads = ["2h"]'), encoding="utf-8")
        running.signal(signal.SIGHUP)
        running.wait_for("config read again")
        _drop(tmp_path, "测地甲", _in(timedelta(days=2)))
        peer.wait_for(lambda asked: len(asked) == 1)
        planned = json.loads(command(config, "plan", "--json").stdout)["reminders"]
    assert [reminder["lead"] for reminder in planned] == ["2h"]


def test_a_bad_file_is_named_and_does_not_stop_a_good_one(tmp_path: Path, peer: HttpPeer) -> None:
    config = _config(tmp_path, peer)
    inbox = tmp_path / "inbox"
    (inbox / "empty.csv").touch()
    (inbox / "picture.png").write_bytes(b"\x89PNG")
    (inbox / "folder").mkdir()
    (inbox / "folder" / "bad.csv").write_text("no record\n", encoding="utf-8")
    (inbox / "link.csv").symlink_to("/etc/passwd")
    with daemon(config) as running:
        _drop(tmp_path, "测地甲", _in(timedelta(days=2)))
        peer.wait_for(lambda asked: len(asked) == 1)
        for name in (
            "empty.csv: it is empty",
            "picture.png: this is not a readable picture",
            "folder/bad.csv: no row of headings",
            "link.csv: it is a sym",
        ):
            running.wait_for(name)
        assert json.loads(command(config, "check", "--json").stdout)["checks"]


def test_no_secret_is_ever_shown_or_stored(tmp_path: Path, peer: HttpPeer) -> None:
    words = f"invalid webhook {ROBOT_KEY}"
    config = _config(tmp_path, peer, more='heartbeat_url = "http://127.0.0.1:1/beat-secret-1234"')
    peer.script = [
        Answer(body=WECOM_BAD_KEY | {"errmsg": words}),
        Answer(status=400, body={"error": words}),
    ]
    with daemon(config) as running:
        _drop(tmp_path, "测地甲", _in(timedelta(days=2)))
        running.wait_for("attempt 1: failed")
        shown = [
            command(config, *arguments)
            for arguments in (
                ("check",), ("check", "--json"), ("status", "--json"), ("history", "--json"),
                ("plan", "--json"),
                ("retry",), ("check", "--send"),
            )
        ]  # fmt: skip
        running.stop()
        shown_text = "\n".join(running.lines + running.out)
    ledger = b"".join(file.read_bytes() for file in tmp_path.glob("notifier.db*"))
    shown_text += "".join(process.stdout + process.stderr for process in shown)
    for secret in (ROBOT_KEY, "beat-secret-1234"):
        assert secret not in shown_text
        assert secret.encode() not in ledger
    assert "93000" in shown_text


def test_a_ledger_that_vanished_is_not_replaced_by_an_empty_one(
    tmp_path: Path, peer: HttpPeer
) -> None:
    config = _config(tmp_path, peer)
    with daemon(config) as running:
        _drop(tmp_path, "测地甲", _in(timedelta(days=2)))
        peer.wait_for(lambda asked: len(asked) == 1)
        for file in tmp_path.glob("notifier.db*"):
            if file.suffix != ".lock":
                os.unlink(file)
        running.wait_for("removed or replaced while in use", timeout=WAIT)
    again = command(config, "run")
    assert again.returncode == 1
    assert "restore a backup" in again.stderr
    assert not (tmp_path / "notifier.db").exists()


@pytest.mark.parametrize("kind", ["symbolic link", "hard link", "symbolic link to the folder"])
def test_a_second_daemon_by_another_name_of_the_ledger_refuses(
    tmp_path: Path, peer: HttpPeer, kind: str
) -> None:
    config = _config(tmp_path, peer)
    ledger, other = tmp_path / "notifier.db", tmp_path / "other.db"
    with daemon(config):
        if kind == "hard link":
            os.link(ledger, other)
        elif kind == "symbolic link":
            other.symlink_to(ledger)
        else:
            (tmp_path / "there").symlink_to(tmp_path)
            other = tmp_path / "there" / "notifier.db"
        second = command(config, "--db", str(other), "run")
        assert second.returncode == 1
        assert "held by notifier run" in second.stderr or "hard link" in second.stderr
        assert len(second.stderr.splitlines()) == 1
        _drop(tmp_path, "测地甲", _in(timedelta(days=2)))
        peer.wait_for(lambda asked: len(asked) == 1)


@pytest.mark.parametrize("kind", ["an empty file", "a new ledger"])
def test_a_ledger_that_was_replaced_by_an_empty_one_is_not_begun_anew(
    tmp_path: Path, peer: HttpPeer, kind: str
) -> None:
    config = _config(tmp_path, peer)
    with daemon(config) as running:
        _drop(tmp_path, "测地甲", _in(timedelta(days=2)))
        peer.wait_for(lambda asked: len(asked) == 1)
        running.stop()
    for file in tmp_path.glob("notifier.db*"):
        if file.suffix != ".lock":
            os.unlink(file)
    if kind == "an empty file":
        (tmp_path / "notifier.db").touch()
    else:
        assert command(config, "--db", str(tmp_path / "new.db"), "agenda").returncode != 2
        assert (
            command(config, "--db", str(tmp_path / "new.db"), "import", "/dev/null").returncode != 2
        )
        (tmp_path / "new.db").rename(tmp_path / "notifier.db")
    for arguments in (("run",), ("agenda",), ("import", str(tmp_path / "inbox" / "parcels.csv"))):
        refused = command(config, *arguments)
        assert refused.returncode == 1
        assert "restore a backup" in refused.stderr
    assert len(peer.requests) == 1


def test_a_ledger_emptied_under_the_daemon_is_said_and_not_written_over(
    tmp_path: Path, peer: HttpPeer
) -> None:
    config = _config(tmp_path, peer)
    with daemon(config) as running:
        _drop(tmp_path, "测地甲", _in(timedelta(days=2)))
        peer.wait_for(lambda asked: len(asked) == 1)
        os.truncate(tmp_path / "notifier.db", 0)
        running.wait_for("removed or replaced while in use")


def test_a_recipient_missing_from_the_config_for_a_moment_loses_nothing(
    tmp_path: Path, peer: HttpPeer
) -> None:
    def reminders(asked: list[Request]) -> int:
        return sum("还剩" in request.text.splitlines()[0] for request in asked)

    config = _config(tmp_path, peer)
    whole = config.read_text(encoding="utf-8")
    with daemon(config) as running:
        _drop(tmp_path, "测地甲", _in(timedelta(hours=1, seconds=10)))
        peer.wait_for(lambda asked: len(asked) == 1)
        config.write_text(whole.replace('"team"', '"another"'), encoding="utf-8")
        running.signal(signal.SIGHUP)
        running.wait_for("team is no longer in the config")
        # of the other one: it has fallen due for both
        peer.wait_for(lambda asked: reminders(asked) == 1)
        config.write_text(whole, encoding="utf-8")
        running.signal(signal.SIGHUP)
        peer.wait_for(lambda asked: reminders(asked) == 2)


@pytest.mark.parametrize(
    "kept", ["", "group_wait = '0s'\n", "[channels.wecom]\nurl = 'console://'\n"]
)
def test_a_config_without_anybody_to_remind_is_refused_when_it_is_read_again(
    tmp_path: Path, peer: HttpPeer, kept: str
) -> None:
    config = _config(tmp_path, peer)
    with daemon(config) as running:
        config.write_text(kept, encoding="utf-8")
        running.signal(signal.SIGHUP)
        assert "no [[recipients]]" in running.wait_for("the old one stays")
        _drop(tmp_path, "测地甲", _in(timedelta(days=2)))
        peer.wait_for(lambda asked: len(asked) == 1)


def test_a_heartbeat_that_is_answered_but_not_noted_is_no_proof_of_life(
    tmp_path: Path, peer: HttpPeer
) -> None:
    config = _config(tmp_path, peer, more=f'heartbeat_url = "{peer.url}/beat"')
    peer.play = lambda _: Answer(body=b"OK (not found)")
    with daemon(config) as running:
        running.wait_for("heartbeat: HTTP 200, but not noted: OK (not found)")
        checks = json.loads(command(config, "check", "--json").stdout)["checks"]
        status = json.loads(command(config, "status", "--json").stdout)
    (proof,) = (check for check in checks if check["what"] == "proof of life")
    assert proof["ok"] is False
    assert "OK (not found)" in status["last_proof_words"]
