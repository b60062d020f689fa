"""Words of the trade in combinations that no list holds: a label is understood by its parts, not as
a phrase."""

from __future__ import annotations

import pytest

from notifier.domain.findings import Code
from notifier.domain.values import MilestoneName
from tests.unit.test_notice_wordings import all_said, read

_WORDINGS: tuple[tuple[str, dict[str, str]], ...] = (
    (
        "有意竞买者可在2031年6月6日至2031年6月12日办公时间内前来我局索取资料、填写竞买申请书。",
        {"opens": "6-6", "closes": "6-12"},
    ),
    ("意向登记的最晚时限：2031年6月12日16时。", {"closes": "6-12 16:00"}),
    (
        "办理竞租报名手续的时间段自2031年6月6日9时开始至2031年6月12日16时结束。",
        {"opens": "6-6 9:00", "closes": "6-12 16:00"},
    ),
    ("报名资料递交的最后时限为2031年6月12日16时。", {"closes": "6-12 16:00"}),
    ("竞买资料受理截止：2031年6月12日16时。", {"closes": "6-12 16:00"}),
    ("诚意金须在2031年6月12日16时前足额进账。", {"deposit": "6-12 16:00"}),
    ("竞买保证金（含银行保函）最晚于2031年6月12日16时到位到帐。", {"deposit": "6-12 16:00"}),
    ("竞投保证金缴存时限：2031年6月12日16时止。", {"deposit": "6-12 16:00"}),
    (
        "申请购地登记时间2031年6月6日9时—2031年6月12日16时",
        {"opens": "6-6 9:00", "closes": "6-12 16:00"},
    ),
    (
        "网上挂牌交易活动启动时间：2031年6月8日9时，结束时间：2031年6月18日10时。",
        {"bidding": "6-8 9:00", "ends": "6-18 10:00"},
    ),
    (
        "自由竞价时段：2031年6月8日9时至2031年6月18日10时。",
        {"bidding": "6-8 9:00", "ends": "6-18 10:00"},
    ),
    (
        "本次挂牌于2031年6月8日9时启动，2031年6月18日10时揭牌。",
        {"bidding": "6-8 9:00", "ends": "6-18 10:00"},
    ),
    ("摘牌时刻：2031年6月18日10时。", {"ends": "6-18 10:00"}),
    ("网络拍卖开启时间为2031年6月18日10时。", {"auction": "6-18 10:00"}),
    ("现场竞买会于2031年6月18日10时在交易大厅召开。", {"auction": "6-18 10:00"}),
    (
        "竞买申请及竞买保证金到账截止时间均为2031年6月12日16时。",
        {"closes": "6-12 16:00", "deposit": "6-12 16:00"},
    ),
    ("凭缴款凭证于2031年6月12日16时前办妥报名登记。", {"closes": "6-12 16:00"}),
    ("竞得人须于2031年7月12日前补足保证金差额。", {}),
    ("资格审核结果最迟于2031年6月14日16时告知申请人。", {}),
    ("出让文件发售时间：2031年6月1日9时至2031年6月5日16时。", {}),
    (
        "现场踏勘时间2031年6月5日9时，报名时间2031年6月6日9时至2031年6月12日16时。",
        {"opens": "6-6 9:00", "closes": "6-12 16:00"},
    ),
    ("看样时间为2031年6月3日至2031年6月5日；签订成交确认书的时间为2031年6月20日9时。", {}),
)


@pytest.mark.parametrize(
    ("text", "expected"), _WORDINGS, ids=[wording[0][:30] for wording in _WORDINGS]
)
def test_a_label_is_understood_by_its_parts(text: str, expected: dict[str, str]) -> None:
    assert all_said(read(text, way="拍卖" if "auction" in expected else "挂牌")) == [expected]


def test_a_time_between_two_labels_is_a_finding_with_what_it_may_be() -> None:
    notice = read("三、竞买登记：竞买人应在2031年6月12日16时前（到账为准）办妥。")
    assert MilestoneName.DEPOSIT_CLOSE not in notice.parcels[0].milestones
    (finding,) = [
        finding for finding in notice.findings if finding.field == MilestoneName.DEPOSIT_CLOSE
    ]
    assert finding.code == Code.TIME_WITHOUT_LABEL
    assert [candidate.quote for candidate in finding.candidates]


@pytest.mark.parametrize("end", ["6月(略)", "(略)", "2031年6月****", "**"])
def test_a_window_whose_end_is_masked_opens_and_its_end_is_asked_for(end: str) -> None:
    notice = read(f"挂牌时间为2031年6月8日9时至{end}。")
    assert all_said(notice) == [{"bidding": "6-8 9:00"}]
    asked = {finding.field for finding in notice.findings if finding.code is Code.TIME_NOT_STATED}
    assert "bidding_close" in asked
