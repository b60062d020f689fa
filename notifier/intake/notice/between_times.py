"""The words between two times that name the parcels of either, and join the times in a list.

`10时(A地块)、11时(B地块)`, `T,其中A地块截止时间为T`, `(A地块T;B地块T)`, `T为A地块,T为B地块`. One
grammar for all: which parcels they are is told by `named.Names`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from notifier.intake.notice.scan import CHANGED, labels

COUNT = r"[\d一二两三四五六七八九十]{1,3}"
_REST = r"(?:其余|其他|其它|余下|剩余|另外?)"
OTHERS = rf"{_REST}的?各?(?:{COUNT}[宗个幅块](?:地块|宗地)?|地块|宗地)"
_CODE = r"(?:\[20\d\d\] ?)?[(\[〔【\-#]{0,2}[A-Za-z0-9][A-Za-z0-9()\[\]〔〕【】\-#]{0,23}"
# `G2031城北3号`; what joins two names is none of its words, so that a list is read in one way alone
_MORE = r"(?:(?:(?![号和及与至到])[一-鿿]){1,8}\d{1,4}(?=号))"
NAME = (
    rf"(?:{_REST}(?:{COUNT}[宗个幅块])?(?:地块|宗地)?"
    rf"|(?:NO\.)?[一-鿿*]{{0,12}}?{_CODE}{_MORE}?号?(?:\([一-鿿]{{1,3}}\))?"
    rf"(?:(?<=号)地(?!块))?(?:地块|宗地)?|第?[一二三四五六七八九十甲乙丙丁戊己]{{1,2}}号?(?:地块|宗地)"
    rf"|(?:地块|宗地)[一二三四五六七八九十]{{1,2}}"
    rf"|[第前后]{COUNT}(?:[、和及与\-~至到]第?{COUNT})*[宗个幅块](?:地块)?)"
)
NAMES = rf"{NAME}(?:[、和及与~至到]{NAME})*"
_IN_BRACKETS = r"\((?:[^()]|\([^()]{0,12}\)){0,40}\)"  # of a number, perhaps: `(G(2031)31号)`
_HELD = (
    r"(?:之?前|以前|为止|截?止|起|整|正|开始|截止|结束)?"
    r"(?:依次|先后|分别|进行|举行|举办|召开|开始|拍卖会)*"
)
# `截止时间`, `各宗地挂牌截止时间分别为`, `按序号依次为:`: of the end that follows
_LABEL = r"(?:的?各?(?:地块|宗地)?(?:挂牌|报价|报名|竞价)?(?:截止|结束|终止)(?:时间|日期)?)?"
_ORDER = r"(?:(?:按[一-鿿]{2,6}?)?(?:分别|依次|先后)[为是]?:?|[为是]:?|:)?"
_LINK = rf"(?:为|是|的|:?[自由从]|:|于|在|{CHANGED}?(?:截?[至到]|止于)| )?"
_JOINT = re.compile(
    rf"(?P<held>{_HELD})(?P<note>{_IN_BRACKETS})?(?:[为是](?P<of>{NAMES}))?"
    rf"(?P<mark>[、,;/和及与(]?)(?:其中:?)?(?P<label>{_LABEL}){_ORDER}"
    rf"(?P<names>(?:第?{COUNT}[组批]\({NAMES}\)|{NAMES}(?:\([一-鿿]{{1,8}}\))?)?)"
    rf"(?P<end>{_LABEL})(?P<link>{_LINK})"
)
_BEHIND = re.compile(
    rf"{_HELD}(?:\((?P<but>[^(),]{{2,30}}除外),|(?P<note>{_IN_BRACKETS})|[为是](?P<of>{NAMES}))"
)
_LONGEST = 400  # characters
_A_STAMP = re.compile(r"\d{13}")  # of the machine's


@dataclass(frozen=True, slots=True)
class Joint:
    """Words between two times that only join them and name parcels.

    `note` in brackets and `of` (`为A地块`) are of the time before, `names` of the time behind;
    `mark` is the stop between both, `link` the last word. `label`: they say that an end follows;
    `deed`: they name what is done at the time before (`T举行拍卖会:`).
    """

    note: str
    of: str
    mark: str
    names: str
    label: str
    deed: bool
    link: str


@lru_cache(maxsize=4096)
def joint(words: str) -> Joint | None:
    """Return what `words` beside a time tell if they only join it with another or name parcels."""
    found = _JOINT.fullmatch(words) if len(words) <= _LONGEST else None
    if found is None or _A_STAMP.match(words) or labels(found["names"]):
        return None
    label = found["label"] + found["end"]
    note, of, mark = (found[part] or "" for part in ("note", "of", "mark"))
    deed = bool(labels(found["held"]))
    return Joint(note, of, mark, found["names"], label, deed, found["link"])


def only_names(words: str) -> bool:
    """Return whether words before a time only say of which parcels it is."""
    found = joint(words)
    is_more = found is None or found.note or found.of or found.label or found.deed
    return found is not None and bool(found.names) and not is_more


def names_behind(words: str) -> tuple[str, int]:
    """Return the words right behind a time that may name its parcels, and where they end.

    They stand in brackets, or as `为A地块`.
    """
    found = _BEHIND.match(words)
    if found is None:
        return "", 0
    inner = found["of"] or found["but"] or found["note"][1:-1]
    return inner, found.end()


_CLOCK = re.compile(r"\d{1,2}(?:[时点]|:\d\d)(?:\d{1,2}分|半)?")


def goes_on_with_a_clock(tail: str, text: str) -> bool:
    """Return whether a text goes on with the clock of another parcel.

    As in `7号10时;8号11时`, `10时(7号);11时(8号)`. `tail` stands behind the time before it.
    """
    clock = _CLOCK.search(text)
    found = joint(f"{tail};{text[: clock.start()]}") if clock is not None else None
    if clock is None or found is None:
        return False
    is_noted = bool(found.note) and text.startswith("(", clock.end())
    return bool(found.names or found.of) or is_noted
