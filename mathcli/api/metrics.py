"""The counters of a server, in Prometheus's text format."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.types import Message, Send

from mathcli import __version__
from mathcli.engines import Counts

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_PATHS = (
    "/health", "/metrics", "/props", "/tokenize", "/v1/models", "/v1/completions",
    "/v1/chat/completions",
)  # fmt: skip


class Metrics:
    """Counters of one server."""

    def __init__(self) -> None:
        self.running = 0
        self.last_used = time.monotonic()
        self._began = time.monotonic()
        self._requests: Counter[tuple[str, int]] = Counter()
        self._problems: Counter[str] = Counter()
        self._generated = self._evaluated = 0

    @contextmanager
    def request(self, *, post: bool) -> Iterator[None]:
        """Count a running request; only POST requests count."""
        self.running += post
        try:
            yield
        finally:
            self.running -= post
            if post:
                self.last_used = time.monotonic()

    def counting(self, send: Send, path: str) -> Send:
        """`send`, extended to count responses by status; unknown paths count as `other`."""
        path = path if path in _PATHS else "other"

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._requests[path, int(message["status"])] += 1
            await send(message)

        return counted

    def problem(self, finish: str, counts: Counts) -> None:
        """Count a problem by its finish."""
        self._problems[finish] += 1
        self.tokens(counts)

    def tokens(self, counts: Counts) -> None:
        """Count the tokens of a text."""
        self._generated += counts.generated
        self._evaluated += counts.evaluated

    def text(self, memory: int | None) -> str:
        """All counters as text.

        Args:
            memory: bytes of this process, if known.
        """
        lines = [
            "# TYPE mathcli_info gauge", f'mathcli_info{{version="{__version__}"}} 1',
            "# TYPE mathcli_uptime_seconds gauge",
            f"mathcli_uptime_seconds {time.monotonic() - self._began:.3f}",
            "# TYPE mathcli_requests_running gauge", f"mathcli_requests_running {self.running}",
            "# TYPE mathcli_generated_tokens_total counter",
            f"mathcli_generated_tokens_total {self._generated}",
            "# TYPE mathcli_evaluated_tokens_total counter",
            f"mathcli_evaluated_tokens_total {self._evaluated}",
            "# TYPE mathcli_requests_total counter",
        ]  # fmt: skip
        for (path, status), count in sorted(self._requests.items()):
            lines.append(f'mathcli_requests_total{{path="{path}",status="{status}"}} {count}')
        lines.append("# TYPE mathcli_problems_total counter")
        for finish, count in sorted(self._problems.items()):
            lines.append(f'mathcli_problems_total{{finish="{finish}"}} {count}')
        if memory is not None:
            lines += [
                "# TYPE process_resident_memory_bytes gauge",
                f"process_resident_memory_bytes {memory}",
            ]
        return "\n".join(lines) + "\n"
