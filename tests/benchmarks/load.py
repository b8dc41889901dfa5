"""A small client: some connections, each asking again as soon as it was answered."""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Load:
    requests: int
    per_second: float
    p50_ms: float
    p95_ms: float
    failures: int


async def _ask(host: str, port: int, message: bytes) -> bool:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(message)
        answer = await reader.read(64)
        while await reader.read(65536):
            pass
    finally:
        writer.close()
    return answer.startswith(b"HTTP/1.1 200")


async def _run(port: int, path: str, cookie: str, connections: int, seconds: float) -> Load:
    message = (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {cookie}\r\n"
        "Connection: close\r\n\r\n"
    ).encode()
    took: list[float] = []
    failures = 0
    began = time.perf_counter()

    async def one() -> None:
        nonlocal failures
        while time.perf_counter() - began < seconds:
            start = time.perf_counter()
            if not await _ask("127.0.0.1", port, message):
                failures += 1
            took.append((time.perf_counter() - start) * 1000)

    await asyncio.gather(*(one() for _ in range(connections)))
    elapsed = time.perf_counter() - began
    cuts = statistics.quantiles(took, n=20) if len(took) > 1 else [0.0] * 19
    return Load(len(took), len(took) / elapsed, cuts[9], cuts[18], failures)


if __name__ == "__main__":
    port, path, cookie, connections, seconds = sys.argv[1:6]
    result = asyncio.run(_run(int(port), path, cookie, int(connections), float(seconds)))
    sys.stdout.write(json.dumps(asdict(result)))
