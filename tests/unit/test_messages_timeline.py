"""The digest's picture: what is drawn, that it is drawn, and that the words do not depend on it."""

from __future__ import annotations

import io
import subprocess
import tempfile
import warnings
from dataclasses import replace
from datetime import date
from importlib.resources import files
from typing import Any

import pytest
from PIL import Image

from notifier.domain.drafts import Draft, DraftKind, Form, ItemKind
from notifier.domain.offers import Offer
from notifier.domain.values import Alternative, MilestoneName, Precision
from notifier.messages import drawing
from notifier.messages.catalogue import words
from notifier.messages.drawing import _handles, _lines, characters, draw
from notifier.messages.render import Renderer
from notifier.messages.timeline import timeline, what_to_draw
from notifier.testing import a_milestone, an_offer
from tests.drafts import CLOSE, a_draft, an_item, parcels

_FONT = str(files("notifier.messages").joinpath("fonts/NotoSansSC-subset.otf"))
_TIMES = {
    "registration_open": "2024-11-05 09:00",
    "registration_close": "2024-11-15 17:00",
    "deposit_close": "2024-11-15 16:00",
    "bidding_close": "2024-11-18 10:00",
    "auction_start": "2024-11-18 10:05",
}


def digest(*offers: Offer, **fields: Any) -> Draft:
    items = [an_item(ItemKind.AGENDA, offer) for offer in offers]
    return a_draft(*items, kind=DraftKind.DIGEST, ahead_days=7, **fields)


def size(png: bytes) -> tuple[int, int]:
    with Image.open(io.BytesIO(png)) as image:
        image.verify()
        return image.size


@pytest.fixture(scope="module")
def picture() -> bytes:
    png = timeline(digest(an_offer(parcel_no="杭政储出[2024]121号", milestones=_TIMES)))
    assert png is not None
    return png


def test_the_picture_is_a_png_of_two_pixels_for_each_point_of_a_phone_that_is_420_wide(
    picture: bytes,
) -> None:
    width, height = size(picture)
    assert width == 840
    assert 300 < height < 700
    assert len(picture) < 500_000


def test_more_parcels_make_it_higher_than_wide_and_too_many_are_counted() -> None:
    spec = what_to_draw(digest(*parcels(50, milestones=_TIMES)))
    assert len(spec["rows"]) == 16
    assert spec["more"] == "另有34宗未画出"
    png = _drawn(spec)
    width, height = size(png)
    assert width == 840 < height
    assert len(png) < 2_000_000  # WeCom takes no larger one


def test_its_type_is_large_enough_for_a_phone() -> None:
    """Twelve points at least where 420 of them are as wide as the picture."""
    points_on_phone = drawing._SMALL / 72 * drawing._DPI / 2
    assert points_on_phone >= 12
    assert drawing._WIDTH * drawing._DPI == 840


def test_a_row_says_its_windows_its_marks_and_nothing_that_is_not_known() -> None:
    (row,) = what_to_draw(digest(an_offer(parcel_no="1号地", milestones=_TIMES)))["rows"]
    registration, bidding = row["bars"]
    assert (registration["from"], registration["words"], bidding["words"]) == (
        -8.625,
        "15日17:00",
        "18日10:00",
    )
    assert (registration["to"], bidding["to"]) == (
        pytest.approx(1 + 17 / 24),
        pytest.approx(4 + 10 / 24),
    )
    assert bidding["from"] is None
    assert [(mark["milestone"], mark["words"]) for mark in row["marks"]] == [
        ("deposit_close", "15日16:00"), ("auction_start", "18日10:05"),
    ]  # fmt: skip


def test_a_day_without_an_hour_is_named_without_one() -> None:
    day = a_milestone("2024-11-15 00:00", precision=Precision.DAY)
    (row,) = what_to_draw(digest(an_offer(milestones={CLOSE: day})))["rows"]
    assert row["bars"][0]["words"] == "15日"


def test_a_row_is_called_by_its_number_and_what_people_call_it() -> None:
    named = an_offer(parcel_no="2024-7号", aliases=("世纪城12地块",), milestones=_TIMES)
    assert what_to_draw(digest(named))["rows"][0]["label"] == "2024-7号（世纪城12地块）"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_font_has_every_character_of_the_pictures_own_words(language: Any) -> None:
    spec = what_to_draw(digest(an_offer(milestones=_TIMES), language=language))
    own = [spec["title"], *spec["days"], spec["now"]["words"], *spec["legend"].values()]
    own += [words(language)("picture.more", count=3), words(language)("parcel.no_number")]
    assert {
        char for text in own for char in text if char != "\n" and ord(char) not in characters(_FONT)
    } == set()


def test_the_font_has_the_common_characters_of_places_and_numbers() -> None:
    wanted = (
        "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
        "储出挂拍告字号〔〕［］【】（）圳滘埇硚"
    )
    assert {char for char in wanted if ord(char) not in characters(_FONT)} == set()


@pytest.mark.parametrize(
    "number", ["$\\frac{a}{b}$ x_1^2", "龘𠮷\U0001f3d7号", "a\x00b\x1b[31m\n", "长" * 300, ""]
)
def test_whatever_a_parcel_is_called_it_is_drawn_literally_and_nothing_is_missing(
    number: str,
) -> None:
    from matplotlib.font_manager import FontProperties

    spec = what_to_draw(digest(an_offer(parcel_no=number, milestones=_TIMES)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # matplotlib warns of a glyph that is missing
        assert size(draw(spec, FontProperties(fname=_FONT), characters(_FONT)))


def test_a_mail_shows_the_picture_within_its_text_and_telegram_attaches_it() -> None:
    draft = digest(an_offer(milestones=_TIMES))
    mail, chat = (Renderer().render(draft, form) for form in (Form.MAIL, Form.TELEGRAM))
    assert 'src="cid:timeline.png"' in mail.html
    for message in (mail, chat):
        assert [
            first.media_type for first in message.attachments if first.name == "timeline.png"
        ] == ["image/png"]


def test_wecom_gets_it_beside_its_words_within_two_megabytes() -> None:
    (attached,) = Renderer().render(digest(an_offer(milestones=_TIMES)), Form.MARKDOWN).attachments
    assert (attached.name, attached.media_type) == ("timeline.png", "image/png")
    assert len(attached.content) < 2_000_000


def test_plain_text_has_words_alone() -> None:
    assert Renderer().render(digest(an_offer(milestones=_TIMES)), Form.TEXT).attachments == ()


def test_what_is_no_digest_and_a_digest_of_nothing_have_no_picture() -> None:
    assert timeline(a_draft(an_item(), kind=DraftKind.REMINDER)) is None
    assert timeline(digest()) is None


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise subprocess.CalledProcessError(1, "draw", stderr=b"no memory")

    monkeypatch.setattr(subprocess, "run", fail)


@pytest.mark.usefixtures("broken")
def test_a_picture_that_cannot_be_drawn_costs_the_picture_alone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    message = Renderer().render(digest(an_offer(milestones=_TIMES)), Form.MAIL)
    assert "cid:" not in message.html
    assert "11月15日" in message.text
    assert "no memory" in caplog.text


def test_a_disk_without_space_for_the_picture_costs_the_picture_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(**_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryDirectory", full)
    assert "11月15日" in Renderer().render(digest(an_offer(milestones=_TIMES)), Form.MAIL).text


def test_what_is_skipped_or_conditional_is_drawn_faint_and_days_off_as_published() -> None:
    conditional = (
        Alternative(
            condition="不足三家改为挂牌", milestones={CLOSE: a_milestone("2024-11-20 10:00")}
        ),
    )
    skipped, other = parcels(2, milestones=_TIMES)
    other = replace(other, parcel=replace(other.parcel, alternatives=conditional))
    items = (an_item(ItemKind.AGENDA, skipped, state="skipped"), an_item(ItemKind.AGENDA, other))
    days_off = frozenset({date(2024, 11, 18)})  # a Monday
    spec = what_to_draw(a_draft(*items, kind=DraftKind.DIGEST, ahead_days=7, days_off=days_off))
    assert [row["pale"] for row in spec["rows"]] == [True, False]
    assert [bar["conditional"] for bar in spec["rows"][1]["bars"]] == [False, False, True]
    assert spec["off"] == [4]


def test_what_is_done_is_drawn_hollow_and_named_so() -> None:
    offer = an_offer(parcel_no="1号地", milestones=_TIMES)
    items = [
        an_item(ItemKind.AGENDA, offer, MilestoneName(name), state=state)
        for name, state in (
            ("registration_close", "acknowledged"), ("deposit_close", "acknowledged"),
            ("bidding_close", "ahead"),
            ("auction_start", "ahead"),
        )
    ]  # fmt: skip
    spec = what_to_draw(a_draft(*items, kind=DraftKind.DIGEST, ahead_days=7))
    (row,) = spec["rows"]
    assert [bar["done"] for bar in row["bars"]] == [True, False]
    assert [mark["done"] for mark in row["marks"]] == [True, False]
    assert spec["legend"]["done"] == "已办"
    done, undone = (
        Image.open(
            io.BytesIO(_drawn(spec | {"rows": [row | {"bars": [bar], "marks": []}]}))
        ).convert("RGB")
        for bar in (row["bars"][0], row["bars"][0] | {"done": False})
    )
    blue = (68, 139, 220)  # the registration's colour over white
    assert _count(done, blue) < 700 < 3_000 < _count(undone, blue)  # the legend keeps the colour


def _drawn(spec: dict[str, Any]) -> bytes:
    from matplotlib.font_manager import FontProperties

    return draw(spec, FontProperties(fname=_FONT), characters(_FONT))


def _count(image: Image.Image, colour: tuple[int, int, int]) -> int:
    return sum(
        count
        for count, shown in image.getcolors(1 << 24) or []
        if isinstance(shown, tuple)
        and all(abs(a - b) < 8 for a, b in zip(shown, colour, strict=False))
    )


def test_the_legend_explains_what_is_drawn_and_nothing_else() -> None:
    spec = what_to_draw(digest(an_offer(parcel_no="1号地", milestones=_TIMES)))
    assert [handle.get_label() for handle in _handles(spec, str)] == [
        "报名", "报价", "保证金到账截止", "限时竞价开始", "现在",
    ]  # fmt: skip
    skipped = an_item(ItemKind.AGENDA, an_offer(milestones=_TIMES), state="skipped")
    days_off = frozenset({date(2024, 11, 16)})
    other = what_to_draw(a_draft(skipped, kind=DraftKind.DIGEST, ahead_days=7, days_off=days_off))
    assert [handle.get_label() for handle in _handles(other, str)][-3:] == [
        "不参与、中止或有条件",
        "休息日",
        "现在",
    ]


def test_what_is_over_takes_no_line() -> None:
    (row,) = what_to_draw(
        digest(an_offer(milestones=_TIMES | {"deposit_close": "2024-11-10 16:00"}))
    )["rows"]
    assert [first.get("window", first.get("milestone")) for first in _lines(row)] == [
        "registration", "bidding", "auction_start",
    ]  # fmt: skip


def test_two_parcels_of_one_number_are_told_apart_by_their_notices() -> None:
    offers = (an_offer(id=n, key=f"{n}", notice_no=f"甲告{n}号", parcel_no="1号") for n in (1, 2))
    first, second = what_to_draw(digest(*offers))["rows"]
    assert first["label"] != second["label"]
