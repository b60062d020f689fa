"""A program that is told of events by a daemon that is killed while it tells it."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from notifier.domain.times import shanghai
from tests.daemon import command, daemon, write_rows
from tests.peers.http import Answer, Fault, HttpPeer, Request

_BYTES = b"planted-hook-secret-0001-32bytes"
_SECRET = "whsec_" + base64.b64encode(_BYTES).decode()
_HEADINGS = ("公告编号", "地块编号", "报名截止时间")


def _config(folder: Path, peer: HttpPeer) -> Path:
    file = folder / "config.toml"
    file.write_text(
        f'group_wait = "0s"\n[channels.crm]\ntype = "hook"\nurl = "{peer.url}/planted-path-0001"\n'
        'timeout = 30\n[channels.console]\nurl = "console://"\n'
        '[[recipients]]\nname = "team"\nchannels = ["console"]\n'
        '[[hooks]]\nname = "our crm"\nchannel = "crm"\n',
        encoding="utf-8",
    )
    file.chmod(0o600)
    (folder / "inbox").mkdir()
    return file


def _are(count: int, asked: list[Request]) -> bool:
    return len(asked) == count


def _is_signed(request: Request) -> bool:
    """Whether a receiver that knows nothing but the documentation takes it for ours."""
    signed = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}."
    mac = hmac.new(_BYTES, signed.encode() + request.body, hashlib.sha256).digest()
    return request.headers["webhook-signature"] == "v1," + base64.b64encode(mac).decode()


def test_killed_while_it_tells_it_says_the_same_under_the_same_key_once_more(
    tmp_path: Path,
) -> None:
    environment = {"NOTIFIER_CHANNELS__CRM__SECRET": _SECRET}
    close = f"{shanghai(datetime.now(UTC) + timedelta(days=9)):%Y-%m-%d %H:%M}"
    shown = ""
    with HttpPeer(lambda _: Answer()).running() as peer:
        config = _config(tmp_path, peer)
        peer.script = [Fault.SILENCE, Fault.SILENCE]
        for count in (1, 2):
            with daemon(config, environment) as running:
                rows = [("测告1号", "测地甲", close)]
                write_rows(tmp_path / "inbox" / "parcels.csv", _HEADINGS, rows)
                peer.wait_for(partial(_are, count))
                running.kill()
                shown += "\n".join(running.lines + running.out)
        with daemon(config, environment) as running:
            running.wait_for("our crm on crm, attempt 3: sent")
            running.stop()
            shown += "\n".join(running.lines + running.out)
    first, second, third = peer.requests
    assert {request.headers["webhook-id"] for request in peer.requests} == {
        first.headers["webhook-id"]
    }
    event_ids = [
        [event["id"] for event in request.json["events"]] for request in (first, second, third)
    ]
    assert event_ids == [event_ids[0]] * 3
    assert len(event_ids[0]) == 1
    assert [request.json["maybe_repeat"] for request in peer.requests] == [False, True, True]
    assert all(_is_signed(request) for request in peer.requests)
    process = command(config, "history", "--json", environment=environment)
    shown += process.stdout + process.stderr
    ledger = b"".join(file.read_bytes() for file in tmp_path.glob("notifier.db*"))
    for secret in (_SECRET.removeprefix("whsec_"), "planted-path-0001"):
        assert secret not in shown
        assert secret.encode() not in ledger
