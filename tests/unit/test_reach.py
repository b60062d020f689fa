"""Which parcels a notice of change touches, by its words and the parcels of the notice that it
changes."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from notifier.domain.offers import Offer
from notifier.domain.reach import reach
from notifier.domain.values import Change, Kind, Notice
from notifier.testing import an_offer

_NOTICE_NO = "某告〔2031〕23号"
_NUMBERS = ("2031-17号", "2031-18号", "2031-19号", "2031-20号")


def offers(*numbers: str) -> list[Offer]:
    known = numbers or _NUMBERS
    return [an_offer(id=at, key=number, parcel_no=number) for at, number in enumerate(known)]


def touched(
    words: str, known: list[Offer], kind: Kind = Kind.POSTPONEMENT, title: str = ""
) -> tuple[list[str], bool]:
    """The last figures of the parcels that are touched, and whether something fits none."""
    notice = Notice(
        file="change.txt",
        kind=kind,
        title=title,
        refers_to=(_NOTICE_NO,),
        words=f"{title}\n{words}",
    )
    found = reach(notice, known)
    return [offer.parcel.parcel_no for offer in found.offers], bool(found.unmatched)


FORMS = (
    "2031-18号地块",
    "2031-18地块",
    "2031-18号宗地",
    "“2031-18号”地块",
    "「2031-18」号地块",
    "“甲地段2031-18号”地块",
    "甲地段2031-18号地块",
    "甲地段2031-18号（某街道）地块",
    "2031-18号（某街道）地块",
    "宗地编号为2031-18号的地块",
    "宗地编号为2031-18的",
    "地块编号：2031-18",
    "编号2031-18号",
    "18号地块",
    "18号宗地",
    "第18号地块",
    "【2031-18号】地块",
    "（2031-18号）",
    "２０３１－１８号地块",
    "2031—18号地块",
    "位于人民路18号的2031-18号地块",
    "2031-18号（原2031-08号）地块",
    "与2031-19号地块相邻的2031-18号地块",
    "2031-19号地块以东的2031-18号地块",
)
PHRASES: dict[Kind, tuple[str, ...]] = {
    Kind.POSTPONEMENT: (
        "我局于2031年5月6日发布的《挂牌出让公告》（某告〔2031〕23号）中{}的报名截止时间由2031年6月2日16时延期至2031年6月12日16时。",
        "现将{}的挂牌截止时间延期至2031年6月18日10时，其他事项不变。",
        "因故，某告〔2031〕23号公告中{}挂牌报价截止时间延期至2031年5月20日上午10时30分，其余内容不变，特此公告。",
        "经研究，决定对{}的报名时间予以延长，延长至2031年6月12日16时。联系地址：某市人民路19号3楼。",
        "{}报名截止时间延期至2031年6月12日16时，2031-19号地块时间不变。",
        "{}挂牌截止时间不变，报名截止时间延期至2031年6月12日16时。",
        "我局公告挂牌出让2031-17号、2031-18号、2031-19号、2031-20号地块。现将{}的报名截止时间延期至2031年6月12日16时。",
    ),
    Kind.SUSPENSION: (
        "因规划条件调整，现决定中止某告〔2031〕23号公告中{}的挂牌出让活动，恢复时间另行公告。",
        "{}因故中止出让，其余三宗地块2031-17号、2031-19号、2031-20号照常进行。",
        "根据某政函〔2031〕19号，{}中止挂牌。",
    ),
    Kind.TERMINATION: (
        "原定于2031年6月8日拍卖的{}，现终止出让。",
        "现终止{}的出让；2031-20号地块正常进行。",
    ),
    Kind.CORRECTION: (
        "某告〔2031〕23号公告中，{}起始价“6000万元”更正为“6600万元”。特此更正。",
        "{}的保证金由800万元更正为900万元，其他地块不变。",
    ),
    Kind.RESUMPTION: (
        "我局于2031年4月22日中止的{}（某告〔2031〕23号），现恢复挂牌。恢复后报名截止时间为2031年6月10日16时。",
        "现恢复{}的挂牌，继续受理报名。",
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_change_that_names_one_parcel_touches_it_alone(form: str) -> None:
    wrong = []
    for kind, phrases in PHRASES.items():
        for phrase in phrases:
            found = touched(phrase.format(form), offers(), kind)
            if found != (["2031-18号"], False):
                wrong.append(f"{kind} {phrase.format(form)} -> {found}")
    assert wrong == []


@pytest.mark.parametrize(
    ("form", "known", "wanted"),
    [
        ("甲储〔2031〕18号地块", ("甲储〔2031〕18号", "甲储〔2031〕19号"), ["甲储〔2031〕18号"]),
        ("甲储[2031]18号地块", ("甲储〔2031〕18号", "甲储〔2031〕19号"), ["甲储〔2031〕18号"]),
        ("甲储（2031）18号宗地", ("甲储〔2031〕18号", "甲储〔2031〕19号"), ["甲储〔2031〕18号"]),
        ("〔2031〕18号地块", ("甲储〔2031〕18号", "甲储〔2031〕19号"), ["甲储〔2031〕18号"]),
        ("2031-18号地块", ("甲储2031-18", "甲储2031-19"), ["甲储2031-18"]),
        ("甲-08地块", ("甲-07", "甲-08"), ["甲-08"]),
        ("8号地块", ("甲-07", "甲-08"), ["甲-08"]),
        ("JX1202号地块", ("JX1202号", "JX1203号"), ["JX1202号"]),
        ("A地块", ("城东A", "城东B"), ["城东A"]),
        ("老城二中地块", ("老城二中地块", "老城三中地块"), ["老城二中地块"]),
        ("XG100522地块", ("XG100522", "XG100523"), ["XG100522"]),
        ("P(2031)3号地块", ("丙县P(2031)3号", "丙县P(2031)13号"), ["丙县P(2031)3号"]),
        ("2031-1号地块", ("2031-1号", "2031-11号", "2031-1-2号"), ["2031-1号"]),
        ("2031-18、19号地块", _NUMBERS, ["2031-18号", "2031-19号"]),
        ("18、19号地块", _NUMBERS, ["2031-18号", "2031-19号"]),
        ("18号、19号", _NUMBERS, ["2031-18号", "2031-19号"]),
        ("2031-18号和2031-19号地块", _NUMBERS, ["2031-18号", "2031-19号"]),
        ("2031-18号、2031-19号等2宗地块", _NUMBERS, ["2031-18号", "2031-19号"]),
        ("18、19两宗地块", _NUMBERS, ["2031-18号", "2031-19号"]),
        ("2031-18号至2031-20号地块", _NUMBERS, ["2031-18号", "2031-19号", "2031-20号"]),
        ("18至20号地块", _NUMBERS, ["2031-18号", "2031-19号", "2031-20号"]),
        ("2031-18～20号地块", _NUMBERS, ["2031-18号", "2031-19号", "2031-20号"]),
        (
            "杭政储出[2031]7号（城东街道）地块",
            ("杭政储出〔2031〕7号", "萧政储出〔2031〕7号"),
            ["杭政储出〔2031〕7号"],
        ),
    ],
)
def test_a_number_is_found_in_the_form_that_the_notice_gives_it(
    form: str, known: tuple[str, ...], wanted: list[str]
) -> None:
    wrong = []
    for kind, phrases in PHRASES.items():
        for phrase in phrases[:3]:
            if "2031-19" in phrase or "2031-20" in phrase:
                continue
            found = touched(phrase.format(form), offers(*known), kind)
            if found != (wanted, False):
                wrong.append(f"{kind} {phrase.format(form)} -> {found}")
    assert wrong == []


_OF_ALL = (
    "因系统维护，报名截止时间延期至2031年6月12日16时。",
    "现将某告〔2031〕23号公告中全部地块的报名截止时间延期至2031年6月12日16时。",
    "该公告所有地块报名截止时间延期至2031年6月12日16时，联系人：王先生，地址：某市人民路18号。",
    "本公告各地块的报名、保证金缴纳及挂牌截止时间均顺延10日，特此公告。",
    "我局于2031年5月6日发布公告（某告〔2031〕23号），挂牌出让2031-18号、2031-19号等4宗地块，现将全部地块的报名截止时间延期至2031年6月12日16时。",
    "上述4宗地块挂牌截止时间延期至2031年6月12日16时。",
    "经某政函〔2031〕18号批准，决定中止本次挂牌出让活动。",
    "报名截止时间延期至5月18号16时。",
)


@pytest.mark.parametrize("words", _OF_ALL)
def test_a_change_is_of_all_parcels_where_it_says_so_or_names_none(words: str) -> None:
    assert touched(words, offers()) == (list(_NUMBERS), False)


@pytest.mark.parametrize(
    "words",
    [
        "2031-99号地块的报名截止时间延期至2031年6月12日16时。",
        "现将甲储2031-99号宗地的报名截止时间延期至2031年6月12日16时。",
        "现终止A地块的出让，其余2宗地块拍卖活动不变。",
        "“老城二中”地块的报名截止时间延期至2031年6月12日16时。",
        "城东水厂地块的报名截止时间延期至2031年6月12日16时。",
        "宗地编号为2031-99的报名截止时间延期至2031年6月12日16时。",
        "99号地块延期至2031年6月12日16时。",
        "部分地块的报名截止时间延期至2031年6月12日16时。",
        "其中一宗地块的报名截止时间延期至2031年6月12日16时。",
    ],
)
def test_a_change_of_something_that_fits_no_known_parcel_touches_none_and_says_so(
    words: str,
) -> None:
    for kind in PHRASES:
        assert touched(words, offers(), kind) == ([], True)


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (
            "除2031-18号地块外，其余地块的报名截止时间延期至2031年6月12日16时。",
            ["2031-17号", "2031-19号", "2031-20号"],
        ),
        (
            "2031-18号地块照常进行，其余地块延期至2031年6月12日16时。",
            ["2031-17号", "2031-19号", "2031-20号"],
        ),
        (
            "全部地块（2031-18号除外）延期至2031年6月12日16时。",
            ["2031-17号", "2031-19号", "2031-20号"],
        ),
        (
            "所有地块延期至2031年6月12日16时，但2031-18号地块不延期。",
            ["2031-17号", "2031-19号", "2031-20号"],
        ),
        ("2031-18号地块延期至2031年6月12日16时，不涉及2031-19号地块。", ["2031-18号"]),
        ("2031-20号地块已于5月1日成交。现将2031-18号地块延期至2031年6月12日16时。", ["2031-18号"]),
        ("因2031-18号地块规划调整，现将全部地块延期至2031年6月12日16时。", list(_NUMBERS)),
    ],
)
def test_what_is_excepted_or_goes_on_is_not_touched(words: str, wanted: list[str]) -> None:
    assert touched(words, offers()) == (wanted, False)


def test_of_a_known_and_an_unknown_parcel_the_known_is_touched_and_the_unknown_named() -> None:
    words = "2031-18号、2031-99号地块的报名截止时间延期至2031年6月12日16时。"
    assert touched(words, offers()) == (["2031-18号"], True)


def test_more_parcels_than_are_named_are_asked_about() -> None:
    words = "2031-18号、2031-19号等3宗地块的报名截止时间延期至2031年6月12日16时。"
    assert touched(words, offers()) == (["2031-18号", "2031-19号"], True)


def test_the_end_of_a_number_that_two_parcels_share_names_neither() -> None:
    assert touched("1号地块延期至2031年6月12日16时。", offers("甲-1号", "乙-1号")) == ([], True)


def test_the_title_names_the_parcels_where_the_text_does_not() -> None:
    title = "关于2031-18号地块延期出让的公告"
    assert touched("报名截止时间延期至2031年6月12日16时。", offers(), title=title) == (
        ["2031-18号"],
        False,
    )
    assert touched("现将2031-19号地块延期。", offers(), title=title) == (["2031-19号"], False)


@pytest.mark.parametrize(("form", "kind"), list(product(FORMS[5:8], PHRASES)))
def test_the_readers_number_becomes_the_known_one(form: str, kind: Kind) -> None:
    notice = Notice(
        file="change.txt",
        kind=kind,
        refers_to=(_NOTICE_NO,),
        changes=(
            Change(parcel_no=form, field="registration_close", new="2031-06-12T16:00:00+08:00"),
        ),
        words=f"现将{form}的报名截止时间延期至2031年6月12日16时。",
    )
    found = reach(notice, offers())
    assert [change.parcel_no for change in found.notice.changes] == ["2031-18号"]
    assert found.unmatched == ()


def test_without_words_the_readers_numbers_count() -> None:
    notice = Notice(
        file="a.txt",
        kind=Kind.SUSPENSION,
        changes=(Change(parcel_no="2031-18", field="deposit_close"),),
    )
    assert [offer.parcel.parcel_no for offer in reach(notice, offers()).offers] == ["2031-18号"]
    nobody = replace(notice, changes=(Change(parcel_no="2031-99", field="deposit_close"),))
    assert reach(nobody, offers()).offers == ()
    assert reach(nobody, offers()).unmatched == ("2031-99",)
    assert len(reach(replace(notice, changes=()), offers()).offers) == 4


def test_a_notice_that_is_not_known_is_never_about_all() -> None:
    notice = Notice(file="a.txt", kind=Kind.SUSPENSION, words="现决定中止挂牌出让活动。")
    assert reach(notice, offers(), whole_notice=False).offers == ()
