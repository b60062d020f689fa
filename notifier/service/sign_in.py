"""Signing in to the board by a link that works once; no password is kept anywhere."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from notifier.config import Settings
from notifier.domain.access import Role
from notifier.domain.drafts import DraftKind
from notifier.domain.recipients import OPERATORS, Recipient
from notifier.errors import UsageError
from notifier.ports import Ledger

LINK_LASTS = timedelta(minutes=15)
SESSION_LASTS = timedelta(days=30)
_TOKEN_BYTES = 24


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """Whoever is signed in."""

    name: str
    role: Role


class SignIn:
    """Links and sessions. A token is shown once and only its digest is kept."""

    def __init__(self, ledger: Ledger, settings: Callable[[], Settings]) -> None:
        self._ledger = ledger
        self._settings = settings

    def people(self) -> Mapping[str, Role]:
        """Return who may sign in, by name.

        Recipients are members and the operators are operators unless the config gives them another
        role.
        """
        settings = self._settings()
        found = {recipient.name: Role.MEMBER for recipient in settings.recipients}
        if settings.operators is not None:
            found[OPERATORS] = Role.OPERATOR
        return {**found, **settings.web.roles}

    def make_link(self, name: str, now: datetime, *, lasts: timedelta = LINK_LASTS) -> str:
        """Return the token of a new link for `name`.

        UsageError if nobody of this name may sign in.
        """
        known = self.people()
        if name not in known:
            raise UsageError(
                f"{name}: nobody of this name may sign in: use one of {', '.join(known)}"
            )
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        self._ledger.sign_ins.add_link(_digest(token), name, now=now, until=now + lasts)
        return token

    def send_link(self, name: str, address: Callable[[str], str], now: datetime) -> bool:
        """Queue a new link for `name` on their own channels; `address` makes an address of a token.

        False if no channel leads there. The daemon sends it: whoever calls this holds no channel's
        secret.
        """
        recipient = self._recipient(name)
        if recipient is None or name not in self.people():
            return False
        token = self.make_link(name, now)
        minutes = str(LINK_LASTS // timedelta(minutes=1))
        return self._ledger.bulletins.post(
            recipient.name,
            DraftKind.ALERT,
            recipient.channels,
            key=f"sign-in:{_digest(token).hex()}",
            body={"alert": "sign-in", "params": {"address": address(token), "minutes": minutes}},
            now=now,
            keep_for=LINK_LASTS,
            urgent=True,
        )

    def name_of_link(self, token: str, now: datetime) -> str | None:
        """Return whom a link signs in, without using it up; None if it works no more."""
        return self._ledger.sign_ins.name_of_link(_digest(token), now)

    def use_link(self, token: str, now: datetime) -> str | None:
        """Use a link up; return the token of a new session, None if the link works no more."""
        session = secrets.token_urlsafe(_TOKEN_BYTES)
        name = self._ledger.sign_ins.use_link(
            _digest(token), _digest(session), now=now, until=now + SESSION_LASTS
        )
        return None if name is None else session

    def person(self, session: str, now: datetime) -> Person | None:
        """Return whose session it is.

        None: it has ended, or the config no longer has the person.
        """
        name = self._ledger.sign_ins.name_of_session(_digest(session), now) if session else None
        role = None if name is None else self.people().get(name)
        return None if name is None or role is None else Person(name=name, role=role)

    def extend_session(self, session: str, now: datetime) -> None:
        """Let a session go on for as long as a new one lasts."""
        self._ledger.sign_ins.extend_session(_digest(session), now=now, until=now + SESSION_LASTS)

    def end_session(self, session: str) -> None:
        self._ledger.sign_ins.end_session(_digest(session))

    def _recipient(self, name: str) -> Recipient | None:
        settings = self._settings()
        recipients = {recipient.name: recipient for recipient in settings.recipients}
        if settings.operators is not None:
            recipients[OPERATORS] = settings.operators
        return recipients.get(name)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
