"""Text from outside, made harmless.

One line, no control or direction marks, no mention, no mark-up.
"""

from __future__ import annotations

import re
import unicodedata

_RISKY = re.compile(r"[@<\]]")
_TAG = re.compile(r"<(?=[A-Za-z/!?@])")
_MENTION = re.compile(r"(?<![A-Za-z0-9._-])@")  # an address of mail keeps its sign
_LINK = re.compile(r"\](?=\()")
_MARKDOWN = str.maketrans({"*": "＊", "`": "｀", "<": "＜"})
_AT_LINE_START = re.compile(r"(?m)^(\s*)([#>])")
_WIDE = {"#": "＃", ">": "＞"}


def tidy(text: str, most: int) -> str:
    """Return `text` as one line of at most `most` characters.

    They can be encoded and do not steer the display.
    """
    if not text.isprintable():
        text = "".join(map(_visible, text))
    if "  " in text or text[:1] == " " or text[-1:] == " ":
        text = " ".join(text.split())
    return text if len(text) <= most else clip(text, most)


def _visible(char: str) -> str:
    category = unicodedata.category(char)
    if category == "Cs":
        return "\N{REPLACEMENT CHARACTER}"  # half a surrogate pair cannot be encoded
    if category in ("Cc", "Zl", "Zp", "Zs"):
        return " "
    return "" if category[0] == "C" else char


def clip(text: str, most: int) -> str:
    """Return the beginning of `text`, at most `most` characters with the ellipsis.

    An accent stays with its letter.
    """
    if len(text) <= most:
        return text
    end = most - 1
    while end > 0 and unicodedata.combining(text[end]):
        end -= 1
    return text[:end].rstrip() + "…"


def harmless(text: str, most: int) -> str:
    """Do as `tidy` does, for channels that find mentions, tags or links in plain text.

    Such are `<@all>` and `@name`.
    """
    text = tidy(text, most)
    if _RISKY.search(text) is None:
        return text
    text = _TAG.sub("＜", text)
    text = _MENTION.sub("＠", text)
    return _LINK.sub("] ", text)[:most]


def without_markdown(text: str) -> str:
    """`text` with nothing in it that WeCom's Markdown, which knows no escape, takes for mark-up.

    The subset has headings, bold, links, inline code, quotes, colours and mentions
    (developer.work.weixin.qq.com/document/path/91770).
    """
    text = _LINK.sub("] ", text.translate(_MARKDOWN))
    return _AT_LINE_START.sub(lambda found: found[1] + _WIDE[found[2]], text)
