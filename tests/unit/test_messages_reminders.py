"""Reminders, escalations, what is caught up with and what was missed: the words a bidder acts
on."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from notifier.domain.drafts import DraftKind, Form, ItemKind, Language, Told
from notifier.domain.values import Alternative, Kind, MilestoneName, Precision
from notifier.messages.render import Renderer
from notifier.testing import FORMS, a_milestone, an_offer, shanghai_time
from tests.drafts import CLOSE, NOW, a_draft, an_item, parcels

RENDERER = Renderer()
BIDDING = MilestoneName.BIDDING_CLOSE


def test_a_reminder_says_all_that_is_needed_to_act() -> None:
    message = RENDERER.render(
        a_draft(an_item(offer=an_offer(note="需现场勘察"), note="带公章和授权书")), Form.TEXT
    )
    assert message.text == (
        "报名截止 今天17:00（还剩3小时）杭政储出[2024]901号（上城区测试路与样例街交…）\n"
        "\n"
        "报名截止：今天 11月14日（周四）17:00，还剩3小时\n"
        "  提示：带公章和授权书\n"
        "  原文：“2024年11月14日17:00”\n"
        "· 杭政储出[2024]901号\n"
        "    位置：杭州 上城区测试路与样例街交叉口东南角\n"
        "    用途：住宅(设配套公建)用地；面积：15,000㎡；容积率：1.0-2.2；年限：70年\n"
        "    起始价：99,000万元；保证金：19,800万元；楼面价：30,000元/㎡\n"
        "    平台：浙江省土地使用权网上交易系统\n"
        "    联系电话：0571-55501234\n"
        "    备注：需现场勘察"
    )


def test_a_reminder_in_english_says_the_same() -> None:
    message = RENDERER.render(a_draft(an_item(note="seal"), language="en"), Form.TEXT)
    assert message.text == (
        "Registration closes today 17:00 (3 h left): 杭政储出[2024]901号 "
        "(上城区测试路与样例街交…)\n"
        "\n"
        "Registration closes: today, Thu 14 Nov 17:00, 3 h left\n"
        "  Note: seal\n"
        "  In the notice: “2024年11月14日17:00”\n"
        "· 杭政储出[2024]901号\n"
        "    Location: 杭州 上城区测试路与样例街交叉口东南角\n"
        "    Use: 住宅(设配套公建)用地; Area: 15,000 m²; FAR: 1.0-2.2; Term: 70年\n"
        "    Start price: 99,000 万元; Deposit: 19,800 万元; Floor price: 30,000 yuan/m²\n"
        "    Platform: 浙江省土地使用权网上交易系统\n"
        "    Contact: 0571-55501234"
    )


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_channel_is_told_every_figure(form: Form, language: Language) -> None:
    message = RENDERER.render(a_draft(an_item(), language=language), form)
    for words in (message.text, message.html) if message.html else (message.text,):
        for fact in (
            "17:00",
            "901号",
            "测试路",
            "住宅",
            "15,000",
            "99,000",
            "19,800",
            "30,000",
            "网上交易",
            "0571-55501234",
        ):
            assert fact in words


def test_the_title_begins_every_body_but_a_mails_is_its_subject_too() -> None:
    for form in FORMS:
        message = RENDERER.render(a_draft(an_item()), form)
        assert message.text.startswith(message.title + "\n")
        assert (
            message.title
            == "报名截止 今天17:00（还剩3小时）杭政储出[2024]901号（上城区测试路与样例街交…）"
        )


def test_what_is_not_known_of_a_parcel_is_left_out() -> None:
    offer = an_offer(
        location="", district="", use="", area_m2=None, floor_area_m2=None, far="", term="",
        start_price_wan=None,
        deposit_wan=None, city="", platform="", contacts=(),
    )  # fmt: skip
    lines = RENDERER.render(a_draft(an_item(offer=offer)), Form.TEXT).text.splitlines()
    assert lines[-1] == "· 杭政储出[2024]901号"


def test_a_figure_that_no_parcel_can_have_is_left_out_rather_than_written() -> None:
    offer = an_offer(
        area_m2=Decimal("1e30"), floor_area_m2=Decimal("1e-30"), start_price_wan=Decimal("NaN")
    )
    text = RENDERER.render(a_draft(an_item(offer=offer)), Form.TEXT).text
    assert "面积" not in text
    assert "起始价" not in text
    assert "保证金：19,800万元" in text


def test_an_area_that_was_published_in_mu_is_shown_to_a_hundredth_of_a_square_metre() -> None:
    text = RENDERER.render(
        a_draft(an_item(offer=an_offer(area_m2=Decimal("15493.3333")))), Form.TEXT
    ).text
    assert "面积：15,493.33㎡" in text


def test_parcels_with_the_same_deadline_stand_together_below_it() -> None:
    first, second, third = parcels(3)
    later = an_offer(
        id=4, parcel_no="杭政储出[2024]4号", milestones={"registration_close": "2024-11-15 17:00"}
    )
    draft = a_draft(*(an_item(offer=offer) for offer in (first, later, second, third)))
    text = RENDERER.render(draft, Form.TEXT).text
    today, tomorrow = text.index("今天 11月14日"), text.index("明天 11月15日")
    assert text.count("报名截止：") == 2
    assert all(today < text.index(f"· 杭政储出[2024]{n}号") < tomorrow for n in (1, 2, 3))
    assert text.index("· 杭政储出[2024]4号") > tomorrow
    assert text.splitlines()[0] == "报名截止 今天17:00（还剩3小时）杭政储出[2024]1号 等3宗，另1项"


def test_a_parcel_with_two_deadlines_is_described_once() -> None:
    offer = an_offer()
    text = RENDERER.render(
        a_draft(an_item(offer=offer), an_item(offer=offer, milestone=BIDDING)), Form.TEXT
    ).text
    assert text.count("· 杭政储出[2024]901号") == 2
    assert text.count("起始价") == 1


def test_urgent_deadlines_come_first_and_are_marked() -> None:
    offer, other = parcels(2)
    draft = a_draft(an_item(offer=offer), an_item(offer=other, milestone=BIDDING, urgent=True))
    text = RENDERER.render(draft, Form.TEXT).text
    assert text.index("【急】挂牌截止") < text.index("\n报名截止")
    assert text.startswith("【急】挂牌截止 明天09:00")


def test_two_parcels_of_the_same_number_are_told_apart_by_their_notices() -> None:
    first = an_offer(id=1, key="a", parcel_no="1号", notice_no="甲告[2024]1号")
    second = an_offer(id=2, key="b", parcel_no="1号", notice_no="乙告[2024]2号")
    text = RENDERER.render(a_draft(an_item(offer=first), an_item(offer=second)), Form.TEXT).text
    assert "· 1号（甲告[2024]1号）" in text
    assert "· 1号（乙告[2024]2号）" in text


def test_a_parcel_whose_number_is_masked_says_so() -> None:
    assert (
        "（编号不明）（杭测试告[2024]R901号）"
        in RENDERER.render(a_draft(an_item(offer=an_offer(parcel_no=""))), Form.TEXT).text
    )


def test_a_day_without_a_time_of_day_is_no_midnight() -> None:
    close = a_milestone("2024-11-18 00:00", precision=Precision.DAY)
    draft = a_draft(an_item(offer=an_offer(milestones={"registration_close": close})))
    text = RENDERER.render(draft, Form.TEXT).text
    assert "00:00" not in text
    assert (
        "报名截止：11月18日（周一），还剩4天\n  公告未写明时刻，只按日期提醒，请向出让人核实"
        in text
    )
    assert text.startswith("报名截止 11月18日（还剩4天）")


def test_on_the_day_itself_nobody_is_told_that_time_is_up_or_how_much_is_left() -> None:
    close = a_milestone("2024-11-14 00:00", precision=Precision.DAY)
    draft = a_draft(an_item(offer=an_offer(milestones={"registration_close": close})))
    assert "报名截止：今天 11月14日（周四），公告未写几点" in RENDERER.render(draft, Form.TEXT).text


def test_a_deadline_that_holds_under_a_condition_says_so_in_title_and_body() -> None:
    other = Alternative(
        condition="报名人数不足3人", milestones={BIDDING: a_milestone("2024-11-14 16:00")}
    )
    offer = an_offer(alternatives=(other,))
    item = an_item(
        offer=offer,
        milestone=BIDDING,
        at=shanghai_time("2024-11-14 16:00"),
        condition=other.condition,
    )
    text = RENDERER.render(a_draft(item), Form.TEXT).text
    assert text.startswith("挂牌截止（有条件） 今天16:00")
    assert "  有条件：报名人数不足3人" in text


def test_a_lead_that_rests_on_days_off_not_yet_published_says_so() -> None:
    assert "调休安排未公布" in RENDERER.render(a_draft(an_item(provisional=True)), Form.TEXT).text


def test_at_the_instant_itself_it_says_that_it_is_time_and_later_how_long_ago() -> None:
    draft = a_draft(an_item(milestone=BIDDING), now=shanghai_time("2024-11-15 09:00"))
    assert (
        "挂牌截止：今天 11月15日（周五）09:00，已到时间" in RENDERER.render(draft, Form.TEXT).text
    )
    late = a_draft(an_item(milestone=BIDDING), now=shanghai_time("2024-11-15 09:06"))
    assert "已过6分钟" in RENDERER.render(late, Form.TEXT).text


def test_in_a_tender_the_milestones_have_the_tenders_names() -> None:
    draft = a_draft(an_item(offer=an_offer(kind=Kind.TENDER), milestone=BIDDING))
    assert RENDERER.render(draft, Form.TEXT).title.startswith("投标截止 明天09:00")


# -- of the message itself ------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
def test_what_may_be_a_repeat_says_so(form: Form) -> None:
    message = RENDERER.render(a_draft(an_item(), maybe_repeat=True), form)
    assert "可能重复" in message.text
    assert not message.html or "可能重复" in message.html
    assert "可能重复" not in RENDERER.render(a_draft(an_item()), form).text


@pytest.mark.parametrize("form", FORMS)
def test_on_a_fallback_the_channel_that_failed_is_named(form: Form) -> None:
    message = RENDERER.render(a_draft(an_item(), failed_channels=("企业微信", "<@all>")), form)
    assert "本应由企业微信、" in message.text
    assert not message.html or "企业微信" in message.html
    assert "<@all>" not in message.html
    assert form is Form.MAIL or "<@all>" not in message.text


# -- escalations, catching up, missed -------------------------------------------------------------


def test_an_escalation_says_who_was_told_where_and_when() -> None:
    sendings = (Told(recipient="张三", channel="wecom", at=NOW - timedelta(hours=1)),)
    draft = a_draft(
        an_item(ItemKind.ESCALATION, urgent=True, told=sendings), kind=DraftKind.ESCALATION
    )
    text = RENDERER.render(draft, Form.TEXT).text
    assert text.startswith(
        "【急】无人确认：报名截止 "
        "今天17:00（还剩3小时）杭政储出[2024]901号（上城区测试路与样例街交…）\n"
    )
    assert "■ 以下节点已提醒负责人，尚无人确认" in text
    assert (
        "【急】报名截止：今天 11月14日（周四）17:00，还剩3小时\n  已提醒：张三（wecom，今天13:00）"
        in text
    )
    assert "联系电话：0571-55501234" in text


def test_an_escalation_of_what_reached_nobody_says_so() -> None:
    draft = a_draft(an_item(ItemKind.ESCALATION), kind=DraftKind.ESCALATION)
    assert "此前没有任何提醒送达" in RENDERER.render(draft, Form.TEXT).text


def test_catching_up_tells_what_is_still_ahead_before_what_was_missed() -> None:
    opened = an_item(ItemKind.MISSED, milestone=MilestoneName.BIDDING_OPEN)
    draft = a_draft(opened, an_item(), kind=DraftKind.CATCH_UP)
    text = RENDERER.render(draft, Form.TEXT).text
    assert text.startswith(
        "补发：报名截止 "
        "今天17:00（还剩3小时）杭政储出[2024]901号（上城区测试路与样例街交…），错过1项\n"
    )
    ahead, missed = (
        text.index("■ 以下节点尚未到时，请尽快办理"),
        text.index("■ 以下节点已过，未能事先提醒（错过）"),
    )
    assert (
        ahead
        < text.index("报名截止：今天")
        < missed
        < text.index("挂牌开始：11月5日（周二）09:00，已过9天")
    )


def test_what_was_missed_is_said_in_one_message_and_is_never_urgent() -> None:
    items = [
        an_item(ItemKind.MISSED, offer=parcel, milestone=MilestoneName.BIDDING_OPEN, urgent=True)
        for parcel in parcels(2)
    ]
    text = RENDERER.render(a_draft(*items, kind=DraftKind.MISSED), Form.TEXT).text
    assert text.startswith("错过提醒：挂牌开始 11月5日09:00 杭政储出[2024]1号 等2宗\n")
    assert "【急】" not in text
    assert text.count("挂牌开始：") == 1


def test_a_reminder_whose_deadline_passed_while_it_waited_is_titled_as_missed() -> None:
    draft = a_draft(
        an_item(ItemKind.MISSED, milestone=MilestoneName.BIDDING_OPEN), kind=DraftKind.REMINDER
    )
    assert RENDERER.render(draft, Form.TEXT).title.startswith("错过提醒：")
    assert RENDERER.render(
        a_draft(an_item(milestone=CLOSE), kind=DraftKind.NEW), Form.TEXT
    ).title.startswith("报名截止")


def test_of_two_deadlines_at_one_instant_title_and_body_name_the_same_first() -> None:
    """Registration, whose close is what cannot be repaired, before its deposit."""
    offer = an_offer()
    items = [
        an_item(offer=offer, milestone=MilestoneName.DEPOSIT_CLOSE, urgent=True),
        an_item(offer=offer, urgent=True),
    ]
    text = RENDERER.render(a_draft(*items), Form.TEXT).text
    assert text.startswith("【急】报名截止 今天17:00")
    assert text.index("\n【急】报名截止：") < text.index("\n【急】保证金到账截止：")
