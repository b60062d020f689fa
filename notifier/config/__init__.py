"""config.toml, the environment and systemd's credentials in, one frozen `Settings` out.

Importing this costs nothing; pydantic is loaded by the first `load_settings`.
"""

from __future__ import annotations

from notifier.config.calendars import calendar_doubts, published_calendar
from notifier.config.example_texts import example_calendar, example_config
from notifier.config.loading import SYSTEM_FILE, WORKING_FILE, load_settings
from notifier.config.setting_marks import setting_marks
from notifier.config.settings import (
    BackupSettings,
    ChannelSettings,
    ConfirmationSettings,
    Settings,
    plan_fingerprint,
)

__all__ = [
    "SYSTEM_FILE",
    "WORKING_FILE",
    "BackupSettings",
    "ChannelSettings",
    "ConfirmationSettings",
    "Settings",
    "calendar_doubts",
    "example_calendar",
    "example_config",
    "load_settings",
    "plan_fingerprint",
    "published_calendar",
    "setting_marks",
]
