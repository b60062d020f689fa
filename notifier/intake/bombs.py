"""Archives that would unpack beyond the limits, refused before anything else looks into them."""

from __future__ import annotations

import io
import zipfile

from notifier.errors import IntakeError
from notifier.intake.limits import Limits


def refuse_bomb(data: bytes, limits: Limits) -> None:
    """IntakeError for a zip file (xlsx, docx) that would unpack beyond the limits, or is none."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
            if len(infos) > 2_000 or sum(info.file_size for info in infos) > limits.unpacked_bytes:
                raise IntakeError(
                    f"it would unpack to more than {limits.unpacked_bytes} bytes: refused"
                )
            left = limits.unpacked_bytes
            for info in infos:  # the declared sizes may lie
                with archive.open(info) as member:
                    while chunk := member.read(1 << 20):
                        left -= len(chunk)
                        if left < 0:
                            raise IntakeError(
                                f"it unpacks to more than {limits.unpacked_bytes} bytes: refused"
                            )
    except (
        zipfile.BadZipFile,
        NotImplementedError,
        RuntimeError,
        EOFError,
        OSError,
        ValueError,
    ) as fault:
        raise IntakeError(f"the file is damaged or encrypted: {fault}") from None
    except Exception as fault:  # zlib.error and what a hostile archive may still raise
        if isinstance(fault, IntakeError):
            raise
        raise IntakeError(f"the file is damaged: {fault}") from None
