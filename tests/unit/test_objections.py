"""When a node leaves the work to others."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from notifier.domain.nodes import Node, differing, objection

_UNTIL = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


def _node(name: str, ahead: float = 0.0, config: str = "a", *, leads: bool = False) -> Node:
    return Node(name=name, ahead=timedelta(seconds=ahead), config=config, until=_UNTIL, leads=leads)


def test_a_node_with_a_wrong_clock_leaves_the_work_to_one_with_a_right_clock() -> None:
    own = _node("own", ahead=-2.5)
    assert objection(own, [own, _node("other")]) == "its clock is 2.5 s off the database's"
    assert objection(_node("own", ahead=2.0), [_node("other")]) == ""


def test_nodes_that_all_have_wrong_clocks_work_all_the_same() -> None:
    own = _node("own", ahead=60)
    assert objection(own, [own]) == ""
    assert objection(own, [own, _node("other", ahead=61)]) == ""


def test_a_node_of_another_config_than_the_leaders_sends_nothing() -> None:
    own = _node("own", config="new")
    leader, follower = _node("leader", leads=True), _node("follower")
    assert objection(own, [own, leader]).startswith("its config differs from that of leader, who")
    assert objection(own, [own, follower]) == ""
    assert objection(_node("own", config="new", leads=True), [own, follower]) == ""


def test_the_settings_that_differ_are_named() -> None:
    own = replace(_node("own", config="new"), settings={"channels.out": "1", "a": "1", "b": "2"})
    leader = replace(_node("leader", leads=True), settings={"channels.out": "2", "a": "1"})
    assert differing([own, leader]) == ["b", "channels.out"]
    assert differing([own, own]) == []
    assert differing([own, _node("begun")]) == []
    assert objection(own, [own, leader]).endswith(": b, channels.out")
