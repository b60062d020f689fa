"""The real daemon as a real process, watched by its log."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

WAIT = 120.0  # seconds until a test gives up on something that should happen soon

# nothing of the developer's own machine may reach the daemon under test
_ENVIRONMENT = {
    name: value for name, value in os.environ.items() if not name.startswith("NOTIFIER_")
}


class Daemon:
    """`notifier run` on `config`; its log (stderr) is read line by line, `out` is the console.
    `program`: another way to start it, `action`: another command."""

    def __init__(
        self,
        config: Path,
        environment: Mapping[str, str] | None = None,
        program: Sequence[str] = ("notifier",),
        action: Sequence[str] = ("run",),
    ) -> None:
        self.lines: list[str] = []
        self.out: list[str] = []
        self._news = threading.Condition()
        self.process = subprocess.Popen(
            [sys.executable, "-m", *program, "-c", str(config), *action],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env={**_ENVIRONMENT, "PYTHONUNBUFFERED": "1", **(environment or {})},
        )
        self._readers = [
            threading.Thread(target=self._read, args=(stream, lines), daemon=True)
            for stream, lines in (
                (self.process.stderr, self.lines),
                (self.process.stdout, self.out),
            )
        ]
        for reader in self._readers:
            reader.start()

    def _read(self, stream: Iterator[str], lines: list[str]) -> None:
        for line in stream:
            with self._news:
                lines.append(line.rstrip("\n"))
                self._news.notify_all()
        with self._news:
            self._news.notify_all()

    def wait_for(self, words: str, *, times: int = 1, timeout: float = WAIT) -> str:
        """The line (of the log or the console) that holds `words`, the `times`-th of them."""

        def found() -> list[str]:
            return [line for line in self.lines + self.out if words in line]

        with self._news:
            ended = self._news.wait_for(lambda: len(found()) >= times or self._is_over(), timeout)
            if len(found()) < times:
                why = "ended" if ended else f"did not say it within {timeout} s"
                raise AssertionError(
                    f"the daemon {why}: {words!r} not in {self.lines[-20:]} {self.out[-20:]}"
                )
            return found()[times - 1]

    def _is_over(self) -> bool:
        return not any(reader.is_alive() for reader in self._readers)

    def ready(self) -> Daemon:
        self.wait_for("ready: ledger")
        return self

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def kill(self) -> None:
        self.process.kill()
        self.wait()

    def wait(self, timeout: float = WAIT) -> int:
        status = self.process.wait(timeout)
        for reader in self._readers:
            reader.join(timeout)
        return status

    def stop(self) -> int:
        self.signal(signal.SIGTERM)
        return self.wait()


def free_port() -> int:
    """A port of loopback that nobody listened on a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def daemon(config: Path, environment: Mapping[str, str] | None = None) -> Iterator[Daemon]:
    """A daemon that is ready, and is no more afterwards."""
    with started(Daemon(config, environment)) as running:
        yield running.ready()


@contextmanager
def started(running: Daemon) -> Iterator[Daemon]:
    """A daemon that is no more afterwards."""
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.kill()
        for stream in (running.process.stdout, running.process.stderr):
            if stream is not None:
                stream.close()


def command(
    config: Path, *arguments: str, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """`notifier -c config ARGUMENTS` to its end."""
    return subprocess.run(
        [sys.executable, "-m", "notifier", "-c", str(config), *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=WAIT,
        env={**_ENVIRONMENT, **(environment or {})},
        check=False,
    )


def write_rows(path: Path, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A record file that appears whole, as a person's program saves it."""
    part = path.with_name(f".{path.name}.part")
    part.write_text("\n".join(",".join(row) for row in (headings, *rows)) + "\n", encoding="utf-8")
    part.replace(path)
