"""Pages of a PDF that are damaged, or whose letters mean nothing: named, or read as pictures."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from random import Random

import pytest
from PIL import Image

from notifier.domain.findings import Code
from notifier.domain.values import Notice, Source
from notifier.errors import IntakeError, NeedsPictures
from notifier.intake import read_data
from notifier.intake.documents.pdf.damaged_streams import damaged_streams
from notifier.intake.documents.pdf.letters import is_gibberish
from notifier.intake.limits import Limits
from tests.file_sources import DATA, HEAD, TIMES, packed, page
from tests.papers.printed import PrintedPage, Words, pdf_of
from tests.scans import Look, pdf
from tests.scans import page as page_of_text

Say = Callable[[str], str]

FIRST = (*HEAD, "地块编号：2031-1号", TIMES[0])
OTHERS = (
    "其他事项：竞买人应当仔细阅读出让文件的全部内容。",
    "未尽事宜另行通知，请与交易中心联系。",
)
SECOND = (*TIMES[1:], *OTHERS)


def _page(lines: Sequence[str]) -> PrintedPage:
    words = [Words(line, 60, 60 + 18 * number) for number, line in enumerate(lines)]
    return PrintedPage(words=words, width=595, height=842)


def _pdf(say: Say = str) -> bytes:
    """Two pages; `say`: what the font of the second one calls each character."""
    return pdf_of([_page(FIRST), _page(SECOND)], says={2: say})


def _is_figure(sign: str) -> bool:
    return sign.isascii() and sign.isdigit()


def _any_han(sign: str) -> str:
    return sign if sign.isascii() else chr(Random(sign).randrange(0x4E00, 0x9F00))


WITHOUT_MEANING: Mapping[str, Say] = {
    "no glyph has a character": lambda _sign: "",
    "figures alone have one": lambda sign: sign if _is_figure(sign) else "",
    "characters for private use": lambda sign: chr(0xE000 + ord(sign) % 0x1000),
    "the next character each": lambda sign: chr(ord(sign) + 1),
    "other Han characters": _any_han,
    "letters and marks": lambda sign: chr(0x21 + ord(sign) % 94),
    "letters of Western Europe": lambda sign: chr(0xC0 + ord(sign) % 64),
}


@pytest.fixture
def without_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)


def _read(data: bytes, limits: Limits | None = None) -> Notice:
    (notice,) = read_data("公告.pdf", data, limits or Limits())
    return notice


def _named(notice: Notice, code: Code) -> set[int | None]:
    return {finding.place.page for finding in notice.findings if finding.code is code}


def _times(notice: Notice) -> set[str]:
    (parcel,) = notice.parcels
    return {name.value for name in parcel.milestones}


@pytest.mark.usefixtures("without_pictures")
@pytest.mark.parametrize("say", WITHOUT_MEANING.values(), ids=WITHOUT_MEANING)
def test_a_page_without_meaning_is_named_and_the_others_are_read(say: Say) -> None:
    notice = _read(_pdf(say))
    assert _times(notice) == {"registration_close"}
    assert _named(notice, Code.NO_TEXT_LAYER) == {2}


@pytest.mark.usefixtures("without_pictures")
def test_a_file_without_meaning_is_refused_in_words() -> None:
    with pytest.raises(IntakeError, match=r"notifier\[ocr\]"):
        _read(pdf_of([_page(SECOND)], says={1: _any_han}))


@pytest.mark.usefixtures("without_pictures")
def test_a_page_some_of_whose_letters_mean_nothing_is_read_and_named() -> None:
    notice = _read(_pdf(lambda sign: "" if sign in "其全请" else sign))  # few, as bullets are
    assert _named(notice, Code.PAGE_BROKEN) == set()
    notice = _read(_pdf(lambda sign: "" if sign in OTHERS[0] else sign))
    assert _named(notice, Code.PAGE_BROKEN) == {2}
    assert _named(notice, Code.NO_TEXT_LAYER) == set()
    assert "registration_close" in _times(notice)


def test_a_page_without_meaning_is_read_as_a_picture_where_that_is_possible(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if find_spec("rapidocr") is None:
        pytest.skip("notifier[ocr] is not installed")
    asked: list[int] = []

    def rendered(_data: bytes, number: int) -> object:
        asked.append(number)
        return page_of_text(SECOND, (), Look())

    monkeypatch.setattr("notifier.intake.documents.pictures.rendered", rendered)
    data = _pdf(_any_han)
    with pytest.raises(NeedsPictures):
        _read(data)
    notice = _read(data, Limits().for_pictures())
    assert asked == [2]
    sources = {name.value: found.source for name, found in notice.parcels[0].milestones.items()}
    assert sources == {
        "registration_close": Source.STATED,
        "deposit_close": Source.SCANNED,
        "bidding_open": Source.SCANNED,
        "bidding_close": Source.SCANNED,
    }
    assert not _named(notice, Code.NO_TEXT_LAYER)


def test_of_a_file_beside_a_notice_the_pages_with_text_are_read() -> None:
    if find_spec("rapidocr") is None:
        pytest.skip("notifier[ocr] is not installed")
    pages = [_page((*HEAD, "地块编号：2031-5号", TIMES[0])), _page(SECOND)]
    files = {
        "公告.html": page(),
        "另一公告.pdf": pdf_of(pages, says={2: _any_han}),
        "b.zip": packed({"扫描.pdf": pdf([page_of_text(SECOND, (), Look())])}),
    }
    first, second = read_data("两个.zip", packed(files), Limits())
    assert {parcel.parcel_no for parcel in first.parcels} == {"2031-1号", "2031-2号"}
    assert (second.file, _times(second)) == ("两个.zip/另一公告.pdf", {"registration_close"})
    assert _named(second, Code.NO_TEXT_LAYER) == {2}
    unread = [found.params for found in first.findings if found.code is Code.MEMBER_NOT_READ]
    assert [params["text"] for params in unread] == ["另一公告.pdf", "扫描.pdf"]
    assert all("put it in by itself" in params["words"] for params in unread)


@pytest.mark.parametrize("is_drawn", [True, False])
def test_a_page_of_which_a_picture_shows_nothing_stays_as_it_is(
    monkeypatch: pytest.MonkeyPatch, is_drawn: bool
) -> None:
    if find_spec("rapidocr") is None:
        pytest.skip("notifier[ocr] is not installed")

    def rendered(_data: bytes, _number: int) -> object:
        if not is_drawn:
            raise IntakeError("this is not a readable PDF")
        return Image.new("RGB", (800, 1_000), "white")

    monkeypatch.setattr("notifier.intake.documents.pictures.rendered", rendered)
    data = _pdf(lambda sign: "" if sign in OTHERS[0] else sign)
    notice = _read(data, Limits().for_pictures())
    assert _named(notice, Code.PAGE_BROKEN) == {2}
    assert "registration_close" in _times(notice)


# -- damage ---------------------------------------------------------------------------------------


def _with_wrong_checksum(data: bytes, begin: int) -> bytes:
    """Return the file whose first stream from a place on does not fit its checksum."""
    end = data.index(b"\nendstream", begin)
    return data[: end - 1] + bytes([data[end - 1] ^ 1]) + data[end:]


def _nth_stream(data: bytes, number: int) -> int:
    return [found.start() for found in re.finditer(rb"(?<!end)stream\n", data)][number]


@pytest.mark.usefixtures("without_pictures")
@pytest.mark.parametrize(
    ("stream", "pages"),
    [(0, {1, 2}), (1, {1}), (2, {2})],
    ids=["the font of both", "the first page", "the second page"],
)
def test_the_times_of_a_damaged_page_are_named(stream: int, pages: set[int]) -> None:
    data = pdf_of([_page(FIRST), _page(SECOND)])
    notice = _read(_with_wrong_checksum(data, _nth_stream(data, stream)))
    assert _named(notice, Code.PAGE_BROKEN) == pages
    of_pages = {1: {"registration_close"}, 2: {"deposit_close", "bidding_open", "bidding_close"}}
    broken = {finding.field for finding in notice.findings if finding.code is Code.TEXT_BROKEN}
    assert broken == set().union(*(of_pages[page] for page in pages))
    assert _times(notice) == set().union(*of_pages.values())


@pytest.mark.usefixtures("without_pictures")
@pytest.mark.parametrize(("kind", "pages"), [(b"FontFile", set()), (b"ToUnicode", {1})])
def test_the_shapes_of_letters_do_not_matter_where_a_map_says_what_they_are(
    kind: bytes, pages: set[int]
) -> None:
    data = (DATA / "printed.pdf").read_bytes()
    number = re.search(rb"/%s (\d+) 0 R" % kind, data)
    assert number is not None
    place = re.search(rb"\n%s 0 obj\b" % number[1], data)
    assert place is not None
    notice = _read(_with_wrong_checksum(data, place.start()))
    assert _named(notice, Code.PAGE_BROKEN) == pages


def test_a_stream_is_damaged_if_it_breaks_off_or_does_not_fit_its_checksum() -> None:
    packed = zlib.compress(b"x" * 200 + bytes(range(200)))
    with damaged_streams() as damaged:
        assert len(damaged.unpacked(packed[:-4])) == 400  # it lacks its checksum alone
        assert not damaged.touch({packed})
        damaged.unpacked(packed[:-20])
        assert damaged.touch({packed[:-20]})
        assert not damaged.touch(set())
        with pytest.raises(zlib.error):
            damaged.unpacked(packed[:2] + b"\xff" * 20)
        assert damaged.touch(set())
        assert damaged.touch(set())  # it may be a font that each page uses


# -- letters --------------------------------------------------------------------------------------

_ENGLISH = "Notice 12: the deposit ($ 5,000) is due on 2031-05-20, see <https://a.example.com/x>. "
_FIGURES = "1,234.56 (70%) 2031-05-20 17:00; A-1, B-2 / 3.5 "


@pytest.mark.parametrize(
    "text",
    [_ENGLISH, _FIGURES, "".join(FIRST), "劉建國、陳國棟、王小明、李大華；", "____ " * 3, "龘靐齉"],
)
def test_what_people_write_is_no_gibberish(text: str) -> None:
    assert not is_gibberish(text * (1 if text == "龘靐齉" else 5))
