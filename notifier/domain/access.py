"""Roles: the rights of a person on the board."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """A READER sees everything.

    A MEMBER also answers for parcels, an OPERATOR also takes back and silences.
    """

    READER = "reader"
    MEMBER = "member"
    OPERATOR = "operator"

    def covers(self, needed: Role) -> bool:
        """Return whether whoever has this role may do what `needed` asks for."""
        ranks = list(Role)
        return ranks.index(self) >= ranks.index(needed)
