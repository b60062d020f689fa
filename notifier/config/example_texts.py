"""The two commented files that `notifier init` writes; they document every setting."""

from __future__ import annotations

from importlib.resources import files


def example_config() -> str:
    return _text("config.example.toml")


def example_calendar() -> str:
    return _text("calendar.example.toml")


def _text(name: str) -> str:
    return files("notifier.config").joinpath(name).read_text("utf-8")
