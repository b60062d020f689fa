"""Files in, notices and findings out. Nobody else knows a file format."""

from __future__ import annotations

from pathlib import Path

from notifier.domain.values import Notice
from notifier.errors import IntakeError
from notifier.intake.content import read_bytes
from notifier.intake.limits import Limits

__all__ = ["read_bytes", "read_data"]

NOTICE_SUFFIXES = (".md", ".txt", ".html", ".htm", ".docx", ".pdf")


def read_data(name: str, data: bytes, limits: Limits) -> list[Notice]:
    """Return the notices in the bytes of a file, records or published text; its suffix says how they are read.

    IntakeError says in one sentence why there are none. Foreign bytes are read by `child.FileReader`.
    """
    # loaded when a file comes: most commands read none
    from notifier.intake.landmarket import read_landmarket
    from notifier.intake.notice import read_notice
    from notifier.intake.records import SUFFIXES as RECORD_SUFFIXES
    from notifier.intake.records import read_records

    path = Path(name)
    suffix = path.suffix.lower()
    if suffix not in RECORD_SUFFIXES + NOTICE_SUFFIXES:
        kinds = " ".join(RECORD_SUFFIXES + NOTICE_SUFFIXES)
        raise IntakeError(f"a {suffix or 'nameless'} file is neither a record nor a notice: expected one of {kinds}")
    if not data:
        raise IntakeError("it is empty")
    if len(data) > limits.file_bytes:
        raise IntakeError(f"it is larger than {limits.file_bytes} bytes: refused")
    if suffix == ".json" and (found := read_landmarket(path, data, limits)) is not None:
        return found
    if suffix in RECORD_SUFFIXES:
        return read_records(path, data, limits)
    return read_notice(path, data, limits)
