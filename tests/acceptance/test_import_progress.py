"""`notifier import` on a terminal, and into a file."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

from tests.configs import ONE, written

_NOTICES = sorted((Path(__file__).parent.parent / "notices").glob("0*.txt"))[:3]


def _command(folder: Path) -> list[str]:
    config = written(folder, ONE + 'channels = ["console"]\n')
    return [sys.executable, "-m", "notifier", "-c", str(config), "import", *map(str, _NOTICES)]


def test_a_terminal_is_shown_how_far_an_import_is(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    done = subprocess.run(_command(tmp_path), stdout=subprocess.PIPE, stderr=theirs, check=False)
    os.close(theirs)
    shown = os.read(ours, 65536).decode()
    os.close(ours)
    assert f"3/3 {_NOTICES[2].name[:8]}" in shown
    assert shown.count("\x1b[K") == 6  # shown and cleared for each
    assert done.stdout.decode().count("parcels new") == 3


def test_a_file_is_spared_the_bar(tmp_path: Path) -> None:
    done = subprocess.run(_command(tmp_path), capture_output=True, check=False)
    assert b"\x1b" not in done.stderr + done.stdout
