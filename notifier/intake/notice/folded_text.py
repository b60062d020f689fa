"""Fold the running text of a notice.

One width, simplified characters, no spaces that type-setting left behind.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib.resources import files
from itertools import pairwise

from notifier.domain.values import Place
from notifier.intake.documents import Document, Paragraph, Table
from notifier.intake.written_times import fold, tokens

_HAN = "㐀-䶿一-鿿〇"
# sites that guard their text against copying set the sound in brackets behind a character, and
# double its commas: `一,、`, `文件,,办理`
_SOUND = re.compile(
    rf"\((?<=[{_HAN}]\()[a-z]*[āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜêü][a-zāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜêü]*\)"
)
_DOUBLED = re.compile("[,，](?=[,，、。；;])")
_DASHES = re.compile("[‐-―−–—─━]+")
_SPACE = re.compile(r"(?<![0-9A-Za-z])\s+|\s+(?![0-9A-Za-z])")
_LOST_DASH = re.compile(r"(?<=\d[:]\d\d)\s?(?=20\d\d\s?(?:年|-\d\d?-|/\d\d?/|\.\d\d?\.))")
# `6月2 1日`, `202 5年`, `2 0 25年`, `1 7时`: what stood between the figures of one number
_SPLIT_FIGURES = re.compile(
    r"(?<=[年月日时午至到])\d \d(?=[月日时点分])|(?<![\d.])2 ?0 ?\d ?\d(?=年)"
)
_PAGE_MARK = re.compile(r"(\d{1,3})[、.]\s*")
ITEM = re.compile(
    r"[一二三四五六七八九十叁贰壹肆伍]{1,3}[、.,]|\([一二三四五六七八九十\d]{1,3}\)|\d{1,2}[、.)](?!\d)|[①-⑳#★●◆-]"
    r"|\d{1,2}(?:\.\d{1,2}){1,2}[、.]?(?=[一-鿿])(?![万亿元平公亩米倍层年月日时分秒个])"
)
_LABELLED = re.compile(
    rf"(?:[{_HAN}\s()/、]|m2){{2,24}}:"
    # a parcel's number: `2031-03号:该宗地位于…`
    rf"|[A-Z\d\[(〔【][A-Za-z\d()\[\]〔〕【】\-]{{3,30}}号?(?:地块|宗地)?:(?=[{_HAN}])"
)
# `用途:工业 使用年限:50年`: a space parts what stands side by side
_BESIDE = re.compile(rf"(?<=[^\s:,;。、])\s+(?=(?:[{_HAN}()/]\s?){{2,16}}:)")
_CLOSED = tuple("。;:!?》”」|")
# where a line may break within a time: `2025年10` `月17日`, `17日9:` `30至`; not after one that is
# whole
_IN_A_DATE = re.compile(
    r"(?:20\d\d[年\-/.][\d月日\-/.]*|\d月\d{0,2}日?|[日午晚]\d{1,2}[:时]?|[至到])$"
)
_IN_A_CLOCK = re.compile(r"(?:[日午晚]|[\-/.]\d{1,2}\s)\s?\d{1,2}:$")
_DATE_GOES_ON = re.compile(r"[\d年月日时分至]|[上下中]午")
_A_WHOLE_YEAR = re.compile(r"20\d\d\s?年")  # begins a date of its own: only `至` leads up to it
_ONLY_TIMES = re.compile(r"[\d年月日时分秒:\-/.\s至到止起前上下午()~]+")
_UNIT_GOES_ON = re.compile(r"[年月日时分号]")
# `挂牌截止时间:…15时` `2031-5号地块继续中止`
_OF_A_PARCEL = re.compile(
    r"[A-Z\d\[(〔【][A-Za-z\d()\[\]〔〕【】\-]{2,30}号?(?:地块|宗地|[ :](?=20\d\d年))"
)
# of a page that has each piece of mark-up on a line of its own: `定于` `2025` `年` `11` `月`
_SPLINTER = re.compile(r"[年月日时分][上下午前]{0,3}")
_BARE_YEAR = re.compile(r"20\d\d")
_FEWEST_SPLINTERS = 3
# `…10日09时00分` `至2031年…`: broken at the joint of a range
_ENDS_WITH_TIME = re.compile(r"\d(?:[日时分号]|:\d\d)起?$")
_UNTIL_A_DATE = re.compile(r"起?[至到]\s?(?:20)?\d")
# `…至2031年12月2日` `YL2031-18号10时,…`: the hours of that day, each of its parcel
_ENDS_WITH_DAY = re.compile(r"\d ?日$")
_HOUR_OF_A_PARCEL = re.compile(
    r"[一-鿿]{0,6}[A-Z\d\[(][A-Za-z0-9\-\[\]()]{2,24} ?号?(?:地块|宗地)?[:为]? ?"
    r"(?:上午|下午)?\d{1,2} ?[时点:]"
)
_SHORT = 200
_TAIL = 24  # characters: a time
_NARROWEST = 15
_FEWEST_BROKEN = 4
_RAGGED = 3
_LAST_NARROW = 0x2E7F
_HOUR_IN_WORDS = re.compile(
    r"(?<=[日号午晨上晚)至到])\s?([一二三四五六七八九十]{1,3})(?=[时点](?!间))"
)
_MINUTE_IN_WORDS = re.compile(r"(?<=\d[时点])([零〇一二三四五六七八九十]{1,3})(?=分)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A paragraph of running text: `text` folded, `place` of its beginning."""

    text: str
    place: Place
    heading: bool = False


@cache
def _simplified() -> dict[int, int]:
    table = tomllib.loads(
        files("notifier.intake.notice").joinpath("traditional.toml").read_text("utf-8")
    )
    return str.maketrans(
        "".join(table["traditional"]) + "≦≧⩽⩾", "".join(table["simplified"]) + "≤≥≤≥"
    )


def simplified(text: str) -> str:
    """In simplified characters, else as it is."""
    return text.translate(_simplified())


def unguarded(document: Document) -> Document:
    """The document without what its site put into the text against copying.

    Such sites write a simplified text in traditional characters: it is simplified again.
    """
    if not any(_SOUND.search(text) for text in document.texts()):
        return document

    def bare(text: str) -> str:
        return _DOUBLED.sub("", _SOUND.sub("", simplified(text)))

    blocks: list[Paragraph | Table] = []
    for block in document.blocks:
        if isinstance(block, Paragraph):
            blocks.append(replace(block, text=bare(block.text)))
            continue
        rows = tuple(
            tuple(replace(cell, text=bare(cell.text)) for cell in row) for row in block.rows
        )
        blocks.append(replace(block, rows=rows))
    return replace(document, blocks=tuple(blocks), title=bare(document.title))


def states_date(text: str) -> bool:
    return any(token.has_date for token in tokens(plain(text)))


def plain(text: str) -> str:
    """Folded, in simplified characters, with one form of dash; spaces are kept."""
    return _plain_of_short(text) if len(text) < _SHORT else _plain(text)


@lru_cache(maxsize=4096)  # a cell or a line is looked at by several readers
def _plain_of_short(text: str) -> str:
    return _plain(text)


def _plain(text: str) -> str:
    return _DASHES.sub("-", fold(text)).translate(_simplified())


def dense(text: str) -> str:
    """Return text without spaces, save one between two figures or letters.

    A range's lost dash is put back.
    """
    words = text.split()
    is_spaced = "".join(words) != text
    close = _SPACE.sub("", " ".join(words)) if is_spaced else text
    if ":" in close:
        close = _LOST_DASH.sub("至", close)
    if is_spaced:
        close = _SPLIT_FIGURES.sub(lambda match: match[0].replace(" ", ""), close)
    if "时" not in close and "点" not in close:
        return close
    return _MINUTE_IN_WORDS.sub(_figure, _HOUR_IN_WORDS.sub(_figure, close))


def _figure(words: re.Match[str]) -> str:
    """`十七` as `17`."""
    tens, ten, ones = words[1].rpartition("十")
    digits = "零一二三四五六七八九"
    value = (digits.index(tens) if tens in digits and tens else 1 if ten else 0) * 10 if ten else 0
    return str(value + (digits.index(ones.lstrip("零〇")) if ones.lstrip("零〇") else 0))


def lines(paragraphs: Iterable[Paragraph]) -> list[Line]:
    """The paragraphs as running text: lines that a page or a column broke are whole again."""
    texts = [(_parted(plain(source.text)).strip(), source) for source in paragraphs]
    texts = _without_page_marks(_without_links([pair for pair in texts if pair[0]]))
    page = _page(texts)
    whole: list[Line] = []
    before, original, splinters = "", "", 0
    for text, paragraph in texts:
        if (
            whole
            and not paragraph.heading
            and not whole[-1].heading
            and (
                _goes_on(before, text, whole[-1].text[-_TAIL:])
                or (page.is_full(original) and not _begins_anew(before, text))
                or (splinters >= _FEWEST_SPLINTERS and _is_of_splinters(before, text))
            )
        ):
            whole[-1] = Line(text=whole[-1].text + text, place=whole[-1].place)
            splinters += _SPLINTER.fullmatch(text) is not None
            if splinters == _FEWEST_SPLINTERS:
                _join_beginning(whole)
        else:
            whole.append(Line(text=text, place=paragraph.place, heading=paragraph.heading))
            splinters = 0
        before, original = text, paragraph.text
    return [Line(text=dense(line.text), place=line.place, heading=line.heading) for line in whole]


# `·甲市土地使用权拍卖出让公告(2031-02)[2031-04-20]`: a site's list of other notices with their days
_LINK = re.compile(
    r"(?P<bullet>[·•▪◆●]\s*)?[^。:;]{4,80}?(?:公告|公示|通知|结果)[^。:;]{0,20}?"
    r"\s*[\[(]?20\d\d[-/.]\d{1,2}[-/.]\d{1,2}[\])]?"
)


# what speaks of times is no title of a notice
_NO_TITLE = re.compile(r"截止|报名|时间|期限|调整|变更为|延[期长至]|[由自从至到]|\d[日时]")


def _without_links(texts: list[tuple[str, Paragraph]]) -> list[tuple[str, Paragraph]]:
    """The lines without a site's list of notices: they have bullets, or stand together."""
    found = [None if _NO_TITLE.search(text) else _LINK.fullmatch(text) for text, _ in texts]
    together = {at for at, pair in enumerate(pairwise(found)) if all(pair)}
    together |= {at + 1 for at in together}
    return [
        pair
        for at, (pair, link) in enumerate(zip(texts, found, strict=True))
        if link is None or not (link["bullet"] or at in together)
    ]


def _parted(text: str) -> str:
    """The line with a semicolon before each label that stands beside another and its value."""
    pieces = [""]
    for piece in _BESIDE.split(text):
        if ":" in pieces[-1]:
            pieces.append(piece)
        else:
            pieces[-1] = f"{pieces[-1]} {piece}"
    return ";".join(pieces)


def _count(text: str) -> float:
    """The width of a line in characters."""
    return len("".join(text.split()))


def _printed(text: str) -> float:
    """The width of a line in Chinese characters; a figure or a Latin letter has half of it."""
    return sum(1.0 if ord(sign) > _LAST_NARROW else 0.5 for sign in "".join(text.split()))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Page:
    """How wide the lines of a page are: as `measure` gives it; 0 if lines end where sentences do.

    `lines`: how many are so wide.
    """

    measure: Callable[[str], float]
    width: float = 0.0
    lines: int = 0

    def is_full(self, text: str) -> bool:
        return self.width > 0 and abs(self.measure(text) - self.width) <= _RAGGED


def _page(texts: list[tuple[str, Paragraph]]) -> _Page:
    """The page that broke the lines: some count characters, a printed one their widths."""
    open_ended = [
        paragraph.text
        for text, paragraph in texts
        if len(text) >= _NARROWEST
        and not text.endswith(_CLOSED)
        and not _is_time(text)
        and not _LABELLED.match(text)
    ]
    pages = [_page_by(measure, open_ended) for measure in (_count, _printed)]
    return max(pages, key=lambda page: page.lines)


def _page_by(measure: Callable[[str], float], open_ended: list[str]) -> _Page:
    widths = list(map(measure, open_ended))
    if len(widths) < _FEWEST_BROKEN:
        return _Page(measure=measure)
    usual = max(set(widths), key=widths.count)
    near = sum(abs(width - usual) <= _RAGGED for width in widths)
    if near < _FEWEST_BROKEN or near * 2 < len(widths):
        return _Page(measure=measure)
    return _Page(measure=measure, width=usual, lines=near)


def _is_time(text: str) -> bool:
    """Return whether a line is a time or a range of times, and nothing else.

    It is the cell of a table that was flattened.
    """
    return _ONLY_TIMES.fullmatch(text) is not None


def _goes_on(before: str, after: str, tail: str) -> bool:
    """Return whether `after` is the rest of a time, or of the sentence that `before` began.

    `tail` is the last words of what is joined.
    """
    if _IN_A_CLOCK.search(before) and after[:2].isdigit():
        return True
    if before.endswith(_CLOSED) or ITEM.match(after) or _begins_with_a_parcel(before, after):
        return False
    begins = _A_WHOLE_YEAR.match(after) is not None and not before.endswith(("至", "到"))
    if (
        (_IN_A_DATE.search(before) or _IN_A_DATE.search(tail))
        and _DATE_GOES_ON.match(after)
        and not begins
    ):
        return True
    if before[-1:].isdigit() and _UNIT_GOES_ON.match(after):
        return True
    if _ENDS_WITH_TIME.search(before) and _UNTIL_A_DATE.match(after):
        return True
    if _ENDS_WITH_DAY.search(before) and _HOUR_OF_A_PARCEL.match(after):
        return True
    return before.endswith((",", "、")) or after.startswith((",", "。", ";", "、"))


def _begins_with_a_parcel(before: str, after: str) -> bool:
    return _ENDS_WITH_TIME.search(before) is not None and _OF_A_PARCEL.match(after) is not None


def _begins_anew(before: str, after: str) -> bool:
    """Return whether a sentence ends with `before`, or a line of its own begins with `after`.

    A time alone is the cell of a table.
    """
    return (
        before.endswith((*_CLOSED, "公告", "公示"))
        or _is_time(before)
        or ITEM.match(after) is not None
        or _LABELLED.match(after) is not None
        or _begins_with_a_parcel(before, after)
    )


def _is_of_splinters(before: str, after: str) -> bool:
    """Return whether `after` belongs to the sentence of which a date was broken into its parts."""
    if before.endswith(_CLOSED) or ITEM.match(after) or _LABELLED.match(after):
        return False
    return _BARE_YEAR.fullmatch(after) is None or before.endswith(("至", "到", "于", "-"))


def _join_beginning(whole: list[Line]) -> None:
    """Join a date that was broken into its parts to the words before it: `定于` `2025年11月`."""
    if len(whole) < 2 or _BARE_YEAR.match(whole[-1].text) is None:
        return
    words = whole[-2]
    if words.heading or words.text.endswith(_CLOSED) or _is_time(words.text):
        return
    whole[-2:] = [Line(text=words.text + whole[-1].text, place=words.place)]


def _without_page_marks(texts: list[tuple[str, Paragraph]]) -> list[tuple[str, Paragraph]]:
    """Take out page numbers, by which document shares break words: `1、`, `2、`, `3、`."""
    if len(texts) < 2:
        return texts
    for number, (text, _) in enumerate(texts, 1):
        mark = _PAGE_MARK.match(text)
        if (
            mark is None
            or int(mark[1]) != number
            or (number < len(texts) and text.endswith(_CLOSED))
        ):
            return texts
    first = texts[0][1]
    joined = "".join(_PAGE_MARK.sub("", text, count=1) for text, _ in texts)
    return [(joined, first)]


@dataclass(frozen=True, kw_only=True, slots=True)
class Sentence:
    """A sentence up to a full stop or a semicolon, and where it stands.

    `heading` is the title of its section, `part` that of the part (`四、`) in which this stands;
    `first`: nothing stands between them; `last`: the file ends with it, without a full stop; `line`
    counts the lines of running text, for a page may stand on a single line of its file;
    `goes_on`: a semicolon parts it from the one before.
    """

    text: str
    place: Place
    heading: str = ""
    part: str = ""
    first: bool = False
    last: bool = False
    line: int = -1
    goes_on: bool = False


# characters: nobody writes such a sentence, and what is looked at for each time in it grows with it
_LONGEST = 2_000
_LONG = re.compile(rf".{{1,{_LONGEST}}}(?:[,、|]|$)|.{{1,{_LONGEST}}}")
_STOPS = tuple("。;!?")
_STOP = re.compile(r"([。;!?\n]+)")
_NEXT_ITEM = re.compile(
    r"(?<=[^\d(\[])(?=(?:[一二三四五六七八九十]{1,3}、|\([一二三四五六七八九十]{1,2}\)|\(\d{1,2}\)(?=[一-鿿])"
    r"|(?<![a-zA-Z\-])(?<!\d[:时点])\d{1,2}[、.](?=[一-鿿])))"
)
_NUMBERING = re.compile(rf"^(?:{ITEM.pattern})+")
_TITLE_OF_PART = re.compile(r"^第?[一二三四五六七八九十叁贰壹肆伍]{1,3}[、.,章节]")
_TITLE = re.compile(rf"(?:{_TITLE_OF_PART.pattern}|^\([一二三四五六七八九十]{{1,2}}\)|^#+)")


def sentences(text_lines: Iterable[Line]) -> Iterator[Sentence]:
    """The sentences of the text, each with the title of its section."""
    everything = list(text_lines)
    title, part, first = "", "", False
    for number, line in enumerate(everything):
        pieces = [
            (piece, before == ";" and not item and not part_of_it)
            for before, stop in _with_stops(line.text)
            for item, sentence in enumerate(_NEXT_ITEM.split(stop))
            for part_of_it, piece in enumerate(
                [sentence] if len(sentence) <= _LONGEST else _LONG.findall(sentence)
            )
            if piece
        ]
        for place, (piece, goes_on) in enumerate(pieces):
            last = (
                number == len(everything) - 1
                and place == len(pieces) - 1
                and not line.text.endswith(_STOPS)
            )
            bare = _NUMBERING.sub("", piece)
            is_title = line.heading or _TITLE.match(piece) is not None
            title = bare[:40] if is_title else title
            part = bare[:80] if _TITLE_OF_PART.match(piece) else part
            yield Sentence(
                text=bare,
                place=line.place,
                heading=title,
                part=part,
                first=first or is_title,
                last=last,
                line=number,
                goes_on=goes_on,
            )
            first = is_title


def _with_stops(text: str) -> Iterator[tuple[str, str]]:
    """Yield the text between stops, each behind the stop before it."""
    parts = ["", *_STOP.split(text)]
    return zip(parts[::2], parts[1::2], strict=True)
