"""What `notifier init` writes: a commented config, and an auction that ends within minutes."""

from __future__ import annotations

import csv
from datetime import datetime, timedelta
from pathlib import Path

from notifier.cli.speech import phrase
from notifier.config import example_config
from notifier.domain.examples import NOTICE_NUMBERS
from notifier.domain.times import shanghai

# An auction lasts weeks and is reminded of by days; these show in minutes what happens then.
_RULES = """
# -- Rules of the example · 示例规则 -------------------------------------------------------
# Minutes, to see something at once. Delete all from here on for the usual schedule of days
# and hours.
# 示例用分钟；正式使用时请删除以下各行，恢复默认的按天、按小时提醒。

[[rules]]
milestone = "registration_close"
leads = ["2m", "1m", "0m"]
urgent_from = "1m"
note = "示例附言：今天启动保函开立"

[[rules]]
milestone = "deposit_close"
leads = ["2m"]

[[rules]]
milestone = "bidding_open"
leads = ["1m", "0m"]

[[rules]]
milestone = "bidding_close"
leads = ["3m", "1m", "0m"]
urgent_from = "1m"
"""
_HEADINGS = (
    "公告编号",
    "城市",
    "出让人",
    "交易平台",
    "联系电话",
    "地块编号",
    "地块位置",
    "区县",
    "土地用途",
    "出让面积(㎡)",
    "建筑面积(㎡)",
    "起始价(万元)",
    "竞买保证金(万元)",
    "报名开始时间",
    "报名截止时间",
    "保证金到账截止时间",
    "挂牌开始时间",
    "挂牌截止时间",
)
_NEXT = "{config} written. Check it with `notifier check`, then start with `notifier run`."
_EXAMPLE = "An example auction is in {record}: it ends within minutes."


def write_config(target: Path) -> str:
    """Write the commented config; return what to do next."""
    _write(target, example_config())
    return phrase(_NEXT, config=target)


def write_example(target: Path, now: datetime) -> str:
    """Write a config with rules in minutes, and a record that closes minutes after `now`."""
    inbox = target.parent / "inbox"
    inbox.mkdir(parents=True, exist_ok=True)
    record = inbox / f"example-{shanghai(now):%Y%m%d-%H%M%S}.csv"
    # the mark lets spreadsheets see UTF-8
    with record.open("x", encoding="utf-8-sig", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(_HEADINGS)
        rows.writerows(_rows(now))
    _write(target, example_config().replace('#group_wait = "30s"', 'group_wait = "5s"') + _RULES)
    return "\n".join([phrase(_NEXT, config=target), phrase(_EXAMPLE, record=record)])


def _rows(now: datetime) -> list[tuple[str, ...]]:
    def after(seconds: int) -> str:
        return f"{shanghai(now + timedelta(seconds=seconds)):%Y-%m-%d %H:%M:%S}"

    offer = (NOTICE_NUMBERS[0], "示例市", "示例市自然资源局", "示例网上交易系统", "0000-12345678")
    return [
        (
            *offer,
            "示例地块A",
            "示例区试验路1号",
            "示例区",
            "住宅用地",
            "15000",
            "33000",
            "99000",
            "19800",
            after(-60),
            after(150),
            after(150),
            after(95),
            after(270),
        ),
        (
            *offer,
            "示例地块B",
            "示例区试验路2号",
            "示例区",
            "商业用地",
            "8000",
            "24000",
            "42000",
            "8400",
            after(-60),
            after(150),
            after(150),
            after(95),
            after(300),
        ),
    ]


def _write(target: Path, text: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("x", encoding="utf-8") as out:
        out.write(text)
    target.chmod(0o640)  # keys will stand in it
