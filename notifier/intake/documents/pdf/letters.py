"""Letters without meaning: of fonts that do not say, or say wrongly, what their glyphs are."""

from __future__ import annotations

import re
import unicodedata

# the commonest characters of Chinese text, and those of offers of land
_COMMON = frozenset(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过"
    "发后作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前"
    "开但因只从想实日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重"
    "并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任常"
    "先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报"
    "才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼"
    "书非则听白却界达光放强即像难且权思王象完设式色路记南品住告类求据程北边死张该交规万取拉格望觉术"
    "领共确传师观清今切院让识候带导争运宗竞买价证截止名挂牌拍卖号块积率容绿筑限始增幅网站址审核缴纳"
    "账元亩低均符签订款付约标"
)
_FEWEST = 50  # characters by which a page is judged
_SHARE_OF_COMMON = 4  # a quarter of the Han characters; three quarters are usual
_SHARE_OF_ODD = 12
_CHINESE_SHARE = 10
# what a text without Han characters has little of: these marks, and figures or capitals in a word
_ODD = frozenset("!#$&;<>?@[\\]^`{|}")
_ODD_PAIR = re.compile(r"(?<=[a-z])[A-Z0-9]|(?<=[0-9])[A-Za-z]")


def has_no_meaning(character: str) -> bool:
    """Return whether this is no character at all: U+FFFD, one for private use, a control."""
    return character == "\ufffd" or unicodedata.category(character[:1] or " ") in ("Cc", "Co", "Cn")


def is_gibberish(text: str) -> bool:
    """Return whether the characters of a page are hardly those of any text.

    A page of a few characters is taken for what it says.
    """
    signs = "".join(text.split())
    han = [sign for sign in signs if "\u4e00" <= sign <= "\u9fff"]
    if len(han) * _CHINESE_SHARE >= len(signs):
        common = sum(sign in _COMMON for sign in han)
        return len(han) >= _FEWEST and common * _SHARE_OF_COMMON < len(han)
    odd = sum(sign in _ODD or _is_foreign(sign) for sign in signs)
    odd += len(_ODD_PAIR.findall(text))
    return len(signs) >= _FEWEST and odd * _SHARE_OF_ODD > len(signs)


def _is_foreign(sign: str) -> bool:
    return not sign.isascii() and sign.isalpha() and not "\u2e80" <= sign <= "\uffef"
