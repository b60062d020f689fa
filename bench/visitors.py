"""Many people at the board at once: python -m bench.visitors PORT COOKIE SECONDS. Prints JSON of
what they saw."""

from __future__ import annotations

import asyncio
import json
import sys
import time

RATE = 200
STREAMS = 100
_CONNECTIONS = 40
_PATHS = ("/", "/?city=%E6%9D%AD%E5%B7%9E", "/?state=ahead&days=30", "/?page=7", "/?wall=1")


class Visitors:
    """Ask for pages at a steady rate while streams stay open."""

    def __init__(self, port: int, cookie: str) -> None:
        self._port = port
        self._head = f"Host: 127.0.0.1:{port}\r\nCookie: notifier_session={cookie}\r\n"
        self.seconds: list[float] = []
        self.failures = 0
        self.streams = 0

    async def come(self, seconds: float) -> None:
        """Keep the streams open and ask, for so many seconds."""
        streams = [asyncio.create_task(self._listen()) for _ in range(STREAMS)]
        begin = time.monotonic()
        askers = [self._ask(begin, number, seconds) for number in range(_CONNECTIONS)]
        await asyncio.gather(*askers)
        for stream in streams:
            stream.cancel()
        await asyncio.gather(*streams, return_exceptions=True)

    async def _ask(self, begin: float, number: int, seconds: float) -> None:
        """One connection: its share of the requests, each at its own instant."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        apart = _CONNECTIONS / RATE
        for turn in range(int(seconds / apart)):
            at = begin + number / RATE + turn * apart
            await asyncio.sleep(max(0.0, at - time.monotonic()))
            path = _PATHS[(number + turn) % len(_PATHS)]
            asked = time.monotonic()
            writer.write(f"GET {path} HTTP/1.1\r\n{self._head}\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
            await reader.readexactly(length)
            self.seconds.append(time.monotonic() - asked)
            self.failures += b" 200 " not in head[:20]
        writer.close()

    async def _listen(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        writer.write(f"GET /events?since= HTTP/1.1\r\n{self._head}\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        self.streams += b" 200 " in head[:20]
        while await reader.readline():
            pass


def main() -> None:
    port, cookie, seconds = int(sys.argv[1]), sys.argv[2], float(sys.argv[3])
    visitors = Visitors(port, cookie)
    asyncio.run(visitors.come(seconds))
    print(
        json.dumps(
            {
                "seconds": visitors.seconds,
                "failures": visitors.failures,
                "streams": visitors.streams,
            }
        )
    )


if __name__ == "__main__":
    main()
