"""WeCom's markdown: deadlines in bold, and nothing from outside that could be a mark."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from notifier.domain.drafts import DraftKind, Form, ItemKind
from notifier.domain.offers import MilestoneChange, OfferChange
from notifier.domain.values import Kind
from notifier.messages.render import Renderer
from notifier.testing import an_offer
from tests.drafts import CLOSE, NOW, a_draft, an_item, parcels

RENDERER = Renderer()


def test_the_deadline_is_bold_and_an_urgent_one_is_coloured() -> None:
    calm = RENDERER.render(a_draft(an_item()), Form.MARKDOWN).markdown.splitlines()
    assert "**报名截止：今天 11月14日（周四）17:00，还剩3小时**" in calm
    urgent = RENDERER.render(a_draft(an_item(urgent=True)), Form.MARKDOWN).markdown
    assert (
        '**<font color="warning">【急】报名截止：今天 11月14日（周四）17:00，还剩3小时</font>**'
        in urgent
    )


def test_of_a_new_parcel_the_next_deadline_is_bold_and_of_a_change_the_new_time() -> None:
    new = RENDERER.render(
        a_draft(an_item(ItemKind.NEW), kind=DraftKind.NEW), Form.MARKDOWN
    ).markdown
    assert (
        "\n**报名截止：今天 11月14日（周四）17:00，还剩3小时（原文“2024年11月14日17:00”）**\n"
        in new
    )
    moved = MilestoneChange(milestone=CLOSE, old=NOW, new=NOW + timedelta(days=7))
    change = OfferChange(milestones=(moved,), kind=Kind.POSTPONEMENT)
    message = RENDERER.render(
        a_draft(an_item(ItemKind.CHANGE, change=change), kind=DraftKind.CHANGE), Form.MARKDOWN
    )
    assert (
        "**报名截止：今天 11月14日（周四）14:00 → 11月21日（周四）14:00，还剩7天**"
        in message.markdown
    )


def test_the_markdown_says_what_the_text_says() -> None:
    message = RENDERER.render(
        a_draft(*(an_item(offer=parcel) for parcel in parcels(3))), Form.MARKDOWN
    )
    bare = message.markdown.replace("**", "").replace("\n\n", "\n")
    assert bare.splitlines() == message.text.replace("\n\n", "\n").splitlines()


def test_it_fits_wecoms_bytes_in_every_part() -> None:
    draft = a_draft(*(an_item(offer=parcel, urgent=True) for parcel in parcels(60)))
    for part in RENDERER.split(draft, Form.MARKDOWN):
        message = RENDERER.render(part, Form.MARKDOWN)
        assert len(message.markdown.encode()) <= 4_096


@given(st.text(alphabet="*_`<>#[]()@!-+1. 号a\n\\", min_size=1, max_size=40))
def test_no_text_from_outside_makes_a_mark_a_link_or_a_mention(text: str) -> None:
    offer = an_offer(parcel_no=text, location=text, notice_no=text, note=text, aliases=(text,))
    markdown = RENDERER.render(a_draft(an_item(offer=offer, note=text)), Form.MARKDOWN).markdown
    bare = markdown.replace("**", "")
    assert "*" not in bare
    assert "`" not in bare
    assert "<" not in bare
    assert "](" not in bare
    assert not any(line.startswith(("#", "- ", "+ ")) for line in bare.splitlines())
