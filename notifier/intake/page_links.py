"""The links of a page, of a feed or of a platform's JSON.

The entries of a list of notices, and the files that are attached to a notice.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import unquote, urljoin, urlsplit

from notifier.errors import IntakeError
from notifier.intake.documents.html import parse_page, text_of_page
from notifier.intake.documents.xml import parse_xml
from notifier.intake.foreign_json import is_json, load_json
from notifier.intake.landmarket import shown_html
from notifier.intake.limits import Limits
from notifier.intake.links import Link, PageLinks
from notifier.intake.platform_lists import platform_list

if TYPE_CHECKING:
    from lxml.etree import _Element

_NOTICE = re.compile(
    r"出让|挂牌|拍卖|招标|公告|补充|更正|延期|延长|顺延|终止|中止|暂停|恢复|撤回|撤销"
)
_NO_NOTICE = re.compile(r"成交|结果|公示|中标|意见征集|政策|办事|指南")
_SUFFIXES = (".doc", ".docx", ".wps", ".pdf", ".xls", ".xlsx", ".et", ".zip", ".rtf", ".ofd")
_MOST_LINKS = 500
_MOST_FILES = 100
_SHORTEST = 8  # characters: `公告` alone is a menu
_FEED = re.compile(rb"<(?:rss|feed|rdf:RDF)[\s>]")
_SCRIPT_ONLY = 200  # characters of text: a page with less and a script is drawn by it


def page_links(data: bytes, url: str, limits: Limits) -> PageLinks:
    """Return what the page, the feed (RSS, Atom) or the JSON at `url` leads to on its own site."""
    if is_json(data):
        return _of_json(data, url, limits)
    is_feed = _FEED.search(data[:2_000]) is not None
    root = _root(data, limits, is_feed=is_feed)
    if root is None:
        return PageLinks()
    if is_feed:
        entries = _entries(_of_feed(root, url), url)
        return PageLinks(entries=entries, is_list=bool(entries))
    links = _of_page(root, url)
    by_script = _is_drawn_by_script(root)
    return PageLinks(entries=_entries(links, url), files=_files(links, url), by_script=by_script)


def _of_json(data: bytes, url: str, limits: Limits) -> PageLinks:
    """Return the notices that a platform lists, or the files attached to the one that it shows."""
    value = load_json(data)
    found = platform_list(value)
    if found is None:
        html = shown_html(value)
        root = _root(html.encode(), limits, is_feed=False) if html else None
        return PageLinks(files=() if root is None else _files(_of_page(root, url), url))
    links = [
        Link(url=urljoin(url, address), text=_title(title)) for address, title in found.entries
    ]
    # each is a notice, whatever its title; results are left out, as from a page
    entries = tuple(link for link in links if not _NO_NOTICE.search(link.text))
    return PageLinks(entries=entries, is_list=bool(links), faults=found.faults)


def _root(data: bytes, limits: Limits, *, is_feed: bool) -> _Element | None:
    """Return the root of a page or a feed; None for what is neither, such as a PDF."""
    from lxml import etree

    try:
        return parse_xml(data, recover=True) if is_feed else parse_page(text_of_page(data), limits)
    except (IntakeError, etree.LxmlError, ValueError):
        return None


def _entries(links: Iterable[Link], url: str) -> tuple[Link, ...]:
    """Return the notices among the links, in their order, each once."""
    found: dict[str, Link] = {}
    for link in links:
        is_notice = _NOTICE.search(link.text) and not _NO_NOTICE.search(link.text)
        if (
            is_notice
            and len(link.text) >= _SHORTEST
            and _is_same_site(link.url, url)
            and link.url != url
        ):
            found.setdefault(link.url, link)
        if len(found) >= _MOST_LINKS:
            break
    return tuple(found.values())


def _files(links: Iterable[Link], url: str) -> tuple[Link, ...]:
    """Return the files among the links, each once."""
    found: dict[str, Link] = {}
    for link in links:
        path = unquote(urlsplit(link.url).path)
        suffix = posixpath.splitext(path)[1].lower()
        if suffix not in _SUFFIXES:
            suffix = posixpath.splitext(link.text)[1].lower()
        if suffix in _SUFFIXES and _is_same_site(link.url, url):
            name = link.text if link.text.lower().endswith(suffix) else posixpath.basename(path)
            found.setdefault(link.url, Link(url=link.url, text=name or f"file{suffix}"))
    return tuple(found.values())[:_MOST_FILES]


def _is_drawn_by_script(root: _Element) -> bool:
    """Return whether a page holds next to no text of its own, but a script that would fetch it."""
    unseen = set(root.iter("script", "style", "noscript"))
    shown = (element.text or "" for element in root.iter() if element not in unseen)
    tails = (element.tail or "" for element in root.iter())
    text = re.sub(r"\s+", "", "".join([*shown, *tails]))
    return next(root.iter("script"), None) is not None and len(text) < _SCRIPT_ONLY


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
            found.append(Link(url=_joined(url, target), text=_title(title)))
    return found


def _title(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()[:200]


def _joined(url: str, href: str) -> str:
    try:
        return urljoin(url, href).partition("#")[0]
    except ValueError:
        return ""
