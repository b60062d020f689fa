"""Files that hold files (.zip, .eml, .mht).

Each member is read as a dropped file would be, in memory alone.

A notice and the table that is attached to it are one notice.
"""

from __future__ import annotations

import email
import email.message
import email.policy
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from notifier.domain.findings import Code
from notifier.domain.values import Finding, Notice, Severity
from notifier.errors import IntakeError, NeedsPictures
from notifier.intake.documents import Document, read_document
from notifier.intake.documents.old_sheets import read_sheets
from notifier.intake.documents.workbook_text import document_of_sheets
from notifier.intake.file_names import is_of_a_page, is_passing
from notifier.intake.formats import BUNDLES, PICTURES, TEXT_DOCUMENTS, WORKBOOKS, kind_of
from notifier.intake.headings import tells_of_change
from notifier.intake.limits import Limits
from notifier.intake.notice import understand
from notifier.intake.written_times import fold, tokens

_MOST_MEMBERS = 200
_MOST_NESTED = 1  # archives in an archive
_MOST_RATIO = 200  # times as large as packed; a table of numbers packs 20 times
_SMALL = 1_000_000  # bytes to which the ratio does not matter
_MOST_PARTS = 500  # of a mail
_SAYS_UTF_8 = 0x800  # a flag of a member of a .zip
_FORWARDED = "message/rfc822"
_ATTACHED = re.compile(r"附件|附表|附图|清单|一览|明细|attachment|annex", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """A file in a file.

    `fault` stands in place of bytes that cannot be had; `is_body`: the words of a mail itself.
    """

    name: str
    data: bytes = b""
    fault: str = ""
    is_body: bool = False


@dataclass(slots=True)
class _Contents:
    """The members of one bundle."""

    documents: list[Document] = field(default_factory=list)
    attached: list[Document] = field(default_factory=list)
    tables: list[Member] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)  # (name, why)
    pictured: list[Member] = field(default_factory=list)  # of the refused, those with pictures

    def refuse(self, member: Member, fault: IntakeError) -> None:
        self.refused.append((member.name, str(fault)))
        if isinstance(fault, NeedsPictures):
            self.pictured.append(member)


def read_bundle(name: str, kind: str, data: bytes, limits: Limits) -> list[Notice]:
    """The notices of all members, each with `file` = `name/member`.

    IntakeError if no member can be read; NeedsPictures if what it tells must stand in pictures,
    because no other member tells of a parcel.
    """
    from notifier.intake import read_data

    contents = _contents(name, kind, data, limits)
    notices: list[Notice] = []
    if len(contents.documents) == 1 and contents.attached:
        notices.append(understand(_joined(contents.documents[0], contents.attached)))
    else:
        notices += [
            understand(document)
            for document in [*contents.documents, *contents.attached]
            if document.blocks
        ]
        contents.attached.clear()
    joined = {document.file for document in contents.attached}
    for member in contents.tables:
        if member.name in joined:
            continue
        try:
            notices += read_data(member.name, member.data, limits)
        except IntakeError as fault:
            contents.refuse(member, fault)
    # beside a notice, pictures are its maps more often than not, and each costs seconds
    if contents.pictured and not any(map(_tells_of_parcels, notices)):
        raise NeedsPictures
    notices += filter(_tells_of_parcels, _without_pictures(contents.pictured, limits))
    findings = tuple(_refusal(*refused) for refused in contents.refused)
    if not notices:
        raise IntakeError(_reason(contents.refused))
    return [replace(notices[0], findings=notices[0].findings + findings), *notices[1:]]


def _tells_of_parcels(notice: Notice) -> bool:
    return bool(notice.parcels or notice.changes)


def _without_pictures(members: Sequence[Member], limits: Limits) -> Iterator[Notice]:
    """Yield what the pages with text of these members say."""
    for member in members:
        with suppress(IntakeError):
            yield understand(
                read_document(member.name, member.data, replace(limits, leaves_out_pictures=True))
            )


def _reason(refused: list[tuple[str, str]]) -> str:
    if not refused:
        return "it holds no file that is read"
    member, why = refused[0]
    return f"{member.rpartition('/')[2]}: {why}"


def _refusal(name: str, why: str) -> Finding:
    is_picture = PurePosixPath(name).suffix.lower() in PICTURES  # most often the map of a parcel
    severity = Severity.WARNING if is_picture else Severity.ERROR
    params = {"text": name.rpartition("/")[2], "words": why}
    return Finding(code=Code.MEMBER_NOT_READ, severity=severity, params=params)


def _joined(main: Document, attached: list[Document]) -> Document:
    blocks = [block for document in (main, *attached) for block in document.blocks]
    findings = [finding for document in (main, *attached) for finding in document.findings]
    return replace(main, blocks=tuple(blocks), findings=tuple(findings))


def _contents(name: str, kind: str, data: bytes, limits: Limits) -> _Contents:
    """Read every member as far as its kind says.

    A workbook is kept as a table and as an attachment.
    """
    contents = _Contents()
    bodies: list[Document] = []
    for member in _members(name, kind, data, limits, 0):
        try:
            if member.fault:
                raise IntakeError(member.fault)
            inner = kind_of(member.name, member.data)
            if member.is_body:
                bodies.append(read_document(member.name, member.data, limits))
            elif inner in TEXT_DOCUMENTS:
                document = read_document(member.name, member.data, limits)
                is_attached = _ATTACHED.search(PurePosixPath(member.name).name) is not None
                (contents.attached if is_attached else contents.documents).append(document)
            elif inner in WORKBOOKS:
                contents.tables.append(member)
                contents.attached.append(
                    document_of_sheets(read_sheets(inner, member.data, limits), member.name)
                )
            else:
                contents.tables.append(member)
        except IntakeError as fault:
            contents.refuse(member, fault)
    _leave_out_cover_notes(contents, bodies)
    if len(contents.documents) != 1:
        workbooks = {member.name for member in contents.tables}
        contents.attached = [
            document for document in contents.attached if document.file not in workbooks
        ]
    return contents


def _leave_out_cover_notes(contents: _Contents, bodies: Sequence[Document]) -> None:
    """Put the words of a mail before its documents, and keep of both what says something.

    A form to fill in or a `readme` is no notice in which everything is missing. Where no document
    says anything, they stay: then somebody must look.
    """
    if not bodies and len(contents.documents) < 2:
        return  # it is kept whatever it says, and to know that costs a reading
    notices = [
        document for document in (*bodies, *contents.documents) if not _is_cover_note(document)
    ]
    if notices:
        contents.documents = notices
    elif not contents.documents and not contents.tables:
        contents.documents = [*bodies]


def _is_cover_note(body: Document) -> bool:
    """Return whether a text says nothing itself: no parcel, no time, no change, nothing lost."""
    if body.findings:
        return False
    text = "\n".join(body.texts())
    has_time = any(True for _ in tokens(fold(text)))
    return not has_time and not tells_of_change(text) and not understand(body).parcels


def _members(name: str, kind: str, data: bytes, limits: Limits, depth: int) -> Iterator[Member]:
    """Every file within, archives in an archive opened once.

    IntakeError if the bundle itself is not readable.
    """
    readers = {".zip": _of_zip, ".eml": _of_mail, ".mht": _of_page, ".mhtml": _of_page}
    for member in _readable(readers[kind](data, limits)):
        whole = replace(member, name=f"{name}/{member.name}")
        inner = "" if member.fault else _bundle_of(whole)
        if not inner:
            yield whole
        elif depth >= _MOST_NESTED:
            yield replace(
                whole, data=b"", fault="it is an archive in an archive in an archive: unpack it"
            )
        else:
            try:
                yield from _members(whole.name, inner, member.data, limits, depth + 1)
            except IntakeError as fault:
                yield replace(whole, data=b"", fault=str(fault))


def _readable(members: Iterator[Member]) -> Iterator[Member]:
    """Yield them; the email package parses headers when they are asked for, and breaks then."""
    try:
        yield from members
    except (IntakeError, MemoryError, RecursionError):
        raise
    except Exception as fault:  # noqa: BLE001  # what a hostile header may raise
        raise IntakeError(f"this is not a readable mail: {str(fault)[:200]}") from None


def _bundle_of(member: Member) -> str:
    try:
        kind = kind_of(member.name, member.data)
    except IntakeError:
        return ""
    return kind if kind in BUNDLES else ""


def _of_zip(data: bytes, limits: Limits) -> Iterator[Member]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = [info for info in archive.infolist() if not _is_skipped(info)]
            if len(infos) > _MOST_MEMBERS:
                raise IntakeError(f"it holds more than {_MOST_MEMBERS} files: split it")
            left = limits.unpacked_bytes
            for info in infos:
                member = _unpacked(archive, info, min(left, limits.file_bytes))
                left -= len(member.data)
                yield member
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError) as fault:
        raise IntakeError(f"the file is damaged or encrypted: {fault}") from None


def _is_skipped(info: zipfile.ZipInfo) -> bool:
    *folders, last = _plain_name(_name_of(info)).split("/")
    inside = any(is_of_a_page(folder) or is_passing(folder) for folder in folders)
    return info.is_dir() or inside or is_passing(last)


def _unpacked(archive: zipfile.ZipFile, info: zipfile.ZipInfo, most: int) -> Member:
    """One member. Its name is only words: nothing is ever written under it."""
    name = _plain_name(_name_of(info))
    if info.flag_bits & 1:
        return Member(name=name, fault="it is protected by a password: save it without one")
    try:
        with archive.open(info) as stream:
            content = stream.read(most + 1)
    except Exception as fault:  # noqa: BLE001  # zlib.error and what a hostile archive may still raise
        return Member(name=name, fault=f"the file is damaged: {str(fault)[:200]}")
    if len(content) > most or (
        len(content) > _SMALL and len(content) > _MOST_RATIO * max(info.compress_size, 1)
    ):
        return Member(name=name, fault=f"it would unpack to more than {most} bytes: refused")
    return Member(name=name, data=content)


def _name_of(info: zipfile.ZipInfo) -> str:
    """The name of a member; where the archive does not say how it is written, UTF-8 or GB18030.

    macOS and Linux pack names in UTF-8, Chinese Windows in GB18030, which hardly ever passes for
    UTF-8.
    """
    if info.flag_bits & _SAYS_UTF_8:
        return info.filename
    raw = info.filename.encode("cp437")  # as zipfile has decoded it
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("gb18030", "replace")


def _plain_name(name: str) -> str:
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return "/".join(part for part in parts if part not in ("/", "..", ".")) or "?"


def _of_mail(data: bytes, limits: Limits) -> Iterator[Member]:
    """Return the body of a mail, its HTML before its text, and its attachments.

    Pictures that it only shows are left out.
    """
    message = _parsed(data)
    if _is_page(message):
        yield from _of_page(data, limits)
        return
    body = message.get_body(preferencelist=("html", "plain"))
    seen: set[int] = set()
    if body is not None:
        seen.add(id(body))
        content = _content_of(body)
        subject = str(message.get("subject", "")).strip()
        suffix = ".html" if body.get_content_subtype() == "html" else ".txt"
        if content.strip():
            name = f"{_file_name(subject) or 'mail'}{suffix}"
            yield Member(name=name, data=content, is_body=True)
    for part in _parts(message):
        if part.get_content_type() == _FORWARDED:
            yield _forwarded(part)
            continue
        name = _file_name(part.get_filename() or "")
        shown = (
            part.get_content_disposition() == "inline" and part.get_content_maintype() == "image"
        )
        if id(part) in seen or not name or shown:
            continue
        content = _content_of(part)
        if len(content) > limits.file_bytes:
            yield Member(name=name, fault=f"it is larger than {limits.file_bytes} bytes: refused")
        elif content:
            yield Member(name=name, data=content)


def _of_page(data: bytes, limits: Limits) -> Iterator[Member]:
    """The page of a web archive; its pictures and styles are left out."""
    page = next(
        (part for part in _parts(_parsed(data)) if part.get_content_type() == "text/html"), None
    )
    if page is None:
        raise IntakeError("it holds no web page")
    content = _content_of(page)
    if len(content) > limits.file_bytes:
        raise IntakeError(f"it is larger than {limits.file_bytes} bytes: refused")
    yield Member(name="page.html", data=content)


def _parsed(data: bytes) -> email.message.EmailMessage:
    try:
        message = email.message_from_bytes(data, policy=email.policy.default)
    except Exception as fault:  # noqa: BLE001  # headers that are made to break the parser
        raise IntakeError(f"this is not a readable mail: {str(fault)[:200]}") from None
    if not isinstance(message, email.message.EmailMessage):
        raise IntakeError("this is not a readable mail: its headers are broken")
    return message


def _is_page(message: email.message.EmailMessage) -> bool:
    """Return whether a browser saved it: one page with what it shows, sent by nobody."""
    return message.get_content_type() == "multipart/related" and "to" not in message


def _parts(message: email.message.EmailMessage) -> Iterator[email.message.EmailMessage]:
    """Every part that holds something, in order; a mail within the mail is one part."""
    waiting: list[email.message.EmailMessage] = [message]
    for _ in range(_MOST_PARTS):
        if not waiting:
            return
        part = waiting.pop(0)
        if part.is_multipart() and part.get_content_type() != _FORWARDED:
            inner = [
                each for each in part.iter_parts() if isinstance(each, email.message.EmailMessage)
            ]
            waiting[:0] = inner
        else:
            yield part
    raise IntakeError(f"it holds more than {_MOST_PARTS} files: split it")


def _forwarded(part: email.message.EmailMessage) -> Member:
    """A mail that is attached to a mail, as a file of its own."""
    inner = part.get_payload(0)
    if not isinstance(inner, email.message.EmailMessage):
        return Member(name="mail.eml", fault="this is not a readable mail: its headers are broken")
    name = _file_name(str(inner.get("subject", ""))) or "mail"
    return Member(name=f"{name}.eml", data=inner.as_bytes())


def _content_of(part: email.message.MIMEPart) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _file_name(text: str) -> str:
    return re.sub(r"[\x00-\x1f/\\]+", " ", text).strip()[:150]
