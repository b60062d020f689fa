"""The pages of the board, a module each: its addresses, what they show and what they take.

To add a page, write a module with a function `routes` that lists its `page(...)`s, and name it in
PAGES.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from starlette.routing import BaseRoute

from notifier.web.pages import (
    answers,
    api,
    board_page,
    files_page,
    link_answer_page,
    machine_page,
    news_page,
    no_time_page,
    parcel_page,
    review_page,
    sign_in_page,
    silences_page,
)
from notifier.web.visits import Site

PAGES: Sequence[Callable[[Site], Sequence[BaseRoute]]] = (
    board_page.routes,
    parcel_page.routes,
    answers.routes,
    files_page.routes,
    review_page.routes,
    no_time_page.routes,
    news_page.routes,
    silences_page.routes,
    sign_in_page.routes,
    link_answer_page.routes,
    machine_page.routes,
    api.routes,
)

TABS: Sequence[tuple[str, str]] = (
    ("/", "tab.board"),
    ("/review", "tab.review"),
    ("/news", "tab.news"),
    ("/files", "tab.files"),
    ("/silences", "tab.silences"),
)
"""The tabs at the head of each page: address, and the key of its words."""
