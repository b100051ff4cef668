"""`mathcli serve --port`, as its clients meet it: the real openai client, curl, and worse."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from mathcli.engines import Piece, Sampling
from mathcli.engines.llamacpp import LlamaEngine
from tests.cli.conftest import Run
from tests.servers.running import free_port

openai = pytest.importorskip("openai")

QUADRATIC = "Solve x^2 - 5x + 6 = 0"
PROMPT = "<|user|>\nWhat is 3 + 4?\n<|assistant|>\n"
KEY = "a-secret-key-of-the-tests"


@dataclass(frozen=True)
class Served:
    url: str
    port: int
    pid: int
    log: Path


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server in a process of its own, with a key and a runtime folder of its own."""
    folder = tmp_path_factory.mktemp("api")
    port = free_port()
    run = tempfile.mkdtemp(prefix="mathcli-")
    environment = {**os.environ, "XDG_RUNTIME_DIR": run, "MATHCLI_API_KEY": KEY}
    log = folder / "log"
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "mathcli", "serve", "--port", str(port)],
            stderr=errors, stdout=errors, env=environment,
        )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 120
        while True:
            try:
                assert httpx2.get(f"{url}/health").json() == {"status": "ok"}
                break
            except httpx2.TransportError:
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < deadline
                time.sleep(0.05)
        worker = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()[0]
        yield Served(url, port, int(worker), log)
    finally:
        process.send_signal(signal.SIGTERM)
        code = process.wait(60)
        shutil.rmtree(run)
    assert code == 0
    text = log.read_text()
    assert "Traceback" not in text
    assert KEY not in text


@pytest.fixture
def client(served: Served) -> Any:
    return openai.OpenAI(base_url=f"{served.url}/v1", api_key=KEY, max_retries=0, timeout=120)


def headers() -> dict[str, str]:
    return {"Authorization": f"Bearer {KEY}"}


def greedy(nano: LlamaEngine, prompt: str, tokens: int, stop: tuple[str, ...] = ()) -> str:
    async def go() -> str:
        sequence = await nano.open([Piece(prompt, markup=True)], Sampling())
        done = await sequence.generate(max_tokens=tokens, stop=stop, keep_stop=False)
        await sequence.close()
        return done.text

    return asyncio.run(go())


# -- the model itself ------------------------------------------------------------------------


def test_completions_are_the_engines_own(client: Any, nano: LlamaEngine) -> None:
    assert [model.id for model in client.models.list()] == ["mathcli", "nano"]
    asked = {"model": "nano", "prompt": PROMPT, "max_tokens": 40, "temperature": 0}
    whole = client.completions.create(**asked, logprobs=1)
    expected = greedy(nano, PROMPT, 40)
    assert whole.choices[0].text == expected
    assert whole.choices[0].finish_reason in ("stop", "length")
    assert "".join(whole.choices[0].logprobs.tokens) == expected
    assert all(one <= 0 for one in whole.choices[0].logprobs.token_logprobs)
    assert whole.usage.completion_tokens == len(whole.choices[0].logprobs.tokens)
    options = {"include_usage": True}
    *parts, last = client.completions.create(**asked, stream=True, stream_options=options)
    assert "".join(part.choices[0].text for part in parts) == expected
    assert parts[-1].choices[0].finish_reason == whole.choices[0].finish_reason
    assert last.usage.completion_tokens == whole.usage.completion_tokens
    stopped = client.completions.create(**asked, stop=["\n"])
    assert stopped.choices[0].text == greedy(nano, PROMPT, 40, ("\n",))
    several = client.completions.create(**{**asked, "temperature": 1}, n=3)
    assert [choice.index for choice in several.choices] == [0, 1, 2]


def test_a_chat_with_the_model_itself(client: Any) -> None:
    messages = [{"role": "system", "content": "s"}, {"role": "user", "content": QUADRATIC}]
    done = client.chat.completions.create(model="nano", messages=messages, temperature=0)
    assert done.choices[0].message.content
    stream = client.chat.completions.create(
        model="nano", messages=messages, temperature=0, stream=True
    )
    text = "".join(part.choices[0].delta.content or "" for part in stream)
    assert text == done.choices[0].message.content


# -- the solver ------------------------------------------------------------------------------


def test_the_solver_answers_in_the_usual_fields(client: Any) -> None:
    messages = [{"role": "user", "content": [{"type": "text", "text": QUADRATIC}]}]
    done = client.chat.completions.create(model="mathcli", messages=messages)
    message = done.choices[0].message
    assert (message.content, done.choices[0].finish_reason) == ("2, 3", "stop")
    assert "```python\nfrom sympy" in message.reasoning_content
    assert "```output\n[2, 3]\n```" in message.reasoning_content
    assert done.mathcli["evidence"] == "computed"
    told, answer = "", ""
    for part in client.chat.completions.create(model="mathcli", messages=messages, stream=True):
        told += getattr(part.choices[0].delta, "reasoning_content", None) or ""
        answer += part.choices[0].delta.content or ""
    assert (told, answer) == (message.reasoning_content, "2, 3")
    voted = client.chat.completions.create(
        model="mathcli", messages=messages, extra_body={"samples": 3, "method": "tir"}
    )
    assert (voted.choices[0].message.content, voted.mathcli["agreement"]) == ("2, 3", 1.0)
    with pytest.raises(openai.UnprocessableEntityError, match="temperature 0"):
        client.chat.completions.create(
            model="mathcli", messages=messages, temperature=0, extra_body={"samples": 3}
        )


def test_parts_proofs_and_what_is_no_problem(client: Any) -> None:
    def asked(problem: str) -> Any:
        return client.chat.completions.create(
            model="mathcli", messages=[{"role": "user", "content": problem}]
        )

    parts = asked("(a) What is 2+3? (b) What is 4*5?")
    assert parts.choices[0].message.content == "(a) 5\n(b) 20"
    assert [one["label"] for one in parts.mathcli["parts"]] == ["a", "b"]
    hello = asked("Hello!")
    assert hello.choices[0].message.content == "This is no problem of mathematics."
    assert (hello.mathcli["kind"], hello.usage.completion_tokens) == ("none", 0)
    proof = asked("Prove that 2 is prime.")
    assert (proof.choices[0].message.content, proof.mathcli["kind"]) == ("", "proof")


def test_our_own_client_gets_the_same_answers(
    served: Served, mathcli: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MATHCLI_API_KEY", KEY)
    done = mathcli("solve", "--json", "--server", served.url, QUADRATIC)
    record = json.loads(done.out)
    assert (done.code, record["answer"]["text"]) == (0, "2, 3")
    assert record["model"]["engine"].startswith("server mathcli ")
    assert record["model"]["card"] == "nano"
    local = json.loads(mathcli("solve", "--json", QUADRATIC).out)
    texts = [[part["text"] for part in one["segments"]] for one in (record, local)]
    assert texts[0] == texts[1]
    spelled = mathcli("solve", "--json", "--server", served.url, "What is 2 + <|end|> 3?")
    assert json.loads(spelled.out)["problem"] == "What is 2 + <|end|> 3?"


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")
def test_curl(served: Served) -> None:
    body = json.dumps({"messages": [{"role": "user", "content": QUADRATIC}], "stream": True})
    words = ["curl", "-sN", f"{served.url}/v1/chat/completions", "-d", body]
    done = subprocess.run(
        [*words, "-H", f"Authorization: Bearer {KEY}"], capture_output=True, text=True, timeout=120
    )
    events = [line[6:] for line in done.stdout.splitlines() if line.startswith("data: ")]
    assert events[-1] == "[DONE]"
    assert json.loads(events[-2])["mathcli"]["answer"]["text"] == "2, 3"


# -- what is refused -------------------------------------------------------------------------


REFUSED: list[tuple[str, Any, int]] = [
    ("/v1/completions", b"{", 400),
    ("/v1/completions", b"[]", 422),
    ("/v1/completions", b'{"prompt": ' + b"[" * 3000 + b"]" * 3000 + b"}", 400),
    ("/v1/completions", {"prompt": ""}, 422),
    ("/v1/completions", {"prompt": [1 << 30]}, 422),
    ("/v1/completions", {"prompt": [[1], [2]]}, 422),
    ("/v1/completions", {"prompt": "x", "max_tokens": 0}, 422),
    ("/v1/completions", {"prompt": "x", "n": 1000}, 422),
    ("/v1/completions", {"prompt": "x", "temperature": "hot"}, 422),
    ("/v1/completions", {"prompt": "1 " * 4000}, 400),
    ("/v1/completions", {"prompt": "x" * (1 << 20)}, 413),
    ("/v1/completions", {"prompt": "x", "model": "gpt-4"}, 404),
    ("/v1/chat/completions", {"messages": []}, 422),
    ("/v1/chat/completions", {"messages": [{"role": "assistant", "content": "x"}]}, 422),
    ("/v1/chat/completions", {"messages": [{"role": "user", "content": "1"}], "samples": 999}, 422),
    ("/v1/chat/completions", {"messages": [{"role": "user", "content": "1 " * 4000}]}, 400),
    ("/v1/embeddings", {"input": "x"}, 404),
    ("/tokenize", {"content": 1}, 422),
]


def test_what_is_wrong_is_refused_with_its_status(served: Served) -> None:
    with httpx2.Client(base_url=served.url, headers=headers(), timeout=60) as http:
        for path, body, status in REFUSED:
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            answer = http.post(path, content=data)
            assert answer.status_code == status, (path, data[:60], answer.text)
            assert answer.json()["error"]["message"]
        assert http.get("/v1/completions").status_code == 405
        assert http.get("/v1/models", headers={"Host": "evil.example"}).status_code == 403
        assert http.get("/v1/models", headers={"Origin": "https://evil"}).status_code == 403
        for wrong in ("Bearer wrong", "Bearer", ""):
            assert http.get("/v1/models", headers={"Authorization": wrong}).status_code == 401
        assert http.get("/health", headers={"Authorization": ""}).status_code == 200
        metrics = http.get("/metrics").text
    assert 'mathcli_requests_total{path="other",status="404"} 1' in metrics
    assert 'mathcli_requests_total{path="/v1/completions",status="413"} 1' in metrics


# -- many at once ----------------------------------------------------------------------------


def descriptors(served: Served) -> int:
    return len(list(Path(f"/proc/{served.pid}/fd").iterdir()))


def resident(served: Served) -> int:
    return int(Path(f"/proc/{served.pid}/statm").read_text().split()[1]) * os.sysconf(
        "SC_PAGE_SIZE"
    )


def running(served: Served) -> int:
    text = httpx2.get(f"{served.url}/metrics", headers=headers()).text
    return int(text.split("\nmathcli_requests_running ")[1].split()[0])


def quiet(served: Served, before: int) -> bool:
    """Is nothing in work any more, and are all descriptors given back?"""
    deadline = time.monotonic() + 60
    while running(served) or descriptors(served) > before:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


async def honest(http: httpx2.AsyncClient, number: int) -> None:
    """A request whose answer is known."""
    a, b = number % 9 + 2, number % 7 + 3
    body = {"messages": [{"role": "user", "content": f"What is {a} * {b}?"}],
            "stream": number % 2 == 0}  # fmt: skip
    answer = await http.post("/v1/chat/completions", json=body)
    assert answer.status_code == 200, answer.text
    if number % 2:
        assert answer.json()["choices"][0]["message"]["content"] == str(a * b)
    else:
        assert f'"content":"{a * b}"' in answer.text


async def hostile(served: Served, kind: int) -> None:
    """A client that breaks off, sends nonsense, or does not read."""
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    long = json.dumps({"prompt": PROMPT, "temperature": 2, "max_tokens": 400, "stream": kind != 2})
    head = f"POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {KEY}\r\n"
    whole = f"{head}Content-Length: {len(long)}\r\n\r\n{long}".encode()
    sent = [
        b"\x16\x03\x01\x02\x00\x01\xfc" + bytes(200),
        whole[:-20],
        whole,
        whole,
        f"{head}Content-Length: 99999999999\r\n\r\n".encode() + b"x" * 100_000,
        f"{head}Transfer-Encoding: chunked\r\n\r\nZZ\r\n".encode(),
    ][kind]
    writer.write(sent)
    if kind == 3:
        await reader.read(100)  # and goes away in the middle
    else:
        await asyncio.sleep(0.05)
    writer.transport.abort()


def test_two_hundred_requests_a_tenth_of_them_hostile(served: Served) -> None:
    """Every honest one is right; memory and descriptors are back where they were."""

    async def go(count: int) -> None:
        gate = asyncio.Semaphore(16)
        limits = httpx2.Limits(max_connections=16)
        async with httpx2.AsyncClient(
            base_url=served.url, headers=headers(), timeout=240, limits=limits
        ) as http:

            async def one(number: int) -> None:
                async with gate:
                    if number % 10 == 9:
                        await hostile(served, number // 10 % 6)
                    else:
                        await honest(http, number)

            await asyncio.gather(*map(one, range(count)))

    before = descriptors(served)
    asyncio.run(go(30))  # what is made once is made now
    assert quiet(served, before)
    memory = resident(served)
    asyncio.run(go(200))
    assert quiet(served, before), descriptors(served)
    assert resident(served) < memory + 24e6


def test_who_goes_away_stops_what_was_being_written(served: Served) -> None:
    before = descriptors(served)
    body = {"prompt": PROMPT, "temperature": 100, "max_tokens": 480, "seed": 3}
    with httpx2.Client(base_url=served.url, headers=headers(), timeout=60) as http:
        with http.stream("POST", "/v1/completions", json=body | {"stream": True}) as answer:
            parts = answer.iter_bytes()
            next(parts)
            assert running(served) == 1
        with pytest.raises(httpx2.ReadTimeout):
            http.post("/v1/completions", json=body, timeout=0.1)
    assert quiet(served, before)


def test_too_many_at_once_are_told_to_come_again(served: Served) -> None:
    async def go() -> list[int]:
        body = {"prompt": PROMPT, "temperature": 2, "max_tokens": 300}
        limits = httpx2.Limits(max_connections=None)
        async with httpx2.AsyncClient(
            base_url=served.url, headers=headers(), timeout=240, limits=limits
        ) as http:
            tasks = [
                asyncio.ensure_future(http.post("/v1/completions", json=body | {"seed": seed}))
                for seed in range(80)
            ]
            done, rest = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            while not any(one.result().status_code == 429 for one in done) and rest:
                more, rest = await asyncio.wait(rest, return_when=asyncio.FIRST_COMPLETED)
                done |= more
            refused = [one.result() for one in done if one.result().status_code == 429]
            for task in rest:
                task.cancel()
            await asyncio.gather(*rest, return_exceptions=True)
            return [int(one.headers["retry-after"]) for one in refused]

    before = descriptors(served)
    assert all(seconds >= 1 for seconds in asyncio.run(go()) or [0])
    assert quiet(served, before)


def test_the_address_must_not_be_open_to_all_without_a_key(mathcli: Run) -> None:
    for words in (("--host", "0.0.0.0", "--port", "0"), ("--host", "0.0.0.0")):
        done = mathcli("serve", *words)
        assert done.code == 2, done.err
