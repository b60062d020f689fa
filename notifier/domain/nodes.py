"""The daemons that work on one ledger at once: nodes, of which one leads."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

TERM = timedelta(seconds=6)
"""How long a node leads, or is taken for alive, after its last beat."""

MOST_AHEAD = timedelta(seconds=2)
"""How far a node's clock may be from the database's."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Node:
    """A node that is alive. `ahead`: its clock's difference from the database's.

    `until`: when it is taken for gone, unless it beats again. `config`: a mark that is the same
    for nodes of one config; `settings`: one of each setting, by its name. `version`: of the
    program.
    """

    name: str
    ahead: timedelta
    config: str
    until: datetime
    leads: bool = False
    version: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_right(self) -> bool:
        """Whether its clock is right enough to decide by."""
        return abs(self.ahead) <= MOST_AHEAD


@dataclass(frozen=True, kw_only=True, slots=True)
class Glance:
    """What a node sees at its beat, which is all that an idle one asks of the ledger.

    `present`: by the database's clock. `leads`: this node does. `leader`, `leader_config`: of
    another node that does, empty if there is none. `others_until`: when the first of the others is
    taken for gone, unless it beats again. `has_abandoned`: deliveries of gone nodes are under way.
    `waiting_since`: since then the delivery that waits longest could be sent. `has_untold`: what a
    process that is no node has stored may have to be planned or told. `last_answer`: the number of
    the last answer that is news for others. `is_described`: the ledger has this node's settings.
    """

    present: datetime
    leads: bool
    leader: str
    leader_config: str
    has_other_right: bool
    others_until: datetime | None
    has_gone: bool
    has_abandoned: bool
    waiting_since: datetime | None
    has_untold: bool
    last_answer: int
    is_described: bool
    has_other_config: bool


def objection(node: Node, alive: Collection[Node]) -> str:
    """Return why `node` leaves the work to others, or an empty text.

    `alive`: all nodes that are. A wrong clock counts only if another node has a right one: that
    somebody sends late or early is better than that nobody does.
    """
    others = [other for other in alive if other.name != node.name]
    if not node.is_right and any(other.is_right for other in others):
        return f"its clock is {abs(node.ahead).total_seconds():.1f} s off the database's"
    leader = next((other for other in others if other.leads), None)
    if leader is not None and leader.config != node.config:
        own = next((other for other in alive if other.name == node.name), node)
        names = ", ".join(differing([own, leader])) or "its program"
        return f"its config differs from that of {leader.name}, who leads: {names}"
    return ""


def differing(nodes: Collection[Node]) -> list[str]:
    """Return the names of the settings that are not the same on all these nodes."""
    known = [node.settings for node in nodes if node.settings]  # one has just begun
    names = {name for settings in known for name in settings}
    return sorted(name for name in names if len({each.get(name) for each in known}) > 1)
