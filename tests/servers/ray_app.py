"""Two `vllm serve` behind one address, by Ray Serve: run with the Python of vLLM's environment.

    python ray_app.py HEAD_ADDRESS PORT FOLDER PYTHON_WORD...

Each replica is an actor on a node of its own. It starts the server with `python PYTHON_WORD...` on
that node and passes requests on to it; when the server ends, its health check fails and Ray Serve
starts another replica there. `FOLDER` gets a file for each server that runs.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import ray
from fastapi import FastAPI, Request
from fastapi.responses import Response, StreamingResponse
from ray import serve

QUEUE = 512  # requests that wait for a replica; beyond that the answer is 503
AT_ONCE = 64  # requests that a replica takes
_HOP = {"transfer-encoding", "connection", "content-length", "date", "server"}

web = FastAPI()


@serve.deployment(
    num_replicas=2,
    max_ongoing_requests=AT_ONCE,
    max_queued_requests=QUEUE,
    ray_actor_options={"num_cpus": 0, "resources": {"replica": 1}},
    health_check_period_s=5,
    health_check_timeout_s=120,
    graceful_shutdown_timeout_s=2,
)
@serve.ingress(web)
class Replica:
    """A node's server and the way to it."""

    def __init__(self, folder: str, words: list[str]) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        node = ray.get_runtime_context().get_node_id()
        own = Path(folder, f"{node}.json")
        with Path(folder, f"{node}.log").open("ab") as log:
            self.server = subprocess.Popen(
                ["nice", "-n", "10", sys.executable, *words, "--port", str(port)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        own.write_text(json.dumps({"node": node, "pid": self.server.pid}))
        self.client = httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}",
            timeout=httpx.Timeout(300),
            limits=httpx.Limits(max_connections=None),
            trust_env=False,
        )

    async def __del__(self) -> None:
        if self.server.poll() is None:
            os.killpg(self.server.pid, signal.SIGKILL)

    async def reconfigure(self, _: object) -> None:
        """A replica is there when its server is."""
        while self.server.poll() is None:
            try:
                if (await self.client.get("/health")).status_code == 200:
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.5)
        raise RuntimeError("the server ended before it answered")

    def check_health(self) -> None:
        if self.server.poll() is not None:
            raise RuntimeError("the server is gone")

    @web.api_route("/{path:path}", methods=["GET", "POST"])
    async def pass_on(self, path: str, request: Request) -> Response:
        sent = {"content-type": request.headers.get("content-type", "application/json")}
        asked = self.client.build_request(
            request.method, f"/{path}", params=request.query_params, headers=sent,
            content=await request.body(),
        )  # fmt: skip
        try:
            answer = await self.client.send(asked, stream=True)
        except httpx.TransportError:
            return Response('{"error": {"message": "this replica is gone"}}', status_code=502)

        async def body() -> AsyncIterator[bytes]:
            try:
                async for chunk in answer.aiter_raw():
                    yield chunk
            finally:
                await answer.aclose()

        headers = {k: v for k, v in answer.headers.items() if k.lower() not in _HOP}
        return StreamingResponse(body(), status_code=answer.status_code, headers=headers)


def main() -> None:
    head, port, folder, *words = sys.argv[1:]
    ray.init(address=head, log_to_driver=False)
    serve.start(http_options={"host": "127.0.0.1", "port": int(port)})
    app = Replica.options(user_config={}).bind(folder, words)
    serve.run(app, name="vllm", route_prefix="/")
    while True:
        time.sleep(3600)


if __name__ == "__main__":
    main()
