"""Foreign files, read in a child process.

Whatever a file makes its reader do, the daemon goes on.

One warm child serves file after file, so that a file costs milliseconds. It is replaced when it
dies, when a limit is reached, and after some files. Nothing but JSON comes back.
"""

from __future__ import annotations

import json
import logging
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
import weakref
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from notifier.domain.values import Notice
from notifier.errors import IntakeError, NotifierError
from notifier.intake import frames
from notifier.intake.limits import Limits
from notifier.intake.links import PageLinks

log = logging.getLogger("notifier")

_MOST_FILES = 200  # of one child
_MOST_RESIDENT = 150_000_000  # bytes; a child that has grown beyond is not kept
_WALL = 2  # times the limit in seconds of work: the machine may be busy with something else
_GRACE = 2.0  # seconds


class ReadingStopped(NotifierError):
    """reading files was stopped: the program ends"""


class _Died(Exception):
    """The child ended in the middle of a file."""


class _Child:
    """One process, one file at a time."""

    def __init__(self, memory: int) -> None:
        """OSError if no process can be started: that is no fault of a file."""
        self.memory = memory
        self.files = 0
        self.resident = 0  # bytes of memory in use after the last file
        self.used_at = time.monotonic()
        ours, its = socket.socketpair()
        with its:
            try:
                self.process = _start(its.fileno(), memory)
            except BaseException:
                ours.close()
                raise
        self.peer = ours
        # never left behind, at the latest at exit
        self._end = weakref.finalize(self, _end, self.process, ours)

    def is_fit(self, memory: int) -> bool:
        return self.memory == memory and self.files < _MOST_FILES and self.process.poll() is None

    def end(self) -> int:
        """Kill it; return its exit status, negative for the signal that ended it."""
        self._end()
        return self.process.wait()


def _end(process: subprocess.Popen[bytes], peer: socket.socket) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    peer.close()


def _start(channel: int, memory: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603  # our own interpreter and module
        [sys.executable, "-P", "-m", "notifier.intake.worker", str(channel), str(memory)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,  # what a file makes the reader print is not for the log
        pass_fds=(channel,),
        env={  # no secret of ours
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        start_new_session=True,  # Ctrl-C ends the daemon, it does not make a file unreadable
    )


class FileReading:
    """A file that is being read. Made by `FileReader.begin`."""

    def __init__(
        self, reader: FileReader, name: str, data: bytes, limits: Limits, *, task: str = "notices"
    ) -> None:
        self._reader = reader
        self._task = task
        self._name = name
        self._data = data
        self._limits = limits
        self._received: dict[str, Any] | None = None
        self._fault: Exception | None = None
        self._begin()

    def _begin(self) -> None:
        self._child = self._reader.take_child(self._limits.memory_bytes)
        self._served_before = self._child.files
        self._was_worn = self._child.resident > self._limits.memory_bytes // 4
        self._until = time.monotonic() + _WALL * self._limits.seconds + _GRACE
        header = {"task": self._task, "name": self._name, "limits": asdict(self._limits)}
        try:
            frames.send(self._child.peer, json.dumps(header).encode(), self._until)
            frames.send(self._child.peer, self._data, self._until)
        except OSError:
            pass  # it is dead: the wait for its answer ends at once

    def wait(self, seconds: float) -> bool:
        """Wait at most so long; return whether `notices` would answer without waiting."""
        if self._received is not None or self._fault is not None:
            return True  # the child is gone by now, or reads another file
        left = max(min(seconds, self._until - time.monotonic()), 0.0)
        end = time.monotonic() + left
        while select.select([self._child.peer], [], [], max(end - time.monotonic(), 0.0))[0]:
            try:
                self._received = self._answer()
            except (IntakeError, ReadingStopped, _Died) as fault:
                self._fault = fault
                return True
            if not self._begin_with_more(self._received):
                return True
        return time.monotonic() >= self._until

    def _begin_with_more(self, answer: dict[str, Any]) -> bool:
        """Read the file anew with what its pictures, or its conversion, take.

        If its reader says that it needs that.
        """
        if answer.get("needs_pictures") and not self._limits.pictures:
            self._limits = self._limits.for_pictures()
        elif answer.get("needs_office") and not self._limits.is_for_office:
            self._limits = self._limits.for_office()
        else:
            return False
        self._received = None
        self._begin()
        return True

    def notices(self) -> list[Notice]:
        """Return what the file holds.

        IntakeError says in one sentence why there is nothing; ReadingStopped if the reader was
        closed meanwhile.
        """
        return list(self._values(tuple[Notice, ...]))

    def links(self) -> PageLinks:
        """Return what a page leads to, as `notices`."""
        found: PageLinks = self._values(PageLinks)
        return found

    def _values(self, kind: Any) -> Any:
        """Return what the child answers, as values of that kind."""
        while True:
            try:
                answer = self._answer_or_received()
            except _Died as why:
                if not self._served_before:
                    raise IntakeError(str(why)) from None
            else:
                if self._begin_with_more(answer):
                    continue
                if not (answer.get("exhausted") and self._was_worn):
                    return _values_of(self._task, self._name, answer, kind)
            # what came before may have worn the child out: the file is tried again by a fresh one
            self._begin()

    def _answer_or_received(self) -> dict[str, Any]:
        """Return the answer, the one that came while it was waited for."""
        answer, fault = self._received, self._fault
        self._received = self._fault = None
        if fault is not None:
            raise fault
        return answer if answer is not None else self._answer()

    def cancel(self) -> None:
        """Give up reading the file."""
        self._reader.end_child(self._child)

    def _answer(self) -> dict[str, Any]:
        limits = self._limits
        try:
            content = frames.receive(self._child.peer, limits.answer_bytes, self._until)
        except TimeoutError:
            self.cancel()
            self._reader.ensure_open()
            raise IntakeError(_too_slow(limits)) from None
        except frames.TooLong:
            self.cancel()
            raise IntakeError(_too_much(limits)) from None
        except (EOFError, OSError, ValueError):
            return self._explain_end()
        try:
            answer = json.loads(content)
            resident = int(answer["resident"])
        except (ValueError, TypeError, KeyError, RecursionError):
            self.cancel()
            raise IntakeError(
                "its reader gave no answer that can be used: save its text or table as a new file"
            ) from None
        if answer.get("exhausted"):
            self.cancel()
        else:
            self._reader.give_back(self._child, resident)
        return dict(answer)

    def _explain_end(self) -> dict[str, Any]:
        status = self._reader.end_child(self._child)
        self._reader.ensure_open()
        if status == -signal.SIGXCPU:
            raise IntakeError(_too_slow(self._limits))
        raise _Died(
            f"it broke the program that reads files ({_ending(status)}): save its text or "
            "table as a new file"
        )


def _too_slow(limits: Limits) -> str:
    return f"it takes more than {limits.seconds} seconds to read: split the file"


def _too_much(limits: Limits) -> str:
    return f"what it says takes more than {limits.answer_bytes} bytes: split the file"


def _ending(status: int) -> str:
    try:
        return signal.Signals(-status).name
    except ValueError:
        return f"status {status}"


def _values_of(task: str, name: str, answer: dict[str, Any], kind: Any) -> Any:
    from notifier.intake.transfer import from_plain

    if "refused" in answer:
        raise IntakeError(str(answer["refused"])[:1_000])
    if "fault" in answer:
        log.error("%s: an error in the program: %s", name, str(answer.get("traceback"))[:8_000])
        raise IntakeError(f"it cannot be read: {str(answer['fault'])[:300]}")
    try:
        return from_plain(kind, answer[task])
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as fault:
        log.error("%s: the answer of its reader: %s", name, str(fault)[:300])
        raise IntakeError(
            "its reader gave no answer that can be used: save its text or table as a new file"
        ) from None


class FileReader:
    """Reads files in child processes.

    Several readings may be under way; one child stays warm between them.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: _Child | None = None
        self._busy: set[_Child] = set()
        self._closed = False

    def read(self, name: str, data: bytes, limits: Limits) -> list[Notice]:
        """Return the notices in the bytes of a file whose name ends in its kind (`notice.pdf`).

        IntakeError says in one sentence why there are none; OSError if no child can be started.
        """
        return self.begin(name, data, limits).notices()

    def links(self, url: str, page: bytes, limits: Limits) -> PageLinks:
        """Return what the page at `url` leads to. IntakeError, OSError as `read`."""
        return FileReading(self, url, page, limits, task="links").links()

    def begin(self, name: str, data: bytes, limits: Limits) -> FileReading:
        """Begin to read, as `read`."""
        return FileReading(self, name, data, limits)

    def close(self) -> None:
        """End every child; what is being read ends with ReadingStopped."""
        with self._lock:
            self._closed = True
            children = [*self._busy, *([self._idle] if self._idle is not None else [])]
            self._idle = None
        for child in children:
            child.end()

    def rest(self, seconds: float) -> None:
        """End the warm child if it has had nothing to do for so long."""
        with self._lock:
            child = self._idle
            if child is None or time.monotonic() - child.used_at < seconds:
                return
            self._idle = None
        child.end()

    def ensure_open(self) -> None:
        """ReadingStopped if the reader was closed."""
        if self._closed:
            raise ReadingStopped

    # for Reading

    def take_child(self, memory: int) -> _Child:
        """Return a child that is free, the warm one if it is fit."""
        with self._lock:
            self.ensure_open()
            child, self._idle = self._idle, None
            if child is not None and not child.is_fit(memory):
                child.end()
                child = None
            if child is None:
                child = _Child(memory)
            self._busy.add(child)
            return child

    def give_back(self, child: _Child, resident: int) -> None:
        """Keep a child that has answered, or end it if it has grown or another one is warm."""
        child.files += 1
        child.resident = resident
        child.used_at = time.monotonic()
        with self._lock:
            self._busy.discard(child)
            if self._idle is None and resident < _MOST_RESIDENT and not self._closed:
                self._idle = child
                return
        child.end()

    def end_child(self, child: _Child) -> int:
        with self._lock:
            self._busy.discard(child)
        return child.end()
