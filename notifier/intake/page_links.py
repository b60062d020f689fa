"""Find what a page leads to: the entries of a list of notices, and the files that are attached to
a notice."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote, urljoin, urlsplit

from notifier.errors import IntakeError
from notifier.intake.encoding import decode

if TYPE_CHECKING:
    from lxml.etree import _Element

_NOTICE = re.compile(r"出让|挂牌|拍卖|招标|公告|补充|更正|延期|延长|顺延|终止|中止|暂停|恢复|撤回|撤销")
_NO_NOTICE = re.compile(r"成交|结果|公示|中标|意见征集|政策|办事|指南")
_FILES = (".doc", ".docx", ".wps", ".pdf", ".xls", ".xlsx", ".et", ".zip", ".rtf", ".ofd")
_MOST_LINKS = 500
_MOST_FILES = 100
_SHORTEST = 8  # characters: `公告` alone is a menu
_FEED = re.compile(rb"<(?:rss|feed|rdf:RDF)[\s>]")
_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w-]{1,40})""", re.IGNORECASE)
_ENDS = re.compile(r"</(?:body|html)\s*>", re.IGNORECASE)  # the parser drops what follows them; browsers show it
_SCRIPT_ONLY = 200  # characters of text: a page with less and a script is drawn by it


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """The address and the words of a link."""

    url: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PageLinks:
    """The links of a page: the notices of a list, the `files` attached to a notice; `by_script`: a
    script draws it."""

    entries: tuple[Link, ...] = ()
    files: tuple[Link, ...] = ()
    by_script: bool = False


def page_links(data: bytes, url: str) -> PageLinks:
    """Return what the page at `url` leads to."""
    entries, files = tuple(entries_of(data, url)), tuple(files_of(data, url))
    return PageLinks(entries=entries, files=files, by_script=is_drawn_by_script(data))


def entries_of(data: bytes, url: str) -> list[Link]:
    """The notices that a list, a feed (RSS, Atom) leads to on the same site, in its order, each once."""
    root = _feed(data) if _FEED.search(data[:2_000]) else _page(data)
    if root is None:
        return []
    found: dict[str, Link] = {}
    pairs = _of_feed(root, url) if _FEED.search(data[:2_000]) else _of_page(root, url)
    for link in pairs:
        is_notice = _NOTICE.search(link.text) and not _NO_NOTICE.search(link.text)
        if is_notice and len(link.text) >= _SHORTEST and _is_same_site(link.url, url) and link.url != url:
            found.setdefault(link.url, link)
        if len(found) >= _MOST_LINKS:
            break
    return list(found.values())


def files_of(data: bytes, url: str) -> list[Link]:
    """The files that a page leads to on the same site, each once."""
    root = _page(data)
    if root is None:
        return []
    found: dict[str, Link] = {}
    for link in _of_page(root, url):
        path = unquote(urlsplit(link.url).path)
        suffix = posixpath.splitext(path)[1].lower()
        if suffix not in _FILES:
            suffix = posixpath.splitext(link.text)[1].lower()
        if suffix in _FILES and _is_same_site(link.url, url):
            name = link.text if link.text.lower().endswith(suffix) else posixpath.basename(path)
            found.setdefault(link.url, Link(url=link.url, text=name or f"file{suffix}"))
    return list(found.values())[:_MOST_FILES]


def is_drawn_by_script(data: bytes) -> bool:
    """Return whether a page holds next to no text of its own, but a script that would fetch it."""
    root = _page(data)
    if root is None:
        return False
    scripts = list(root.iter("script"))
    for element in [*scripts, *root.iter("style", "noscript")]:
        element.text = ""
    text = re.sub(r"\s+", "", "".join(str(part) for part in root.itertext()))
    return bool(scripts) and len(text) < _SCRIPT_ONLY


def _is_same_site(url: str, other: str) -> bool:
    parts, others = urlsplit(url), urlsplit(other)
    return parts.scheme in ("http", "https") and parts.hostname == others.hostname


def _of_page(root: _Element, url: str) -> list[Link]:
    found: list[Link] = []
    for element in root.iter("a"):
        href = (element.get("href") or "").strip()
        if not href or href.startswith(("#", "javascript:", "mailto:")):
            continue
        shown = "".join(str(part) for part in element.itertext())
        text = (element.get("title") or "").strip() or re.sub(r"\s+", " ", shown).strip()
        found.append(Link(url=_joined(url, href), text=text[:200]))
    return found


def _of_feed(root: _Element, url: str) -> list[Link]:
    found: list[Link] = []
    for item in root.iter("{*}item", "{*}entry"):
        title = next((element.text or "" for element in item.iter("{*}title")), "")
        links = [element.get("href") or (element.text or "") for element in item.iter("{*}link")]
        target = next((link.strip() for link in links if link.strip()), "")
        if target:
            found.append(Link(url=_joined(url, target), text=re.sub(r"\s+", " ", title).strip()[:200]))
    return found


def _joined(url: str, href: str) -> str:
    try:
        return urljoin(url, href).partition("#")[0]
    except ValueError:
        return ""


def _page(data: bytes) -> _Element | None:
    from lxml import etree

    declared = _CHARSET.search(data[:4096])
    try:
        text = decode(data, declared[1].decode("ascii") if declared else "")
    except IntakeError:
        return None
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, recover=True)
    whole = _ENDS.sub("", text)
    try:
        root: _Element | None = etree.fromstring(whole.encode("utf-8", "replace"), parser)
    except (etree.LxmlError, ValueError):
        return None
    return root


def _feed(data: bytes) -> _Element | None:
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, recover=True)
    try:
        root: _Element | None = etree.fromstring(data, parser)
    except (etree.LxmlError, ValueError):
        return None
    return root
