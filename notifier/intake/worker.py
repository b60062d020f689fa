"""The program of the child process that reads foreign files.

`python -m notifier.intake.worker SOCKET`

A file may be made to do harm, or only be very large: what it costs is this process, never the
daemon. See `child.py`.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import socket
import sys
import traceback
from contextlib import suppress
from typing import Any

from notifier.errors import IntakeError, NeedsOffice, NeedsPictures
from notifier.intake.frames import receive, send
from notifier.intake.limits import Limits

_FILES = 64  # open files; reading needs a handful
_MOST_WRITTEN = 100_000_000  # bytes of one file


def main() -> None:
    """Answer one request after the other until nobody asks any more."""
    asked = socket.socket(fileno=int(sys.argv[1]))
    _limit()
    _stand_back()
    # a sheet becomes millions of values and hardly a cycle: looking for them costs a fifth of the
    # time
    gc.disable()
    with suppress(EOFError, ConnectionError):
        while True:
            header = json.loads(receive(asked))
            data = receive(asked)
            limits = Limits(**header["limits"])
            _limit_processor(limits.seconds)
            send(asked, _answer(header["task"], header["name"], data, limits))
            del data
            gc.collect()


def _answer(task: str, name: str, data: bytes, limits: Limits) -> bytes:
    """Return the answer as JSON, and the bytes of memory that this process holds by now."""
    try:
        answer = json.dumps(_understood(task, name, data, limits), separators=(",", ":"))
    except MemoryError:
        answer = json.dumps(
            {"refused": "it needs too much memory to be read: split the file", "exhausted": True}
        )
    return f'{answer[:-1]},"resident":{_resident()}}}'.encode()


def _resident() -> int:
    """Return the bytes of memory in use.

    The system's highest mark would include the daemon's, from before exec.
    """
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            pages = int(file.read().split()[1])
    except OSError:
        return 0
    return pages * resource.getpagesize()


def _understood(task: str, name: str, data: bytes, limits: Limits) -> dict[str, Any]:
    """Return what the task is named after.

    `notices`, or `links` of the page whose address `name` is.

    Else why there is nothing: `refused`, or `fault` with its traceback for an error of ours.
    """
    from notifier.intake import read_data
    from notifier.intake.page_links import page_links
    from notifier.intake.transfer import to_plain

    try:
        if task == "links":
            return {"links": to_plain(page_links(data, name, limits))}
        return {"notices": to_plain(read_data(name, data, limits))}
    except NeedsOffice:
        return {"needs_office": True}
    except NeedsPictures:
        return {"needs_pictures": True}
    except IntakeError as fault:
        return {"refused": str(fault)}
    except RecursionError:
        return {"refused": "it is nested too deep: save its text or table as a new file"}
    except MemoryError:
        raise
    except Exception as fault:  # noqa: BLE001  # it is told to whoever asked
        return {
            "fault": f"{type(fault).__name__}: {fault}"[:300],
            "traceback": traceback.format_exc()[-8_000:],
        }


def _limit() -> None:
    """Take away what no file needs."""
    memory = int(sys.argv[2])
    # of private memory: libraries that are mapped do not count
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    # one format is converted through a folder of its own; see documents/doc.py
    resource.setrlimit(resource.RLIMIT_FSIZE, (_MOST_WRITTEN, _MOST_WRITTEN))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (_FILES, _FILES))


def _limit_processor(seconds: int) -> None:
    """End this process after so many seconds of work from now on.

    Even if nobody is left to kill it.
    """
    used = resource.getrusage(resource.RUSAGE_SELF)
    until = int(used.ru_utime + used.ru_stime) + 1 + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (until, resource.RLIM_INFINITY))


def _stand_back() -> None:
    """Lower this process's priority: where memory or time is short, the daemon comes first."""
    with suppress(OSError):
        os.nice(10)
    with suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
        file.write("1000")


if __name__ == "__main__":
    main()
