"""Pages of land bureaus, looked at in turn.

What is new there is taken in like a dropped file; silence is never taken for proof.
"""

from __future__ import annotations

import io
import itertools
import logging
import random
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from notifier.domain.findings import Code
from notifier.domain.values import OFFERING_KINDS, Finding, Kind, Notice, Severity
from notifier.domain.watching import (
    LONGEST_PAUSE,
    Look,
    News,
    PageRole,
    PageState,
    Watch,
    after_look,
    is_within_hours,
    within_hours,
)
from notifier.errors import IntakeError, NotifierError
from notifier.intake.child import FileReader
from notifier.intake.foreign_json import is_json
from notifier.intake.links import Link, PageLinks
from notifier.intake.transfer import to_plain
from notifier.ports import Clock, Ledger
from notifier.service.file_records import log_findings
from notifier.service.ingest import Ingest
from notifier.service.operator_alerts import Alerts
from notifier.service.setup import ActiveSetup
from notifier.service.steps import Again
from notifier.watch.fetching import Fetched, Fetcher, FetchFault

log = logging.getLogger("notifier")

_APART = 30.0  # seconds between two requests to one site, and up to a third more
_LOOK_EVERY = timedelta(seconds=5)
_FULL = 10  # entries of a list that may have no room for more
_FEWEST_ENTRIES = 2  # links to notices that make a page a list
_MOST_AT_ONCE = 30  # entries of a list that are new at one look: more is a list that was rebuilt
_MOST_FILES = 10  # attached to one page that are asked for
_REST_OF_OLD = timedelta(days=400)
_ALERTS = {
    News.GONE: "watched-page-gone",
    News.UNREADABLE: "watched-page-unreadable",
    News.BACK: "watched-page-back",
}
_SUFFIXES = {
    "application/pdf": ".pdf",
    "text/html": ".html",
    "application/json": ".json",
    "text/plain": ".txt",
}


@dataclass(slots=True)
class _Visit:
    """A page that was had, whose attached files are still to be had."""

    state: PageState
    watch: Watch
    page: Fetched
    wanted: list[Link]
    files: dict[str, bytes] = field(default_factory=dict)
    missed: list[Finding] = field(default_factory=list)
    fault: str = ""  # why it cannot be told what the page leads to
    is_cut: bool = False  # a file may be had another time


class PageWatch:
    """Looks at the pages of the config.

    One request a call; a site is left alone for half a minute after each.
    """

    def __init__(
        self,
        *,
        ledger: Ledger,
        reader: FileReader,
        clock: Clock,
        active: ActiveSetup,
        ingest: Ingest,
        alerts: Alerts,
        dice: Callable[[], float] = random.random,
        apart: float = _APART,
    ) -> None:
        self._ledger = ledger
        self._reader = reader
        self._clock = clock
        self._active = active
        self._ingest = ingest
        self._alerts = alerts
        self._dice = dice
        self._apart = apart
        # site -> when it may be asked again, by the steady clock
        self._free_at: dict[str, float] = {}
        self._visits: dict[str, _Visit] = {}  # site -> the visit that is under way there
        self._fetcher = Fetcher(contact="", elapsed=clock.steady)
        self._contact = ""
        # the addresses of the config that the ledger knows
        self._taken: frozenset[str] | None = None

    def step(self, now: datetime) -> Again:
        """Ask for what is due first, if its site is free; return when to call again."""
        watches = {watch.url: watch for watch in self._active.setup.settings.watches}
        if not watches and not self._visits:
            return Again(after=timedelta(minutes=1))
        self._use_contact()
        self._take_watches(watches, now)
        for site, visit in list(self._visits.items()):
            if self._is_free(site):
                with self._set_back_on_error(visit.state, visit.watch, now):
                    return self._go_on(site, visit, now)
        for state in self._ledger.pages.due(now):
            watch = watches.get(state.watch_url)
            if watch is None or _site(state.url) in self._visits:
                continue
            if not is_within_hours(now, watch.hours):
                continue  # it was due before: its site was busy, or nobody ran
            if self._is_free(_site(state.url)):
                with self._set_back_on_error(state, watch, now):
                    return self._look(state, watch, now)
        return Again(after=_LOOK_EVERY)

    @contextmanager
    def _set_back_on_error(self, state: PageState, watch: Watch, now: datetime) -> Iterator[None]:
        """Let a page wait at which the program fails.

        It would be the next again else, and keep all others off.
        """
        try:
            yield
        except NotifierError:
            raise
        except Exception as fault:
            self._visits.pop(_site(state.url), None)
            self._note(
                state,
                Look.UNREADABLE,
                watch,
                now,
                trouble=f"an error in the program: {type(fault).__name__}",
            )
            raise

    def _use_contact(self) -> None:
        contact = self._active.setup.settings.watch_contact
        if contact != self._contact:
            self._contact = contact
            self._fetcher = Fetcher(contact=contact, elapsed=self._clock.steady)

    def _take_watches(self, watches: Mapping[str, Watch], now: datetime) -> None:
        """Bring the ledger in line with the config, once for each config."""
        if self._taken == frozenset(watches):
            return
        states = self._ledger.pages.all()
        known = {state.url for state in states}
        new = [
            PageState(
                url=url,
                role=PageRole.WATCHED,
                watch_url=url,
                next_at=within_hours(now, watch.hours, self._dice()),
            )
            for url, watch in watches.items()
            if url not in known
        ]
        gone = [state.url for state in states if state.watch_url not in watches]
        if new:
            self._ledger.pages.add(new)
        if gone:
            self._ledger.pages.forget(gone)
        self._taken = frozenset(watches)

    # requests, each to a site that is free

    def _is_free(self, site: str) -> bool:
        return self._clock.steady() >= self._free_at.get(site, 0.0)

    def _leave_alone(self, site: str, wait: timedelta | None = None) -> None:
        """Ask a site for nothing for half a minute, or as long as it asks to be left alone."""
        seconds = self._apart * (1 + self._dice() / 3)
        if wait is not None:
            seconds = max(seconds, min(wait, LONGEST_PAUSE).total_seconds())
        free_at = self._clock.steady() + seconds
        self._free_at[site] = max(self._free_at.get(site, 0.0), free_at)

    def _look(self, state: PageState, watch: Watch, now: datetime) -> Again:
        """Ask for a page, or first for what its site allows to be read."""
        site = _site(state.url)
        try:
            if not self._fetcher.knows_rules(state.url):
                self._fetcher.learn_rules(state.url, allow_private=watch.allow_private)
                return Again(after=_LOOK_EVERY)
            page = self._fetcher.fetch(
                state.url,
                etag=state.etag,
                modified=state.modified,
                allow_private=watch.allow_private,
            )
        except FetchFault as fault:
            look = Look.GONE if fault.gone else Look.UNREADABLE
            self._leave_alone(site, fault.wait)
            self._note(state, look, watch, now, trouble=str(fault), wait=fault.wait)
            return Again(after=_LOOK_EVERY)
        finally:
            self._leave_alone(site)
        if page.data is None:
            self._note(state, Look.SAME, watch, now)
            return Again(after=_LOOK_EVERY)
        state = replace(state, etag=page.etag, modified=page.modified)
        self._see(state, watch, page, page.data, now)
        return Again(after=_LOOK_EVERY, wake=site not in self._visits)

    def _see(
        self, state: PageState, watch: Watch, page: Fetched, data: bytes, now: datetime
    ) -> None:
        """Read a page: follow the entries of a list, or read a notice with its attached files."""
        links = self._links(page.url, data)
        if state.role is PageRole.WATCHED and links.is_list:
            self._follow(state, watch, links, now)
            return
        notices = self._read(_name_of(state, page), data)
        is_list = state.role is PageRole.WATCHED and len(links.entries) >= _FEWEST_ENTRIES
        if is_list and not any(_ends(notice) for notice in notices):
            self._follow(state, watch, links, now)
            return
        if links.by_script and not _says_something(notices):
            words = (
                "the page is drawn by a script: it cannot be watched; save its notices into "
                "the inbox"
            )
            self._note(state, Look.UNREADABLE, watch, now, trouble=words)
            return
        wanted, beyond = links.files[:_MOST_FILES], links.files[_MOST_FILES:]
        visit = _Visit(state, watch, page, list(wanted), fault="".join(links.faults[:1]))
        visit.missed += [
            _missed(link, f"the page has more than {_MOST_FILES} files") for link in beyond
        ]
        if links.files:
            self._visits[_site(state.url)] = visit
        else:
            self._take_in(visit, now)

    def _go_on(self, site: str, visit: _Visit, now: datetime) -> Again:
        """Ask for the next attached file of a page; take the page in when there is none left."""
        link = visit.wanted.pop(0)
        try:
            found = self._fetcher.fetch(link.url, allow_private=visit.watch.allow_private)
            visit.files[_free_name(link.text, visit.files)] = found.data or b""
        except FetchFault as fault:
            self._leave_alone(site, fault.wait)
            visit.missed.append(_missed(link, str(fault)))
            visit.is_cut = visit.is_cut or not fault.gone
            log.warning("%s: %s: %s", visit.state.url, link.text, fault)
        finally:
            self._leave_alone(site)
        if not visit.wanted:
            del self._visits[site]
            self._take_in(visit, now)
            return Again(after=_LOOK_EVERY, wake=True)
        return Again(after=_LOOK_EVERY)

    # what was found

    def _follow(self, state: PageState, watch: Watch, links: PageLinks, now: datetime) -> None:
        """Note the entries of a list that are new.

        Too many at once mean that the list was rebuilt; people are told. So they are of what was
        not understood of it.
        """
        entries = links.entries
        known = {known.url for known in self._ledger.pages.all() if known.watch_url == state.url}
        new = [entry for entry in entries if entry.url not in known]
        facts = _mark(sorted(entry.url for entry in entries))
        self._tell_faults(state.url, "\n".join(links.faults), now)
        if state.facts and len(new) == len(entries) >= _FULL:
            words = (
                "all entries of the list are new: some may have passed unseen, look at the list "
                "itself, and let it hold more"
            )
            self._tell_faults(state.url, words, now, about=facts)
        # what is not noted at once is new at the next look as well
        if state.facts and facts != state.facts and len(new) > _MOST_AT_ONCE:
            params = {"url": state.url, "count": str(len(new))}
            self._alerts.queue(
                f"watched-list:{state.url}:{len(new)}", "watched-list-flooded", params, now
            )
        self._ledger.pages.add(
            PageState(
                url=entry.url,
                role=PageRole.ENTRY,
                watch_url=state.url,
                next_at=now,
                title=entry.text,
            )
            for entry in new[:_MOST_AT_ONCE]
        )
        if len(new) > _MOST_AT_ONCE:
            state = replace(state, etag="", modified="")  # the rest is noted at the next look
        look = Look.SAME if facts == state.facts else Look.CHANGED
        self._note(replace(state, facts=facts), look, watch, now)

    def _take_in(self, visit: _Visit, now: datetime) -> None:
        """Store a notice that says something new, with its files; keep its bytes as proof."""
        state, data = visit.state, visit.page.data or b""
        name = _name_of(state, visit.page)
        if visit.files:
            data, name = _packed(name, data, visit.files), f"{name}.zip"
        notices = self._read(name, data)
        if not _says_something(notices):
            words = "the page holds no notice and no list of notices"
            self._note(
                state,
                Look.GONE if state.facts else Look.UNREADABLE,
                visit.watch,
                now,
                trouble=visit.fault or words,
            )
            return
        first = notices[0]
        notices[0] = replace(first, findings=(*first.findings, *visit.missed))
        facts = _mark([to_plain(_bare(notice)) for notice in notices])
        trouble = (
            ", ".join(finding.params["text"] for finding in visit.missed) if visit.is_cut else ""
        )
        trouble = trouble and f"not had: {trouble}"
        files = {notice.file for notice in notices}
        if facts == state.facts:
            self._note(state, Look.SAME, visit.watch, now, trouble=trouble, files=files)
            return
        ahead = [at for notice in notices for at in _ends(notice) if at > now]
        is_old = (
            state.role is PageRole.ENTRY and not state.facts and not ahead and _is_offer(notices)
        )
        if not is_old:
            self._keep(name, data, now)
            taken = self._ingest.store(notices, now, sha256(data).hexdigest())
            self._tell_errors(name, taken.notices, now)
        until = max(ahead, default=None)
        self._note(
            replace(state, facts=facts, until=until),
            Look.CHANGED,
            visit.watch,
            now,
            trouble=trouble,
            files=files,
        )

    def _tell_errors(self, name: str, notices: Sequence[Notice], now: datetime) -> None:
        """Tell the operators what was not understood of a page, as of a file in the inbox."""
        words = log_findings(name, notices, self._active.setup)
        if words:
            key = f"watched-errors:{name}:{_mark(words)}"
            self._alerts.queue(key, "file-errors", {"file": name, "words": words}, now)

    def _tell_faults(self, url: str, words: str, now: datetime, *, about: str = "") -> None:
        """Tell the operators what is wrong with a list, once, or once for each `about`."""
        if words:
            key = f"watched-errors:{url}:{_mark(words + about)}"
            self._alerts.queue(key, "file-errors", {"file": url, "words": words}, now)

    def _links(self, url: str, data: bytes) -> PageLinks:
        try:
            return self._reader.links(url, data, self._active.setup.settings.limits)
        except IntakeError as fault:
            log.info("%s: %s", url, fault)
            return PageLinks(faults=(str(fault),))

    def _read(self, name: str, data: bytes) -> list[Notice]:
        try:
            return self._reader.read(name, data, self._active.setup.settings.limits)
        except IntakeError as fault:
            log.info("%s: %s", name, fault)
            return []

    def _keep(self, name: str, data: bytes, now: datetime) -> None:
        """Keep the bytes, as proof of what the site said: beside the ledger or in it."""
        kept = self._ledger.kept_files
        if kept.are_handed_over:
            kept.keep_read(name, data, sha256(data).hexdigest(), now)
            return
        folder = self._active.setup.settings.ledger.parent / "watched"
        path = folder / f"{now:%Y%m%d-%H%M%S}-{sha256(data).hexdigest()[:8]}-{Path(name).name}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        except OSError as fault:
            log.error("%s: not kept: %s", path, fault)

    def _note(
        self,
        state: PageState,
        look: Look,
        watch: Watch,
        now: datetime,
        *,
        trouble: str = "",
        wait: timedelta | None = None,
        files: Iterable[str] = (),
    ) -> None:
        """Store how a look ended, and tell what people have to know.

        `files`: the names under which the notices of the page are stored.
        """
        after, news = after_look(state, look, watch, now, spread=self._dice(), wait=wait)
        is_whole = look in (Look.SAME, Look.CHANGED) and not trouble
        if not is_whole:
            # what was not understood is asked for anew
            after = replace(after, etag="", modified="")
        is_over = after.until is None or after.until <= now
        if after.role is PageRole.ENTRY and is_over and (is_whole or after.told == News.GONE):
            # nothing of it is ahead: it is not looked at again
            after = replace(after, next_at=now + _REST_OF_OLD)
        elif trouble and look is Look.CHANGED:
            # a file of it may come yet
            after = replace(after, next_at=min(after.next_at, now + watch.every))
        if look is Look.CHANGED:
            log.info("%s: something new", state.url)
        if news is not None:
            since = "" if state.good_at is None else f"{state.good_at.isoformat()}"
            params = {
                "url": state.url,
                "title": state.title or state.url,
                "words": trouble,
                "since": since,
            }
            # before it is noted as told: what ends the program between is told twice, not never
            key = f"watched:{news.value}:{state.url}:{now.isoformat()}"
            self._alerts.queue(key, _ALERTS[news], params, now)
        self._ledger.pages.save(replace(after, trouble=trouble), files=files)


def _site(url: str) -> str:
    return urlsplit(url).netloc.casefold()


def suffix_of(page: Fetched) -> str:
    """Return the suffix by which a page is read, as in `.html`."""
    if page.data is not None and is_json(page.data):
        return ".json"  # whatever its site calls it
    return _SUFFIXES.get(page.kind) or Path(urlsplit(page.url).path).suffix.lower()[:6] or ".html"


def _name_of(state: PageState, page: Fetched) -> str:
    """Return the file name of a page: its site, its title, and a suffix by its type."""
    path = urlsplit(page.url).path
    suffix = suffix_of(page)
    title = "".join(
        char if char.isalnum() else "-" for char in (state.title or Path(path).stem or "page")
    )
    mark = sha256(state.url.encode()).hexdigest()[:6]
    return f"{_site(page.url).replace(':', '-')}/{title[:60]}-{mark}{suffix}"


def _missed(link: Link, why: str) -> Finding:
    params = {"text": link.text, "words": why}
    return Finding(code=Code.MEMBER_NOT_READ, severity=Severity.ERROR, params=params)


def _free_name(name: str, taken: Iterable[str]) -> str:
    """`name`, or the next one that is free: pages give several files one name."""
    path = PurePosixPath(name.replace("/", "-"))
    candidates = (f"{path.stem} ({number}){path.suffix}" for number in itertools.count(2))
    return next(each for each in itertools.chain([path.name], candidates) if each not in taken)


def _packed(name: str, data: bytes, files: Mapping[str, bytes]) -> bytes:
    """A page with its attached files as one archive: they are read as one notice."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in [(Path(name).name, data), *files.items()]:
            # the same bytes for the same files: no clock in them
            archive.writestr(zipfile.ZipInfo(member), content)
    return stream.getvalue()


def _says_something(notices: Iterable[Notice]) -> bool:
    return any(
        notice.kind is not Kind.OTHER
        and (notice.changes or any(parcel.parcel_no for parcel in notice.parcels))
        for notice in notices
    )


def _is_offer(notices: Iterable[Notice]) -> bool:
    return all(notice.kind in OFFERING_KINDS for notice in notices)


def _ends(notice: Notice) -> list[datetime]:
    return [milestone.at for parcel in notice.parcels for milestone in parcel.milestones.values()]


def _bare(notice: Notice) -> Notice:
    """Return what a notice states, without where it states it.

    A page's clock and counters change its bytes all the time.
    """
    parcels = tuple(
        replace(
            parcel,
            milestones={
                name: replace(milestone, quote="", evidence=(), place=type(milestone.place)())
                for name, milestone in parcel.milestones.items()
            },
        )
        for parcel in notice.parcels
    )
    return replace(notice, file="", parcels=parcels, findings=(), contacts=(), words="", cutouts=())


def _mark(value: object) -> str:
    return sha256(repr(value).encode()).hexdigest()
