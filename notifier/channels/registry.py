"""The services that this program knows.

To add one: its module, a line here, a test, a line in docs/channels.md.
"""

from __future__ import annotations

import re

from notifier.channels import (
    bark,
    console,
    dingtalk,
    discord,
    feishu,
    feishu_app,
    gotify,
    hook,
    mail,
    ntfy,
    pushover,
    pushplus,
    serverchan,
    slack,
    telegram,
    webhook,
    wecom_app,
    wecom_bot,
    wecom_robot,
)
from notifier.channels.contract import ChannelService
from notifier.channels.urls import scheme_of

SERVICES: tuple[ChannelService, ...] = (
    console.SERVICE,
    mail.SERVICE,
    wecom_robot.SERVICE,
    wecom_app.SERVICE,
    wecom_bot.SERVICE,
    telegram.SERVICE,
    dingtalk.SERVICE,
    feishu.SERVICE,
    feishu_app.SERVICE,
    pushplus.SERVICE,
    serverchan.SERVICE,
    bark.SERVICE,
    ntfy.SERVICE,
    slack.SERVICE,
    discord.SERVICE,
    gotify.SERVICE,
    pushover.SERVICE,
    webhook.SERVICE,
    hook.SERVICE,
)


def service_named(name: str) -> ChannelService | None:
    return next((service for service in SERVICES if service.name == name), None)


def service_of_url(url: str) -> ChannelService | None:
    """Return the service that `url` names, by its scheme or as the service itself shows it.

    None: Apprise may know it.
    """
    scheme = scheme_of(url)
    by_scheme = (service for service in SERVICES if scheme in service.schemes)
    return next(by_scheme, None) or next(
        (service for service in SERVICES if web_fields(service, url)), None
    )


def web_fields(service: ChannelService, url: str) -> dict[str, str]:
    """The fields in an address as the service itself shows it; empty if `url` is none."""
    found = re.fullmatch(service.web_address, url, re.IGNORECASE) if service.web_address else None
    return found.groupdict() if found else {}
