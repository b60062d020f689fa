"""A service in which people can answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from notifier.domain.drafts import Button
from notifier.domain.outcomes import PostPlace
from notifier.domain.presses import Heard, Press, Reaction


class Replies(Protocol):
    """The way in of a service whose messages can carry buttons.

    How a service joins: its `Form` has `buttons=True`, and its `send` shows `Message.buttons`; its
    `ChannelService.replies` makes an object of this protocol; `KnownPerson.ids` may hold ids of its
    `service`, which `[people]` of the config gives. All else is done above: `service/listening.py`
    calls `listen` in a thread of its own for each account, `service/press_desk.py` finds out who
    answers what and has the desk do it, and only after `react` the mark is kept. So a press that a
    crash interrupts must be heard again after it; that it acts once is not the service's concern.

    Channels of one `account` are listened to once. `listen` and `react` are called from one thread,
    which is not the one that sends; `correct` from a third.

    Where its `send` puts the `places` of a message into the outcome, `service/corrections.py` sets
    the message right when what it tells is answered elsewhere, or changes.
    """

    @property
    def service(self) -> str:
        """Return the name of the service, by which `KnownPerson.ids` knows people."""
        ...

    @property
    def account(self) -> str:
        """Return which account it is, in words that are no secret."""
        ...

    @property
    def sends_alone(self) -> bool:
        """Return whether only who listens may send: the account has one connection for both."""
        ...

    def chats(self, address: str) -> tuple[str, ...]:
        """Return the chats that a message to `address` reaches, as `Press.chats` names them."""
        ...

    def is_personal(self, chat: str) -> bool:
        """Return whether `chat` is the id of a person, who alone can press there."""
        ...

    def listen(self, mark: str) -> Heard:
        """Wait, at most half a minute, for the first press after `mark` (empty: the oldest).

        RepliesRefused if people must mend something before any press can be heard; ChannelError if
        it is to be tried again.
        """
        ...

    def react(self, press: Press, reaction: Reaction) -> None:
        """Tell who pressed, and set the message right.

        What the service refuses for good is logged only. ChannelError if it is to be tried again.
        """
        ...

    def release(self) -> None:
        """Leave whatever is heard to another node, which leads now; hold no connection open."""
        ...

    def correct(self, place: PostPlace, rows: Sequence[Sequence[Button]]) -> None:
        """Let these buttons stand below a message that arrived, instead of those that do.

        It may be asked for what stands there already. What the service refuses for good is logged
        only. ChannelError if it is to be tried again.
        """
        ...
