"""Files: put in many at once, and see what became of each."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import BaseRoute

from notifier.domain.access import Role
from notifier.domain.receipts import Receipt, Way
from notifier.domain.times import shanghai
from notifier.messages.receipt_lines import receipt_lines
from notifier.web.visits import Site, Visit, page

_MOST_SHOWN = 60
_MOST_BYTES = 200 * 1024 * 1024  # of one form; what a file may have says the config


def routes(site: Site) -> Sequence[BaseRoute]:
    return [
        page(site, "/files", show),
        page(site, "/files", put, method="POST", role=Role.MEMBER, most_bytes=_MOST_BYTES),
    ]


def show(visit: Visit) -> Response:
    desk = visit.site.files
    return visit.page(
        "files.html",
        waiting=desk.waited_for(),
        receipts=desk.receipts(_MOST_SHOWN),
        lines=lambda receipt: _lines(visit, receipt),
        when=lambda at: f"{shanghai(at):%m-%d %H:%M}",
        may_put=visit.may(Role.MEMBER),
    )


def _lines(visit: Visit, receipt: Receipt) -> list[str]:
    return receipt_lines(receipt, visit.language)


def put(visit: Visit) -> Response:
    """Take the files of a form into the inbox. HTTPException if there is none."""
    limit = visit.site.settings().limits.file_bytes
    count = 0
    for upload in visit.form.getlist("files"):
        if not isinstance(upload, UploadFile) or not upload.filename:
            continue
        data = upload.file.read(limit + 1)
        visit.site.files.put(upload.filename, data, way=Way.BOARD, by=visit.name, now=visit.now)
        count += 1
    if not count:
        raise HTTPException(400)
    return visit.go("/files", put=str(count))
