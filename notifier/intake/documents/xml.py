"""Foreign XML: no entity is resolved, nothing is fetched, no tree grows without end."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.etree import _Element


def parse_xml(data: bytes, *, recover: bool = False) -> _Element:
    """Return the root of a document; `recover`: also of one that is not well formed.

    lxml's LxmlError if there is none.
    """
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=False, recover=recover
    )
    return etree.fromstring(data, parser)
