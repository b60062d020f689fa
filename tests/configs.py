"""A config file for a test, and what is said of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from notifier.config import load_settings
from notifier.errors import ConfigError

CONSOLE = '[channels.console]\nurl = "console://"\n'
ONE = CONSOLE + '[[recipients]]\nname = "张三"\n'
"""One channel, one recipient: more lines go into the recipient's table."""


def written(folder: Path, text: str) -> Path:
    file = folder / "config.toml"
    file.write_text(text, "utf-8")
    file.chmod(0o640)
    return file


def faults(file: Path) -> list[str]:
    """The lines of the ConfigError that `file` gives, without its folder."""
    with pytest.raises(ConfigError) as raised:
        load_settings(file)
    return str(raised.value).replace(f"{file.parent}/", "").splitlines()
