"""Long messages: details go first, then parcels are shared out; never cut inside a parcel, a
character or a tag.

WeCom: 2,048 bytes of UTF-8 (developer.work.weixin.qq.com/document/path/91770). Telegram: 4,096
characters after entities parsing (core.telegram.org/bots/api#sendmessage).
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notifier.domain.drafts import Draft, DraftKind, Form, Item, ItemKind, Message, Told
from notifier.domain.findings import Code
from notifier.domain.offers import MilestoneChange, OfferChange
from notifier.domain.values import Finding, Kind, MilestoneName
from notifier.messages.render import Renderer
from notifier.testing import an_offer
from tests.drafts import NOW, a_draft, an_item, parcels

RENDERER = Renderer()
LIMITED = (Form.WECOM, Form.TELEGRAM)
KINDS = (
    ItemKind.REMINDER,
    ItemKind.ESCALATION,
    ItemKind.NEW,
    ItemKind.CHANGE,
    ItemKind.MISSED,
    ItemKind.AGENDA,
)
# what may tear a tag, a mention or a character: marks, pictures of two units, accents, half a pair,
# controls
LETTERS = "地块号上城区测试路" * 3 + "abc 12<>&@[](){}%\U0001f3d7\u0301\ud800\u202e\x00\n\t＠"


class Tags(HTMLParser):
    """Fails on a tag that is not closed, or closed in the wrong order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.shown = ""

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.shown += data


def shown(message: Message) -> str:
    """What the reader sees; fails if mark-up is torn."""
    if not message.html:
        return message.text
    page = Tags()
    page.feed(message.html)
    page.close()
    assert not page.open
    return page.shown


def size(message: Message) -> int:
    return len(message.text.encode()) if message.form is Form.WECOM else len(shown(message))


def fits(message: Message) -> bool:
    return size(message) <= (2_048 if message.form is Form.WECOM else 4_096)


def words(chance: Random, most: int = 200) -> str:
    return "".join(chance.choices(LETTERS, k=chance.randrange(most)))


def an_awkward_item(chance: Random, number: int) -> Item:
    offer = an_offer(
        id=number, key=name_of(number), parcel_no=f"{name_of(number)}{words(chance)}",
        location=words(chance),
        use=words(chance), note=words(chance), platform=words(chance), notice_no=words(chance),
    )  # fmt: skip
    kind = chance.choice(KINDS)
    return an_item(
        kind,
        offer,
        urgent=chance.random() < 0.5,
        condition=chance.choice(["", "报名不足3人" * 30]),
        note=chance.choice(["", words(chance)]),
        told=(Told(recipient=words(chance), channel="wecom", at=NOW),)
        * (kind is ItemKind.ESCALATION),
        change=OfferChange(
            file=words(chance), fields=(("use", words(chance), "b"),), kind=Kind.CORRECTION
        ),
        findings=(
            Finding(code=Code.TIME_NOT_UNDERSTOOD, params={"text": words(chance), "words": "?"}),
        ),
    )


def name_of(number: int) -> str:
    return f"第{number:03}号"


def an_awkward_draft(seed: int) -> Draft:
    """One of any kind with up to 60 parcels whose words are as bad as words can be; the same for
    the same seed."""
    chance = Random(seed)
    return a_draft(
        *(an_awkward_item(chance, number) for number in range(chance.randint(1, 60))),
        kind=chance.choice([kind for kind in DraftKind if kind is not DraftKind.ALERT]),
        language=chance.choice(["zh", "en"]),
        maybe_repeat=chance.random() < 0.5,
        failed_channels=chance.choice([(), ("企业微信" * 20,)]),
    )


def names(draft: Draft) -> list[str]:
    return sorted(item.offer.key for item in draft.items)


def names_in(message: Message) -> list[str]:
    """The names below the title."""
    _, _, body = shown(message).partition("\n")
    return sorted(set(re.findall(r"第\d{3}号", body)))


SEEDS = st.integers(0, 2**32)


@settings(max_examples=12)
@given(SEEDS, st.sampled_from(LIMITED))
def test_every_item_is_in_exactly_one_part_and_every_part_is_within_the_limit(
    seed: int, form: Form
) -> None:
    draft = an_awkward_draft(seed)
    parts = RENDERER.split(draft, form)
    assert sorted(name for part in parts for name in names(part)) == names(draft)
    for number, part in enumerate(parts, 1):
        assert len(parts) == 1 or (part.part, part.parts) == (number, len(parts))
        message = RENDERER.render(part, form)
        assert fits(message)
        assert names_in(message) == names(part)


@settings(max_examples=8)
@given(SEEDS, st.sampled_from(LIMITED), st.timedeltas(timedelta(0), timedelta(days=3)))
def test_a_part_that_is_sent_later_as_a_repeat_on_a_fallback_still_fits_and_loses_nothing(
    seed: int, form: Form, wait: timedelta
) -> None:
    draft = an_awkward_draft(seed)
    for part in RENDERER.split(draft, form):
        later = replace(part, now=draft.now + wait, maybe_repeat=True, failed_channels=("wecom",))
        message = RENDERER.render(later, form)
        assert fits(message)
        assert names_in(message) == names(part)


@settings(max_examples=8)
@given(SEEDS, st.sampled_from(LIMITED))
def test_what_is_not_split_is_within_the_limit_and_says_how_much_is_left_out(
    seed: int, form: Form
) -> None:
    draft = an_awkward_draft(seed)
    message = RENDERER.render(draft, form)
    assert fits(message)
    missing = len(draft.items) - len(names_in(message))
    more = re.search(r"另有(\d+)项未列出|Too long: (\d+) more", shown(message))
    assert missing == (int(more[1] or more[2]) if more is not None else 0)


@pytest.mark.parametrize("form", LIMITED)
@pytest.mark.parametrize("count", [1, 5, 8, 12, 20, 40])
def test_a_part_is_as_detailed_as_there_is_room_for(form: Form, count: int) -> None:
    draft = a_draft(*(an_item(offer=parcel, note="带公章" * 10) for parcel in parcels(count)))
    parts = RENDERER.split(draft, form)
    messages = [RENDERER.render(part, form) for part in parts]
    assert len(parts) == 1
    assert ("联系电话" in messages[0].text) is (count <= (5 if form is Form.WECOM else 20))
    assert "带公章" in messages[0].text or count > 12


def test_details_go_in_the_order_of_their_urgency() -> None:
    """The contacts outlast the remark, the deposit outlasts the contacts, the deadline outlasts
    all."""
    order = (
        "备注",
        "年限",
        "平台",
        "联系电话",
        "容积率",
        "位置",
        "起始价",
        "报名截止：今天 11月14日（周四）17:00",
    )
    seen: list[tuple[bool, ...]] = []
    for count in range(1, 90, 3):
        items = [
            an_item(offer=replace(parcel, parcel=replace(parcel.parcel, note="抄告")))
            for parcel in parcels(count)
        ]
        text = RENDERER.render(RENDERER.split(a_draft(*items), Form.WECOM)[0], Form.WECOM).text
        seen.append(tuple(word in text for word in order))
    for present in seen:
        assert list(present) == sorted(present)
    assert seen[0] == (True,) * len(order)
    assert seen[-1] == (False,) * (len(order) - 1) + (True,)
    assert len(set(seen)) >= 4


def test_parts_are_numbered_in_their_titles_and_the_urgent_come_first() -> None:
    items = [an_item(offer=parcel, urgent=parcel.id > 190) for parcel in parcels(200)]
    parts = RENDERER.split(a_draft(*items), Form.WECOM)
    messages = [RENDERER.render(part, Form.WECOM) for part in parts]
    assert len(parts) > 1
    for number, message in enumerate(messages, 1):
        mark = "【急】" if number == 1 else ""
        assert message.text.startswith(
            f"（{number}/{len(parts)}）{mark}报名截止 今天17:00（还剩3小时）杭政储出[2024]"
        )
    assert all(f"杭政储出[2024]{n}号" in messages[0].text for n in range(191, 201))
    assert "【急】" in messages[0].text


@pytest.mark.parametrize("form", [Form.TEXT, Form.MAIL])
def test_where_there_is_no_limit_nothing_is_left_out_and_nothing_is_split(form: Form) -> None:
    draft = a_draft(*(an_item(offer=parcel, note="带公章" * 300) for parcel in parcels(300)))
    assert RENDERER.split(draft, form) == [draft]
    message = RENDERER.render(draft, form)
    assert message.text.count("联系电话") == 300


def test_a_digest_that_is_too_long_keeps_the_soonest_and_says_what_is_missing() -> None:
    soon = [an_item(ItemKind.AGENDA, parcel, state="ahead") for parcel in parcels(100)]
    late = [
        an_item(ItemKind.AGENDA, parcel, milestone=MilestoneName.BIDDING_CLOSE, state="ahead")
        for parcel in parcels(100)
    ]
    message = RENDERER.render(a_draft(*late, *soon, kind=DraftKind.DIGEST), Form.WECOM)
    assert fits(message)
    found = re.search(r"另有(\d+)项未列出，请用 notifier agenda 查看", message.text)
    assert found is not None
    assert message.text.count("杭政储出") == 200 - int(found[1])
    assert "日程：未来14天" in message.title


def test_a_change_keeps_its_times_when_its_figures_have_no_room() -> None:
    moved = tuple(
        MilestoneChange(milestone=name, old=NOW, new=NOW + timedelta(days=1))
        for name in MilestoneName
    )
    fields = tuple((f"field{n}", "旧" * 300, "新" * 300) for n in range(40))
    change = OfferChange(milestones=moved, fields=fields, file="长" * 300)
    message = RENDERER.render(
        a_draft(an_item(ItemKind.CHANGE, change=change), kind=DraftKind.CHANGE), Form.WECOM
    )
    assert fits(message)
    assert message.text.count("明天 11月15日（周五）14:00") == len(MilestoneName)
    assert "未列出" in message.text


def test_one_parcel_with_everything_far_too_long_still_fits_with_its_deadline() -> None:
    offer = an_offer(
        parcel_no="号" * 500,
        location="长" * 5000,
        use="用" * 5000,
        note="注" * 5000,
        notice_no="告" * 500,
    )
    for form in LIMITED:
        message = RENDERER.render(
            a_draft(an_item(offer=offer, note="带" * 5000, condition="如" * 5000)), form
        )
        assert fits(message)
        assert message.title.startswith("报名截止（有条件） 今天17:00（还剩3小时）")
        assert "今天 11月14日（周四）17:00，还剩3小时" in message.text
