"""PDF files in: lines and ruled tables, page by page."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from notifier.domain.findings import Code
from notifier.domain.values import Finding, Place, Severity
from notifier.errors import IntakeError
from notifier.intake.documents.document import Document, Paragraph, Table
from notifier.intake.documents.grid import Grids, Span
from notifier.intake.documents.words import report_struck_out, tidy
from notifier.intake.limits import Limits

__all__ = ["read_pdf"]

_HEAD = 1024  # readers look for the mark of a PDF in the first kilobyte
_MEMORY = 600_000_000


def read_pdf(data: bytes, file: str, limits: Limits) -> Document:
    """IntakeError for a scan without text, a protected or damaged file, too many pages, one that takes too long."""
    if b"%PDF-" not in data[:_HEAD]:
        raise IntakeError("this is not a readable PDF: its first bytes are not those of one")
    answer = _read_apart(data, limits)
    if "refused" in answer:
        raise IntakeError(str(answer["refused"]))
    grids = Grids(limits)
    blocks = [found for block in answer["blocks"] if (found := _block(block, grids)) is not None]
    findings = [
        Finding(code=Code.NO_TEXT_LAYER, severity=Severity.ERROR, place=Place(page=page)) for page in answer["unread"]
    ]
    for page, text in answer["struck"]:
        report_struck_out(findings, text, Place(page=page))
    return Document(file=file, blocks=tuple(blocks), title=tidy(answer["title"]), findings=tuple(findings))


def _read_apart(data: bytes, limits: Limits) -> dict[str, Any]:
    """What `pages` answers, from a process of its own: a hostile file can keep a reader busy without end."""
    command = [sys.executable, "-P", "-m", f"{__name__}.pages", str(limits.pages), str(limits.seconds), str(_MEMORY)]
    environment = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(  # noqa: S603  # our own interpreter and module; the file comes on its standard input
            command,
            input=data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # what a file makes the reader print is not for the log
            env=environment,  # no secret of ours
            timeout=limits.seconds,
            start_new_session=True,  # Ctrl-C ends the daemon, it does not make a file unreadable
            check=True,
        )
    except subprocess.TimeoutExpired:
        raise IntakeError(f"it takes more than {limits.seconds} seconds to read: refused") from None
    except (subprocess.CalledProcessError, OSError) as fault:
        code = getattr(fault, "returncode", None)
        raise IntakeError(f"this is not a readable PDF: its reader ended with {code or fault}") from None
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _block(block: Mapping[str, Any], grids: Grids) -> Paragraph | Table | None:
    if "rows" in block:
        return grids.table([[Span(**span) for span in row] for row in block["rows"]])
    return Paragraph(text=block["text"], place=Place(page=block["page"], line=block["line"]))
