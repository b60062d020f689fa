"""One small notice in every format: what `tests/data/formats` holds, and what is made here."""

from __future__ import annotations

import email.message
import email.policy
import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

from tests.fixed_layout import ofd

DATA = Path(__file__).parent / "data" / "formats"
TITLE = "测试市自然资源局国有建设用地使用权挂牌出让公告"
HEAD = (TITLE, "测自然资告字〔2031〕7号", "决定以挂牌方式出让2宗国有建设用地使用权，现公告如下：")
ROWS = (
    ("地块编号", "位置", "面积(平方米)", "起始价(万元)", "保证金(万元)"),
    ("2031-1号", "测试路东", "12000", "3600", "720"),
    ("2031-2号", "测试路西", "8000", "2400", "480"),
)
TIMES = (
    "一、报名截止时间：2031年5月20日17时00分。",
    "二、挂牌时间：2031年5月12日9时00分至2031年5月22日10时00分。",
    "三、竞买保证金到账截止时间：2031年5月20日16时00分。",
)


def page(charset: str = "utf-8") -> bytes:
    rows = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in ROWS)
    body = "".join(f"<p>{line}</p>" for line in (*HEAD, *TIMES))
    head = f'<html><head><meta charset="{charset}"><title>{TITLE}</title></head>'
    return f"{head}<body>{body}<table>{rows}</table></body></html>".encode(charset)


def packed(
    members: Mapping[str, bytes], encoding: str = "utf-8", *, is_marked: bool | None = None
) -> bytes:
    """A .zip; unless `is_marked`, by default for UTF-8 alone, it does not say how names are
    written, as Windows and macOS pack them."""
    if is_marked is None:
        is_marked = encoding == "utf-8"
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            if is_marked:
                archive.writestr(name, data)
                continue
            info = zipfile.ZipInfo("x" * len(name.encode(encoding)))
            archive.writestr(info, data)
    whole = stream.getvalue()
    if not is_marked:
        for name in members:
            raw = name.encode(encoding)
            whole = whole.replace(b"x" * len(raw), raw)
    return whole


def web_archive(charset: str = "utf-8") -> bytes:
    """A .mht: the page and a picture of it."""
    message = email.message.EmailMessage(policy=email.policy.default)
    message["From"], message["Subject"] = "<Saved by a browser>", TITLE
    message["MIME-Version"] = "1.0"
    message.set_content(page(charset), maintype="text", subtype="html", cte="quoted-printable")
    message.make_related()
    message.add_related(b"\x89PNG....", maintype="image", subtype="png", filename="a.png")
    return message.as_bytes()


def mail(words: str = "见附件。", attached: Mapping[str, bytes] | None = None) -> bytes:
    """A .eml: a line, and what is attached, the page if nothing else is named."""
    message = email.message.EmailMessage(policy=email.policy.default)
    message["From"], message["To"] = "a@example.com", "b@example.com"
    message["Subject"] = "转发：挂牌公告"
    message.set_content(words)
    for name, data in (attached or {"公告.html": page()}).items():
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def file_sources() -> dict[str, bytes]:
    """Return the bytes of each, by a name whose suffix is its kind."""
    sources = {path.name: path.read_bytes() for path in sorted(DATA.iterdir())}
    return sources | {
        "a.ofd": ofd((*HEAD, *TIMES), ROWS),
        "a.zip": packed({"公告.html": page(), "b.zip": packed({"c.html": page()})}),
        "a.html": page(),
        "a.mht": web_archive(),
        "a.eml": mail(),
    }
