"""New parcels, changes and digests: what a recipient did not know before, and what lies ahead."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from notifier.domain.drafts import DraftKind, Form, Item, ItemKind
from notifier.domain.findings import Code
from notifier.domain.offers import Dispute, MilestoneChange, Offer, OfferChange, OfferState
from notifier.domain.values import Alternative, Finding, Kind, MilestoneName, Precision, Severity
from notifier.messages.render import Renderer
from notifier.testing import a_milestone, an_offer, shanghai_time
from tests.drafts import CLOSE, NOW, a_draft, an_item, parcels

RENDERER = Renderer()
DOUBT = Finding(code=Code.DEPOSIT_TOO_LOW, params={"percent": "10"})
BURST = 11


def rendered(*items: Item, kind: DraftKind, form: Form = Form.TEXT) -> str:
    return RENDERER.render(a_draft(*items, kind=kind), form).text


def news(*offers: Offer, findings: tuple[Finding, ...] = (), form: Form = Form.TEXT) -> str:
    return rendered(
        *(an_item(ItemKind.NEW, offer, findings=findings) for offer in offers),
        kind=DraftKind.NEW,
        form=form,
    )


def changed(change: OfferChange, offer: Offer | None = None) -> str:
    return rendered(an_item(ItemKind.CHANGE, offer, change=change), kind=DraftKind.CHANGE)


# -- new ------------------------------------------------------------------------------------------


def late(number: int = 1) -> Offer:
    """Registration has closed (12 November), bidding has not."""
    passed = {"registration_close": "2024-11-12 17:00", "bidding_close": "2024-11-15 09:00"}
    return an_offer(id=number, key=f"late {number}", parcel_no=f"甲{number}号", milestones=passed)


def test_a_new_parcel_says_which_of_its_deadlines_have_passed_already() -> None:
    text = news(late())
    assert text.splitlines()[0].endswith("（有节点已过）")
    assert "已过，来不及提醒：报名截止（11月12日17:00）" in text
    assert "来不及" not in news(an_offer())


def test_what_has_passed_is_said_in_a_burst_and_in_every_form_too() -> None:
    for form in (Form.TEXT, Form.WECOM, Form.MARKDOWN, Form.TELEGRAM, Form.MAIL):
        text = news(*(late(number) for number in range(1, BURST + 2)), form=form)
        assert "来不及提醒：报名截止（11月12日17:00）" in text


def test_a_new_parcel_with_nothing_ahead_is_told_as_what_has_passed() -> None:
    over = an_offer(parcel_no="甲1号", milestones={"registration_close": "2024-11-14 13:00"})
    text = news(over)
    assert text.splitlines()[0].endswith("（有节点已过）")
    assert "已过，来不及提醒：报名截止（今天13:00）" in text


def test_an_opening_that_has_passed_is_not_too_late_for_anything() -> None:
    opened = {"registration_open": "2024-11-01 09:00", "registration_close": "2024-11-15 17:00"}
    assert "来不及" not in news(an_offer(milestones=opened))


def test_a_new_parcel_is_told_with_its_notice_and_every_date_in_order() -> None:
    lines = news(an_offer()).splitlines()
    assert lines[0] == "新地块 杭州上城区 杭政储出[2024]901号，报名截止 今天17:00，起始价99,000万元"
    assert lines[2:8] == [
        "挂牌 杭测试告[2024]R901号",
        "  报名开始：11月5日（周二）09:00，已过9天（原文“2024年11月5日9:00”）",
        "  挂牌开始：11月5日（周二）09:00，已过9天（原文“2024年11月5日9:00”）",
        "  报名截止：今天 11月14日（周四）17:00，还剩3小时（原文“2024年11月14日17:00”）",
        "  保证金到账截止：今天 11月14日（周四）17:00，还剩3小时（原文“2024年11月14日17:00”）",
        "  挂牌截止：明天 11月15日（周五）09:00，还剩19小时（原文“2024年11月15日9:00”）",
    ]
    assert lines[8] == "· 杭政储出[2024]901号"
    assert lines[-1] == "    联系电话：0571-55501234"


def test_the_title_names_what_closes_before_what_merely_opens() -> None:
    offer = an_offer(
        milestones={
            "registration_open": "2024-11-15 09:00",
            "registration_close": "2024-11-20 17:00",
        }
    )
    assert news(offer).startswith("新地块 杭州上城区 杭政储出[2024]901号，报名截止 11月20日17:00")


def test_new_parcels_with_the_same_dates_share_them() -> None:
    text = news(*parcels(3))
    assert text.startswith("新增地块3宗（杭州），最近报名截止 今天17:00，起始价99,000万元\n")
    assert text.count("报名截止：") == 1
    assert text.count("· 杭政储出") == 3


def test_a_second_set_of_dates_is_told_with_its_condition() -> None:
    other = Alternative(
        condition="报名人数不足3人",
        milestones={MilestoneName.BIDDING_CLOSE: a_milestone("2024-11-25 10:00")},
    )
    assert "挂牌截止：11月25日（周一）10:00，还剩10天（条件：报名人数不足3人）" in news(
        an_offer(alternatives=(other,))
    )


def test_doubts_about_a_new_parcel_are_said_below_it() -> None:
    text = news(an_offer(), findings=(DOUBT,))
    assert "    核对：保证金为起始价的10%，低于20%" in text
    assert "存疑" not in text


def test_a_deadline_that_was_not_read_stands_in_the_list_of_dates() -> None:
    fields = ("registration_close", "deposit_close", "bidding_close", "far")
    findings = tuple(
        Finding(
            code=Code.TIME_NOT_UNDERSTOOD, field=field, params={"text": "待定", "words": "no date"}
        )
        for field in fields
    )
    offer = an_offer(
        milestones={"bidding_open": "2024-11-15 09:00", "bidding_close": "2024-11-25 09:00"}
    )
    lines = news(offer, findings=findings).splitlines()
    assert lines[2:7] == [
        "挂牌 杭测试告[2024]R901号",
        "  报名截止：未读出，请看原文",
        "  保证金到账截止：未读出，请看原文",
        "  挂牌开始：明天 11月15日（周五）09:00，还剩19小时（原文“2024年11月15日9:00”）",
        "  挂牌截止：11月25日（周一）09:00，还剩10天（原文“2024年11月25日9:00”）",
    ]
    assert "    核对：报名截止未读入，请看原文后补录：“待定”无法确定时间（没有日期）。" in lines


def test_a_pair_that_was_not_read_and_an_auction_without_its_start_are_listed_too() -> None:
    findings = (
        Finding(
            code=Code.TIME_NOT_UNDERSTOOD,
            field="registration",
            params={"text": "下周", "words": "no date"},
        ),
        Finding(code=Code.TIME_NOT_STATED, field="auction_start"),
    )
    offer = an_offer(kind=Kind.AUCTION, milestones={"deposit_close": "2024-11-15 09:00"})
    text = news(offer, findings=findings)
    assert "  报名截止：未读出，请看原文\n  拍卖开始：未读出，请看原文\n  保证金到账截止：" in text
    assert "报名开始" not in text


def test_a_burst_tells_what_was_not_read_too() -> None:
    doubtful, *others = parcels(BURST, milestones={"registration_close": "2024-11-14 17:00"})
    finding = Finding(code=Code.TIME_NOT_STATED, field="deposit_close")
    items = [
        an_item(ItemKind.NEW, doubtful, findings=(finding,)),
        *(an_item(ItemKind.NEW, other) for other in others),
    ]
    text = rendered(*items, kind=DraftKind.NEW)
    assert "还剩3小时（1宗）\n  保证金到账截止：未读出，请看原文\n· 杭政储出[2024]1号" in text
    assert text.count("未读出") == 1


@pytest.mark.parametrize("form", [Form.WECOM, Form.TELEGRAM])
def test_a_long_quotation_does_not_cut_off_what_to_do(form: Form) -> None:
    params = {"text": "自公告之日起" * 40, "words": "no date"}
    finding = Finding(code=Code.TIME_NOT_UNDERSTOOD, field="registration_close", params=params)
    assert "核对：报名截止未读入，请看原文后补录：“自公告" in news(
        an_offer(), findings=(finding,), form=form
    )


def test_an_area_is_told_with_two_decimals_at_most() -> None:
    assert "面积：15,493.33㎡" in news(an_offer(area_m2=Decimal("15493.3333")))
    text = changed(OfferChange(fields=(("area_m2", "15493.3333", "16000"),)))
    assert "面积（㎡）：15493.33 → 16000" in text


def test_what_is_only_information_is_not_said() -> None:
    assert "核对" not in news(an_offer(), findings=(replace(DOUBT, severity=Severity.INFO),))


def test_a_burst_of_new_parcels_is_listed_by_the_next_deadline() -> None:
    close = a_milestone("2024-11-18 00:00", precision=Precision.DAY)
    day = an_offer(id=99, parcel_no="杭政储出[2024]99号", milestones={"registration_close": close})
    none = an_offer(
        id=98, parcel_no="杭政储出[2024]98号", milestones={"bidding_close": "2024-11-01 10:00"}
    )
    text = news(none, day, *parcels(BURST))
    assert text.startswith(
        "新增地块13宗（杭州），最近报名截止 今天17:00，起始价99,000万元（有节点已过）\n"
    )
    first = text.index("报名截止：今天 11月14日（周四）17:00，还剩3小时（11宗）")
    second = text.index("报名截止：11月18日（周一），还剩4天（1宗）\n  公告未写明时刻")
    third = text.index("没有尚未到来的节点（1宗）")
    assert first < second < third
    assert all(f"· 杭政储出[2024]{n}号" in text for n in [*range(1, BURST + 1), 98, 99])
    assert "起始价：99,000万元" in text


def test_a_burst_tells_the_condition_of_a_deadline_too() -> None:
    soon = Alternative(condition="不足3人", milestones={CLOSE: a_milestone("2024-11-14 16:00")})
    text = news(*parcels(BURST, alternatives=(soon,)))
    assert text.startswith(
        "新增地块11宗（杭州），最近报名截止（有条件） 今天16:00，起始价99,000万元\n"
    )
    assert "报名截止：今天 11月14日（周四）16:00，还剩2小时（条件：不足3人）（11宗）" in text


def test_doubts_without_room_are_counted_and_their_parcels_marked() -> None:
    doubtful, *others = parcels(BURST)
    items = [
        an_item(ItemKind.NEW, doubtful, findings=(DOUBT,)),
        *(an_item(ItemKind.NEW, other) for other in others),
    ]
    text = rendered(*items, kind=DraftKind.NEW)
    assert "※ 1宗地块有疑点，标有【存疑】" in text
    assert "· 杭政储出[2024]1号【存疑】" in text
    assert text.count("【存疑】") == 2


# -- changes --------------------------------------------------------------------------------------


def test_a_postponement_is_told_as_old_time_to_new_time() -> None:
    offer = an_offer(milestones={"registration_close": "2024-11-21 17:00"})
    moved = MilestoneChange(
        milestone=CLOSE,
        old=shanghai_time("2024-11-14 17:00"),
        new=shanghai_time("2024-11-21 17:00"),
    )
    text = changed(
        OfferChange(milestones=(moved,), file="延期公告.md", kind=Kind.POSTPONEMENT), offer
    )
    assert text.startswith(
        "延期：报名截止改为 11月21日17:00 杭政储出[2024]901号（上城区测试路与样例街交…）\n\n"
        "延期：延期公告.md\n"
    )
    assert (
        "  报名截止：今天 11月14日（周四）17:00 → 11月21日（周四）17:00，"
        "还剩7天（原文“2024年11月21日17:00”）\n" in text
    )


def test_a_milestone_that_is_new_or_gone_is_told_as_such() -> None:
    at = shanghai_time("2024-11-21 17:00")
    added = MilestoneChange(milestone=CLOSE, old=None, new=at)
    gone = MilestoneChange(milestone=MilestoneName.DEPOSIT_CLOSE, old=at, new=None)
    text = changed(OfferChange(milestones=(added, gone)))
    assert "报名截止：新增 11月21日（周四）17:00，还剩7天" in text
    assert "保证金到账截止：11月21日（周四）17:00 → 取消" in text


def test_a_new_time_without_an_hour_is_told_as_a_day() -> None:
    close = a_milestone("2024-11-21 00:00", precision=Precision.DAY)
    moved = MilestoneChange(milestone=CLOSE, old=NOW, new=close.at, new_day_only=True)
    text = changed(OfferChange(milestones=(moved,)), an_offer(milestones={CLOSE: close}))
    assert "→ 11月21日（周四），还剩" in text
    assert text.startswith(
        "变更：报名截止改为 11月21日 杭政储出[2024]901号（上城区测试路与样例街交…）\n"
    )


def test_an_old_time_without_an_hour_is_told_as_a_day() -> None:
    day, hour = shanghai_time("2024-11-20 00:00"), shanghai_time("2024-11-21 17:00")
    moved = MilestoneChange(milestone=CLOSE, old=day, new=hour, old_day_only=True)
    gone = MilestoneChange(
        milestone=MilestoneName.DEPOSIT_CLOSE, old=day, new=None, old_day_only=True
    )
    text = changed(OfferChange(milestones=(moved, gone)))
    assert "报名截止：11月20日（周三） → 11月21日（周四）17:00" in text
    assert "保证金到账截止：11月20日（周三） → 取消" in text
    assert "00:00" not in text


def test_a_change_that_puts_times_out_of_order_says_so_in_its_own_message() -> None:
    close, bidding = shanghai_time("2024-11-21 17:00"), MilestoneName.BIDDING_CLOSE
    times = {"registration_close": close, "bidding_close": "2024-11-20 09:00"}
    late = MilestoneChange(milestone=CLOSE, old=shanghai_time("2024-11-14 17:00"), new=close)
    words = "报名截止晚于挂牌截止。请核对两个时间。"
    text = changed(OfferChange(milestones=(late,)), an_offer(milestones=times))
    assert text.count(words) == 1
    early = MilestoneChange(milestone=bidding, old=None, new=shanghai_time("2024-11-20 09:00"))
    text = changed(OfferChange(milestones=(late, early)), an_offer(milestones=times))
    assert text.count(words) == 1
    mended = times | {"bidding_close": "2024-11-25 09:00"}
    assert words not in changed(OfferChange(milestones=(late,)), an_offer(milestones=mended))
    other = MilestoneChange(milestone=MilestoneName.DEPOSIT_CLOSE, old=NOW, new=close)
    told_before = an_offer(milestones=times | {"deposit_close": close})
    assert words not in changed(OfferChange(milestones=(other,)), told_before)


def test_two_times_that_disagree_are_told_as_precisely_as_they_are() -> None:
    day, hour = shanghai_time("2024-11-20 00:00"), shanghai_time("2024-11-21 17:00")
    for dispute in (
        Dispute(milestone=CLOSE, stands=day, other=hour, stands_day_only=True),
        Dispute(milestone=CLOSE, stands=hour, other=day, other_day_only=True, is_set=True),
    ):
        text = changed(OfferChange(disputes=(dispute,)))
        assert "11月20日（周三）" in text
        assert "00:00" not in text


def test_changed_figures_are_told_with_both_values() -> None:
    fields = (("start_price_wan", "99000", "89000"), ("location", "", "<@all>"))
    text = changed(OfferChange(fields=fields, kind=Kind.CORRECTION, file="更正.md"))
    assert text.startswith("更正 杭政储出[2024]901号（上城区测试路与样例街交…）\n")
    assert "起始价（万元）：99000 → 89000" in text
    assert "位置：未写明 → ＜＠all>" in text


@pytest.mark.parametrize(
    ("state", "kind", "title", "line"),
    [
        (OfferState.SUSPENDED, Kind.SUSPENSION, "已中止", "在恢复之前不再提醒"),
        (OfferState.TERMINATED, Kind.TERMINATION, "已终止", "不再提醒"),
        (OfferState.SOLD, Kind.RESULT, "已成交", "不再提醒"),
    ],
)
def test_what_becomes_of_a_parcel_is_told_with_what_follows(
    state: OfferState, kind: Kind, title: str, line: str
) -> None:
    text = changed(OfferChange(state=(OfferState.OPEN, state), kind=kind))
    assert text.startswith(f"{title} 杭政储出[2024]901号（上城区测试路与样例街交…）\n")
    assert f"状态：正常 → {title}\n  {line}\n" in text


def test_a_resumption_tells_which_deadlines_stand_now() -> None:
    resumed = (OfferState.SUSPENDED, OfferState.OPEN)
    text = changed(OfferChange(state=resumed, kind=Kind.RESUMPTION))
    assert "  恢复提醒\n  报名截止：今天 11月14日（周四）17:00，还剩3小时\n" in text
    assert "挂牌截止：明天 11月15日（周五）09:00，还剩19小时" in text
    assert "挂牌开始" not in text


def test_a_resumption_that_moves_a_deadline_tells_it_once() -> None:
    moved = MilestoneChange(milestone=CLOSE, old=NOW, new=shanghai_time("2024-11-14 17:00"))
    text = changed(OfferChange(state=(OfferState.SUSPENDED, OfferState.OPEN), milestones=(moved,)))
    assert text.count("报名截止：") == 1
    over = an_offer(milestones={"bidding_close": "2024-11-01 10:00"})
    text = changed(OfferChange(state=(OfferState.SUSPENDED, OfferState.OPEN)), over)
    assert "恢复提醒\n  没有尚未到来的节点" in text


def test_a_change_that_was_not_understood_says_so_and_that_the_old_times_hold() -> None:
    text = changed(OfferChange(kind=Kind.POSTPONEMENT, file="延期.md"))
    assert "延期：延期.md\n  未读到新的时间或内容，请查看公告原文；在此之前仍按原时间提醒" in text


def test_parcels_changed_in_the_same_way_stand_together() -> None:
    moved = MilestoneChange(milestone=CLOSE, old=NOW, new=shanghai_time("2024-11-14 17:00"))
    change = OfferChange(milestones=(moved,), kind=Kind.POSTPONEMENT, file="延期.md")
    text = rendered(
        *(an_item(ItemKind.CHANGE, parcel, change=change) for parcel in parcels(3)),
        kind=DraftKind.CHANGE,
    )
    assert text.startswith("延期：报名截止改为 今天17:00 杭政储出[2024]1号 等3宗\n")
    assert text.count(" → ") == 1


# -- the digest -----------------------------------------------------------------------------------


def test_a_digest_lists_the_deadlines_of_the_days_ahead() -> None:
    first, second = parcels(2)
    later = an_offer(
        id=3, parcel_no="杭政储出[2024]3号", milestones={"registration_close": "2024-11-20 17:00"}
    )
    text = rendered(
        an_item(ItemKind.AGENDA, later, state="suspended"),
        an_item(ItemKind.AGENDA, first, new=True, state="ahead"),
        an_item(ItemKind.AGENDA, second, changed=True, state="acknowledged"),
        kind=DraftKind.DIGEST,
    )
    assert text == (
        "日程：未来14天3个节点，最近报名截止 今天17:00\n"
        "\n"
        "报名截止：今天 11月14日（周四）17:00，还剩3小时\n"
        "· 杭政储出[2024]1号（上城区测试路与样例街交叉口东南角）【新】\n"
        "· 杭政储出[2024]2号（上城区测试路与样例街交叉口东南角）【有变更】【已办】\n"
        "\n"
        "报名截止：11月20日（周三）17:00，还剩6天3小时\n"
        "· 杭政储出[2024]3号（上城区测试路与样例街交叉口东南角）【已中止】"
    )


def test_a_digest_of_nothing_says_that_there_is_nothing() -> None:
    text = RENDERER.render(a_draft(kind=DraftKind.DIGEST, ahead_days=7), Form.TEXT).text
    assert text == "日程：未来7天没有节点\n未来7天没有节点"


def test_a_message_of_several_kinds_has_a_heading_for_each() -> None:
    items = (
        an_item(ItemKind.NEW, parcels(1)[0]),
        an_item(),
        an_item(ItemKind.CHANGE, change=OfferChange()),
    )
    text = rendered(*items, kind=DraftKind.CHANGE)
    headings = [line for line in text.splitlines() if line.startswith("■")]
    assert headings == ["■ 以下节点即将到来", "■ 以下地块有变更", "■ 新增地块1宗"]
    assert text.splitlines()[0] == "变更 杭政储出[2024]901号（上城区测试路与样例街交…），另2项"


def test_the_title_names_the_deadline_that_presses_most_and_that_there_are_changes() -> None:
    moved = MilestoneChange(milestone=CLOSE, old=NOW, new=shanghai_time("2024-12-25 17:00"))
    postponed = an_offer(
        id=9, parcel_no="杭政储出[2026]150号", milestones={"registration_close": "2024-12-25 17:00"}
    )
    change = an_item(
        ItemKind.CHANGE, postponed, change=OfferChange(milestones=(moved,), kind=Kind.POSTPONEMENT)
    )
    soon = an_offer(milestones={"registration_close": "2024-11-14 14:32"})
    text = rendered(change, an_item(ItemKind.NEW, soon, urgent=True), kind=DraftKind.CHANGE)
    assert text.startswith(
        "【急】新地块 杭州上城区 杭政储出[2024]901号，报名截止 今天14:32，起始价99,000万元，"
        "另1项（含变更）\n"
    )
    calm = rendered(change, an_item(), kind=DraftKind.CHANGE)
    assert calm.startswith(
        "报名截止 今天17:00（还剩3小时）杭政储出[2024]901号（上城区测试路与样例街交…），"
        "另1项（含变更）\n"
    )
    urgent = replace(change, urgent=True)
    assert rendered(urgent, an_item(), kind=DraftKind.CHANGE).startswith(
        "【急】延期：报名截止改为 12月25日17:00 "
        "杭政储出[2026]150号（上城区测试路与样例街交…），另1项\n"
    )


def test_the_urgent_one_of_many_new_parcels_is_named_first() -> None:
    calm, *others = parcels(3)
    urgent = an_offer(id=9, parcel_no="9号地块", milestones={"bidding_close": "2024-11-14 18:00"})
    items = [an_item(ItemKind.NEW, other) for other in (calm, *others)] + [
        an_item(ItemKind.NEW, urgent, urgent=True)
    ]
    assert rendered(*items, kind=DraftKind.NEW).startswith(
        "【急】新增地块4宗（杭州），最近挂牌截止 今天18:00，起始价99,000万元\n"
    )


def test_a_change_that_is_urgent_for_a_deadline_that_did_not_move_names_it_too() -> None:
    moved = MilestoneChange(
        milestone=MilestoneName.BIDDING_CLOSE, old=NOW, new=shanghai_time("2024-11-25 10:00")
    )
    offer = an_offer(
        milestones={"registration_close": "2024-11-14 15:00", "bidding_close": "2024-11-25 10:00"}
    )
    item = an_item(
        ItemKind.CHANGE,
        offer,
        urgent=True,
        change=OfferChange(milestones=(moved,), kind=Kind.POSTPONEMENT),
    )
    assert rendered(item, kind=DraftKind.CHANGE).startswith(
        "【急】延期：挂牌截止改为 11月25日10:00 杭政储出[2024]901号（上城区测试路与样例街交…）；"
        "最近报名截止 今天15:00\n"
    )


def test_a_change_names_the_nearest_of_the_times_that_it_moved() -> None:
    far, near = (shanghai_time(day) for day in ("2024-11-25 10:00", "2024-11-20 17:00"))
    moves = (
        MilestoneChange(milestone=MilestoneName.BIDDING_CLOSE, old=NOW, new=far),
        MilestoneChange(milestone=CLOSE, old=NOW, new=near),
    )
    assert changed(OfferChange(milestones=moves)).startswith(
        "变更：报名截止改为 11月20日17:00 杭政储出[2024]901号（上城区测试路与样例街交…）\n"
    )


def test_the_year_is_said_when_it_is_another() -> None:
    offer = an_offer(milestones={"registration_close": NOW + timedelta(days=60)})
    assert "2025年1月13日（周一）14:00" in news(offer)


# -- where it was read ----------------------------------------------------------------------------


def test_a_change_names_its_notice_and_below_it_the_file() -> None:
    moved = (MilestoneChange(milestone=CLOSE, old=NOW, new=NOW + timedelta(days=7)),)
    change = OfferChange(
        milestones=moved, kind=Kind.POSTPONEMENT, notice_no="杭测试告[2024]R950号", file="x.docx"
    )
    assert "\n延期：杭测试告[2024]R950号\n" in changed(change)
    assert "\n  文件：x.docx\n" in changed(change)
    titled = replace(change, notice_no="", title="关于延期的公告")
    assert "\n延期：《关于延期的公告》\n" in changed(titled)
    nameless = replace(titled, title="")
    assert "\n延期：x.docx\n" in changed(nameless)
    assert "文件：" not in changed(nameless)


def test_a_changed_time_is_quoted_but_not_a_programs_own_writing_of_it() -> None:
    moved = (MilestoneChange(milestone=CLOSE, old=NOW, new=shanghai_time("2024-11-21 17:00")),)
    change = OfferChange(milestones=moved, kind=Kind.POSTPONEMENT)
    read = a_milestone("2024-11-21 17:00", quote="延期至11月21日下午5时")
    assert "还剩7天（原文“延期至11月21日下午5时”）" in changed(
        change, an_offer(milestones={CLOSE: read})
    )
    plain = a_milestone("2024-11-21 17:00", quote="2024-11-21T17:00:00+08:00")
    assert "原文" not in changed(change, an_offer(milestones={CLOSE: plain}))


def test_a_new_parcel_says_which_file_it_comes_from() -> None:
    assert news(an_offer(file="挂牌公告.docx")).endswith("\n    文件：挂牌公告.docx")


def test_a_long_quotation_is_shortened_and_the_first_to_go() -> None:
    close = a_milestone("2024-11-14 17:00", quote="自公告之日起至" * 30 + "17时")
    text = news(an_offer(milestones={CLOSE: close}))
    (line,) = [line for line in text.splitlines() if "原文" in line]
    assert len(line) < 110
    assert line.endswith("…”）")
    many = news(*(an_offer(id=n, key=f"{n}", parcel_no=f"{n}" * 6,
    notice_no=f"告{n}") for n in range(9)),
                form=Form.WECOM)  # fmt: skip
    assert "原文" not in many


def test_the_name_that_people_call_a_parcel_by_stands_beside_its_number_everywhere() -> None:
    offer = an_offer(aliases=("钱江世纪城单元12地块", "2024-7"))
    for kind, draft in ((ItemKind.NEW, DraftKind.NEW), (ItemKind.AGENDA, DraftKind.DIGEST)):
        assert "· 杭政储出[2024]901号（钱江世纪城单元12地块）" in rendered(
            an_item(kind, offer), kind=draft
        )
    assert rendered(an_item(offer=offer), kind=DraftKind.REMINDER).startswith(
        "报名截止 今天17:00（还剩3小时）杭政储出[2024]901号（钱江世纪城单元12地块）\n"
    )


def test_a_name_that_says_the_number_again_is_left_out() -> None:
    assert "901号（" not in news(an_offer(aliases=("杭政储出〔2024〕901号",))).splitlines()[-8]


def test_the_title_of_several_new_parcels_names_their_cities_and_the_span_of_prices() -> None:
    offers = [
        an_offer(id=1, key="a", city="杭州", start_price_wan=Decimal(99000)),
        an_offer(
            id=2,
            key="b",
            city="宁波",
            parcel_no="甬储出2024-9号",
            start_price_wan=Decimal("1234.5"),
        ),
    ]
    assert news(*offers).startswith(
        "新增地块2宗（杭州、宁波），最近报名截止 今天17:00，起始价1,234.5–99,000万元\n"
    )


def test_the_first_forty_characters_of_a_title_say_what_and_when() -> None:
    """That is what a phone shows of a notification."""
    urgent = an_item(urgent=True)
    moved = (MilestoneChange(milestone=CLOSE, old=NOW, new=shanghai_time("2024-11-21 17:00")),)
    change = an_item(ItemKind.CHANGE, change=OfferChange(milestones=moved, kind=Kind.POSTPONEMENT))
    for item, kind, when in (
        (urgent, DraftKind.REMINDER, "今天17:00"), (change, DraftKind.CHANGE, "11月21日17:00"),
        (an_item(ItemKind.NEW), DraftKind.NEW, "今天17:00"), (an_item(ItemKind.AGENDA),
        DraftKind.DIGEST, "今天17:00"),
    ):  # fmt: skip
        shown = rendered(item, kind=kind)[:40]
        assert "报名截止" in shown
        assert when in shown


def test_boundaries_are_nothing_that_people_call_a_parcel_by() -> None:
    offer = an_offer(location="东至慈湖路、南至规划河道", district="江北区")
    assert "· 杭政储出[2024]901号（江北区）" in rendered(
        an_item(ItemKind.AGENDA, offer), kind=DraftKind.DIGEST
    )
    assert "（" not in rendered(
        an_item(ItemKind.AGENDA, replace(offer, parcel=replace(offer.parcel, district=""))),
        kind=DraftKind.DIGEST,
    ).splitlines()[-1].replace("（周四）", "")
