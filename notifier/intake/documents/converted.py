"""Files of programs that nothing here reads: LibreOffice makes a .docx or an .ods of them.

Only where the configuration allows it. The program runs in the child process that reads foreign
files, under its limits on memory and time, in an empty folder with a profile of its own that runs
no macro and follows no link, without network where the system can take that away, and with none of
the daemon's environment.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path, PurePosixPath

from notifier.errors import IntakeError, NeedsOffice
from notifier.intake.limits import Limits

_OTHER_TEXTS = (".uot", ".uof", ".wpd", ".pages", ".fodt", ".sxw", ".wri")
_OTHER_SHEETS = (".uos", ".numbers", ".fods", ".sxc", ".wk1", ".wk4")
OTHERS = (*_OTHER_TEXTS, *_OTHER_SHEETS)
"""Kinds that no reader here knows in any of their versions."""

TEXTS = (*_OTHER_TEXTS, ".wps", ".doc")
SHEETS = (*_OTHER_SHEETS, ".et", ".xls")

_PLACES = "/usr/local/bin:/usr/bin:/bin"
_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting">
<prop oor:name="MacroSecurityLevel" oor:op="fuse"><value>3</value></prop>
<prop oor:name="DisableMacrosExecution" oor:op="fuse"><value>true</value></prop>
<prop oor:name="BlockUntrustedRefererLinks" oor:op="fuse"><value>true</value></prop>
<prop oor:name="DisableActiveContent" oor:op="fuse"><value>true</value></prop>
</item>
</oor:items>
"""
_NOWHERE = "http://127.0.0.1:9"  # a proxy that answers nothing


def converted(name: str, data: bytes, limits: Limits) -> tuple[str, bytes]:
    """Return the name and the bytes of the .docx or .ods that a file is turned into.

    IntakeError if LibreOffice may not be used, is not there or cannot read the file; NeedsOffice
    if this process has not the memory for it.
    """
    suffix = PurePosixPath(name).suffix.lower()
    program = shutil.which(limits.libreoffice, path=_PLACES) if limits.libreoffice else None
    if program is None:
        raise IntakeError(_not_converted(suffix))
    if not limits.is_for_office:
        raise NeedsOffice
    target = ".ods" if suffix in SHEETS else ".docx"
    with tempfile.TemporaryDirectory(prefix="notifier-") as folder:
        made = _run(program, Path(folder), suffix, target, data)
    if not made:
        raise IntakeError(
            f"LibreOffice cannot read this {suffix}: save the file as .docx, .xlsx or .pdf"
        )
    return f"{name}{target}", made


def _not_converted(suffix: str) -> str:
    """Say what to do; of a kind that is mostly read without LibreOffice most such files are cut."""
    if suffix in OTHERS:
        return (
            f"a {suffix} file is read by LibreOffice alone: install it and set libreoffice = true "
            "in [readers], or save the file as .docx, .xlsx or .pdf"
        )
    return (
        f"this {suffix} is damaged, or of a kind that LibreOffice alone reads: get it again or "
        "save it as .docx, .xlsx or .pdf (or install LibreOffice and set libreoffice = true in "
        "[readers])"
    )


def _run(program: str, folder: Path, suffix: str, target: str, data: bytes) -> bytes:
    """Return the file that LibreOffice writes, or nothing. The limits of this process are its."""
    profile, source = folder / "profile", folder / f"a{suffix}"
    settings = profile / "user" / "registrymodifications.xcu"
    settings.parent.mkdir(parents=True)
    settings.write_text(_SETTINGS, encoding="utf-8")
    source.write_bytes(data)
    words = [
        *_without_network(),
        program,
        f"-env:UserInstallation={profile.as_uri()}",
        "--headless",
        "--norestore",
        "--convert-to",
        target[1:],
        "--outdir",
        str(folder / "out"),
        str(source),
    ]
    subprocess.run(  # noqa: S603  # no shell; the file's own name is not among its words
        words,
        cwd=folder,
        env={
            "HOME": str(folder),
            "TMPDIR": str(folder),
            "PATH": _PLACES,
            "LANG": "C.UTF-8",
            "http_proxy": _NOWHERE,
            "https_proxy": _NOWHERE,
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,  # its exit status says nothing
    )
    made = folder / "out" / f"a{target}"
    return made.read_bytes() if made.is_file() else b""


def _without_network() -> list[str]:
    """Return the words before a command that take its network away; none where that is refused."""
    unshare = shutil.which("unshare", path=_PLACES)
    words = [unshare, "--map-root-user", "--net", "--"] if unshare else []
    if not words:
        return []
    probe = subprocess.run([*words, "true"], capture_output=True, check=False)  # noqa: S603
    return words if probe.returncode == 0 else []
