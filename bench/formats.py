"""One text in every format, written by real programs, and what is read of each beside its .docx.

    python -m bench.formats [--seed N] [--each N] [--verbose] [FORMAT...]

Made-up notices and tables are written as .docx and .xlsx, and from these by LibreOffice
(`soffice`), Chromium and antiword's like into the others; a format whose program is not installed
is left out in words. Prints the rows of a table in Markdown: times that are as they were made up,
what the tables state of each parcel beside them, findings more and fewer than those of the .docx.
"""

from __future__ import annotations

import argparse
import email.message
import email.policy
import io
import logging
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

from bench.damage import BOOKS
from bench.papers import read_paper
from notifier.domain.values import Notice, squash
from tests.chromium import CHROMIUM
from tests.damage import silent_differences
from tests.file_sources import packed
from tests.fixed_layout import ofd
from tests.papers.blocks import Block, Grid, spread
from tests.papers.formats import docx, html_page
from tests.papers.layouts import LAYOUTS, fits
from tests.papers.offers import Lot, random_offer
from tests.papers.scoring import Mark, score
from tests.sheet_damage import joined

Files = Mapping[str, bytes]
"""The bytes of each made-up text, by its number."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Paper:
    """One text: what is true of it, its blocks if it is a notice, and the file it was made as."""

    lots: Sequence[Lot]
    data: bytes
    blocks: Sequence[Block] = ()

    @property
    def page(self) -> bytes:
        """Return the notice as a web page whose tables are ruled."""
        return html_page(self.blocks)[1].replace(b"<table>", b'<table border="1">')


_FACTS = ("location", "use", "area_m2", "far", "start_price_wan", "deposit_wan", "term")

Papers = Mapping[str, Paper]


@dataclass(frozen=True, kw_only=True, slots=True)
class Format:
    """A format: who writes it, and from what."""

    suffix: str
    maker: str
    make: Callable[[Papers], Files]
    needs: str = ""
    """The program that must be installed."""


@dataclass(slots=True)
class Tally:
    marks: Counter[Mark] = field(default_factory=Counter)
    differ: int = 0  # times other than the original's, without a finding
    facts: int = 0  # that the original states of its parcels, their numbers among them
    kept: int = 0
    more: Counter[str] = field(default_factory=Counter)
    fewer: Counter[str] = field(default_factory=Counter)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("formats", nargs="*", metavar="FORMAT")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--each", type=int, default=10, help="texts a layout")
    parser.add_argument("--verbose", action="store_true", help="name each text read otherwise")
    options = parser.parse_args()
    logging.disable()
    random = Random(options.seed)
    sources = (
        (".docx", _notices(random, options.each), _NOTICES),
        (".xlsx", _books(random, options.each), _BOOKS),
    )
    print("| format | written by | times right | other, in silence | facts kept | findings |")
    print("| --- | --- | --- | --- | --- | --- |")
    for suffix, papers, formats in sources:
        for form in formats:
            if options.formats and form.suffix not in options.formats:
                continue
            if form.needs and shutil.which(form.needs) is None:
                print(f"| `{form.suffix}` | {form.needs} is not installed | | | | |")
                continue
            tally = _tally(suffix, form, papers, verbose=options.verbose)
            print(_row(form, tally), flush=True)


def _notices(random: Random, each: int) -> Papers:
    papers = {}
    for layout in LAYOUTS:
        for number in range(each):
            offer = random_offer(random)
            while not fits(layout, offer):
                offer = random_offer(random)
            blocks = layout(offer, random)
            name = f"{layout.__name__}-{number}"
            papers[name] = Paper(lots=offer.lots, data=_ruled(docx(blocks)[1]), blocks=blocks)
    return papers


def _ruled(data: bytes) -> bytes:
    """Return the .docx with lines around the cells of its tables."""
    from docx import Document

    document = Document(io.BytesIO(data))
    for table in document.tables:
        table.style = "Table Grid"
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _books(random: Random, each: int) -> Papers:
    papers = {}
    for habit in BOOKS:
        for number in range(each):
            sheet = habit(random_offer(random), random)
            papers[f"{habit.__name__}-{number}"] = Paper(lots=sheet.lots, data=sheet.data)
    return papers


def _tally(suffix: str, form: Format, papers: Papers, *, verbose: bool) -> Tally:
    tally = Tally()
    files = form.make(papers)
    for name, paper in papers.items():
        if name not in files and not form.needs:
            continue  # our own writer of the format cannot set it
        whole = read_paper(f"{name}{suffix}", paper.data)
        file_name = f"{name}{form.suffix}"
        notices = read_paper(file_name, files[name]) if name in files else []
        marks = score(paper.lots, notices)
        tally.marks += marks
        differences = silent_differences(joined(whole), joined(notices))
        tally.differ += len(differences)
        more, fewer = _differing_findings(whole, notices)
        tally.more += more
        tally.fewer += fewer
        facts = _facts(whole)
        tally.facts += len(facts)
        tally.kept += len(facts & _facts(notices))
        right = score(paper.lots, whole)[Mark.RIGHT]
        if verbose and (differences or marks[Mark.RIGHT] != right or more or fewer):
            print(
                f"  {file_name}: {marks[Mark.RIGHT]} of {right} right; "
                f"{'; '.join(differences)} more {dict(more)} fewer {dict(fewer)}"
            )
    return tally


def _differing_findings(
    whole: Sequence[Notice], notices: Sequence[Notice]
) -> tuple[Counter[str], Counter[str]]:
    """Count the findings that only one of two readings has, by code."""
    ours = Counter(finding.code for finding in joined(notices).findings)
    theirs = Counter(finding.code for finding in joined(whole).findings)
    return Counter(map(str, (ours - theirs).elements())), Counter(
        map(str, (theirs - ours).elements())
    )


def _facts(notices: Sequence[Notice]) -> set[tuple[str, str, object]]:
    """Return what the tables state of each parcel beside its times."""
    facts: set[tuple[str, str, object]] = set()
    for parcel in joined(notices).parcels:
        number = squash(parcel.parcel_no)
        facts.add((number, "number", number))
        for name in _FACTS:
            value = getattr(parcel, name)
            if value not in (None, ""):
                facts.add((number, name, squash(value) if isinstance(value, str) else value))
    return facts


def _row(form: Format, tally: Tally) -> str:
    stated = tally.marks.total() - tally.marks[Mark.INVENTED]
    findings = [f"+{count} {code}" for code, count in sorted(tally.more.items())]
    findings += [f"-{count} {code}" for code, count in sorted(tally.fewer.items())]
    right = f"{tally.marks[Mark.RIGHT]:,} of {stated:,}"
    kept = f"{tally.kept:,} of {tally.facts:,}"
    differing = ", ".join(findings) or "the same"
    return f"| `{form.suffix}` | {form.maker} | {right} | {tally.differ} | {kept} | {differing} |"


# -- programs that write them ----------------------------------------------------------------------


def _as_made(papers: Papers) -> Files:
    return {name: paper.data for name, paper in papers.items()}


def _without_rules(make: Callable[[Papers], Files]) -> Callable[[Papers], Files]:
    """Let another one make the notices with tables that nothing rules."""
    return lambda papers: make(
        {name: replace(paper, data=docx(paper.blocks)[1]) for name, paper in papers.items()}
    )


def _as_zips(papers: Papers) -> Files:
    return {name: packed({f"{name}.docx": paper.data}) for name, paper in papers.items()}


def _as_mails(papers: Papers) -> Files:
    files = {}
    for name, paper in papers.items():
        message = email.message.EmailMessage(policy=email.policy.SMTP)
        message["From"], message["To"] = "a@example.com", "b@example.com"
        message["Subject"] = "转发"
        message.set_content("见附件。")
        message.add_attachment(
            paper.data, maintype="application", subtype="octet-stream", filename="公告.docx"
        )
        files[name] = message.as_bytes()
    return files


def _as_fixed_layouts(papers: Papers) -> Files:
    """OFD of the texts that are lines and at most one table: what our writer can set."""
    files = {}
    for name, paper in papers.items():
        lines = [block for block in paper.blocks if isinstance(block, str)]
        grids = [block for block in paper.blocks if isinstance(block, Grid)]
        if len(grids) <= 1 and not any(grid.has_spans for grid in grids):
            files[name] = ofd(lines, spread(grids[0]) if grids else ())
    return files


def _by_libreoffice(source: str, target: str) -> Callable[[Papers], Files]:
    """Let LibreOffice turn files of the suffix `source` into those of `target`."""

    def make(papers: Papers) -> Files:
        with tempfile.TemporaryDirectory(prefix="notifier-bench-") as folder:
            sources = []
            for name, paper in papers.items():
                path = Path(folder, f"{name}{source}")
                path.write_bytes(paper.data)
                sources.append(str(path))
            out = Path(folder, "out")
            profile = f"-env:UserInstallation={Path(folder, 'profile').as_uri()}"
            command = ["soffice", profile, "--headless", "--convert-to", target, "--outdir", out]
            subprocess.run(
                [*map(str, command), *sources], check=True, capture_output=True, timeout=1_800
            )
            suffix = f".{target.partition(':')[0]}"
            return {path.stem: path.read_bytes() for path in out.glob(f"*{suffix}")}

    return make


def _printed_by_chromium(papers: Papers) -> Files:
    return _by_chromium(papers, "Page.printToPDF", {"preferCSSPageSize": True})


def _saved_by_chromium(papers: Papers) -> Files:
    return _by_chromium(papers, "Page.captureSnapshot", {"format": "mhtml"})


def _by_chromium(papers: Papers, command: str, options: Mapping[str, object]) -> Files:
    """Open each page in Chromium and let it write the page with a command of its protocol."""
    import base64

    from playwright.sync_api import sync_playwright

    files = {}
    with sync_playwright() as play, tempfile.TemporaryDirectory() as folder:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        tab = browser.new_page()
        session = tab.context.new_cdp_session(tab)
        for name, paper in papers.items():
            page = Path(folder, f"{name}.html")
            page.write_bytes(paper.page)
            tab.goto(page.as_uri())
            answer = session.send(command, dict(options))["data"]
            is_pdf = command.endswith("PDF")
            files[name] = base64.b64decode(answer) if is_pdf else answer.encode()
        browser.close()
    return files


_LO = "LibreOffice"
_CHROMIUM = CHROMIUM or "chromium"
_NOTICES: Sequence[Format] = (
    Format(suffix=".docx", maker="python-docx", make=_as_made),
    Format(suffix=".doc", maker=_LO, make=_by_libreoffice(".docx", "doc"), needs="soffice"),
    Format(suffix=".wps", maker=_LO, make=_by_libreoffice(".docx", "doc"), needs="soffice"),
    Format(suffix=".rtf", maker=_LO, make=_by_libreoffice(".docx", "rtf"), needs="soffice"),
    Format(suffix=".odt", maker=_LO, make=_by_libreoffice(".docx", "odt"), needs="soffice"),
    Format(suffix=".html", maker=_LO, make=_by_libreoffice(".docx", "html"), needs="soffice"),
    Format(suffix=".pdf", maker=_LO, make=_by_libreoffice(".docx", "pdf"), needs="soffice"),
    Format(
        suffix=".pdf", maker=f"{_LO}, no rules",
        make=_without_rules(_by_libreoffice(".docx", "pdf")), needs="soffice",
    ),
    Format(suffix=".pdf", maker="Chromium", make=_printed_by_chromium, needs=_CHROMIUM),
    Format(suffix=".mht", maker="Chromium", make=_saved_by_chromium, needs=_CHROMIUM),
    Format(suffix=".ofd", maker="own writer", make=_as_fixed_layouts),
    Format(suffix=".zip", maker="Python", make=_as_zips),
    Format(suffix=".eml", maker="Python", make=_as_mails),
)  # fmt: skip
_BOOKS: Sequence[Format] = (
    Format(suffix=".xlsx", maker="openpyxl", make=_as_made),
    Format(suffix=".xls", maker=_LO, make=_by_libreoffice(".xlsx", "xls"), needs="soffice"),
    Format(suffix=".et", maker=_LO, make=_by_libreoffice(".xlsx", "xls"), needs="soffice"),
    Format(suffix=".ods", maker=_LO, make=_by_libreoffice(".xlsx", "ods"), needs="soffice"),
    Format(
        suffix=".xls", maker=f"{_LO}, as HTML", make=_by_libreoffice(".xlsx", "html"),
        needs="soffice",
    ),
)  # fmt: skip


if __name__ == "__main__":
    main()
