"""What follows from the config: one value, exchanged as a whole when the config is read again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from notifier.config import Settings
from notifier.domain.planning import Planner
from notifier.domain.recipients import MAIL_IN, OPERATORS, Recipient, Route
from notifier.messages.render import Renderer
from notifier.ports import Channel


@dataclass(frozen=True, kw_only=True, slots=True)
class Setup:
    """The settings and what is made of them.

    `recipients` holds the operators, too. `voices` says for each of them in which language and with
    which notes it is written to: recipients of one voice can share a message.
    """

    settings: Settings
    renderer: Renderer
    channels: Mapping[str, Channel]
    recipients: Mapping[str, Recipient]
    planner: Planner
    voices: Mapping[str, str]

    def routes(self) -> dict[str, tuple[Route, ...]]:
        """Return where each recipient's messages go."""
        return {name: recipient.channels for name, recipient in self.recipients.items()}

    @property
    def reply_to(self) -> str:
        """Return the address at which mails are answered; empty if they are not."""
        mail_in = self.settings.mail_in
        return "" if mail_in is None else mail_in.reply_to

    def can_press(self, channel: str, address: str) -> bool:
        """Return whether somebody who is known can press a button there."""
        replies = self.channels[channel].replies
        if replies is None:
            return False
        chats = replies.chats(address)
        if all(replies.is_personal(chat) for chat in chats):
            return bool(chats)
        return any(replies.service in person.ids for person in self.settings.people)


def make_setup(settings: Settings, renderer: Renderer, channels: Mapping[str, Channel]) -> Setup:
    recipients = {recipient.name: recipient for recipient in settings.listeners}
    if settings.operators is not None:
        recipients[OPERATORS] = settings.operators
    if settings.mail_in is not None:
        language = settings.recipients[0].language if settings.recipients else "zh"
        recipients[MAIL_IN] = Recipient(name=MAIL_IN, channels=(), language=language)
    planner = Planner(
        recipients=settings.listeners,
        calendar=settings.calendar,
        group_wait=settings.group_wait,
    )
    return Setup(
        settings=settings,
        renderer=renderer,
        channels=dict(channels),
        recipients=recipients,
        planner=planner,
        voices={name: _voice(recipient) for name, recipient in recipients.items()},
    )


class ActiveSetup:
    """The one place where the setup in use stands.

    Whoever needs it asks for it anew. One setup is never half of two configs, but a step during
    which the config is read again may work by both, one after the other.
    """

    def __init__(self, setup: Setup) -> None:
        self._setup = setup

    @property
    def setup(self) -> Setup:
        return self._setup

    def exchange(self, setup: Setup) -> None:
        """Let every step that begins from now on work by `setup`."""
        self._setup = setup


def _voice(recipient: Recipient) -> str:
    notes = [(str(rule.milestone), rule.note) for rule in recipient.rules if rule.note]
    return repr((recipient.language, notes))
