"""The ASGI application: its paths and their handlers."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from mathcli import __version__
from mathcli.api import completions, solutions
from mathcli.api.bodies import Body, body_of, flag, word
from mathcli.api.faults import Refused, refusal
from mathcli.api.guarding import AccessRules, Guard
from mathcli.api.metrics import CONTENT_TYPE
from mathcli.api.sending import Gone
from mathcli.api.service import SOLVER, Service
from mathcli.engines import Piece
from mathcli.models import quant_name
from mathcli.resident.host import resident_bytes
from mathcli.resident.identity import SEQUENCES

_log = logging.getLogger("mathcli.api")

Handler = Callable[[Service, Request], Awaitable[Response]]


def application(service: Service, rules: AccessRules) -> ASGIApp:
    """The ASGI application of a service."""

    def route(path: str, method: str, answer: Handler) -> Route:
        async def endpoint(request: Request) -> Response:
            return await _answered(service, request, answer)

        return Route(path, endpoint, methods=[method])

    routes = [
        route("/health", "GET", _health),
        route("/metrics", "GET", _metrics),
        route("/props", "GET", _props),
        route("/v1/models", "GET", _models),
        route("/tokenize", "POST", _tokenize),
        route("/v1/completions", "POST", _completions),
        route("/v1/chat/completions", "POST", _chat),
    ]
    app = Starlette(routes=routes, exception_handlers={HTTPException: _http_error})
    return Guard(app, rules, service.metrics)


async def _answered(service: Service, request: Request, answer: Handler) -> Response:
    """A response, whatever error occurs: no request ends the process."""
    try:
        return await answer(service, request)
    except Gone:
        return Response(status_code=499)  # the client has gone
    except Exception as error:
        refused = refusal(error)
        if refused.status == 500:  # the request itself is not logged
            _log.error("%s in %s", type(error).__name__, request.url.path, exc_info=error)
        return refused.response()


async def _http_error(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    words = {404: "there is nothing here", 405: "not with this method"}.get(status, "refused")
    return Refused(status, words).response()


async def _health(service: Service, request: Request) -> Response:
    if service.engine.failed:
        raise Refused(503, "the engine has failed", "unavailable_error")
    return JSONResponse({"status": "ok"})


async def _metrics(service: Service, request: Request) -> Response:
    text = service.metrics.text(resident_bytes())
    return PlainTextResponse(text, headers={"content-type": CONTENT_TYPE})


async def _models(service: Service, request: Request) -> Response:
    length = service.engine.context_length
    own = {"id": service.model, "object": "model", "owned_by": "llamacpp",
           "meta": {"n_ctx": length}}  # fmt: skip
    solver = {"id": SOLVER, "object": "model", "owned_by": SOLVER}
    return JSONResponse({"object": "list", "data": [solver, own]})


async def _props(service: Service, request: Request) -> Response:
    """Answer `/props`, which `mathcli --server` requests from a llama-server."""
    engine = service.engine
    return JSONResponse({
        "default_generation_settings": {"n_ctx": engine.context_length},
        "total_slots": SEQUENCES,
        "model_path": engine.path.name,
        "model_ftype": quant_name(engine.metadata("general.file_type")),
        "chat_template": engine.metadata("tokenizer.chat_template") or "",
        "bos_token": engine.metadata("tokenizer.bos_token") or "",
        "eos_token": engine.metadata("tokenizer.eos_token") or "",
        "build_info": f"mathcli {__version__}",
    })  # fmt: skip


async def _tokenize(service: Service, request: Request) -> Response:
    body = await body_of(request)
    content = word(body, "content") or ""
    piece = Piece(content, markup=flag(body, "parse_special"))
    engine = service.engine
    tokens = engine.tokens_of([piece], start=flag(body, "add_special"))
    if not flag(body, "with_pieces"):
        return JSONResponse({"tokens": tokens})
    pieces = [{"id": one, "piece": _piece(engine.piece(one))} for one in tokens]
    return JSONResponse({"tokens": pieces})


def _piece(data: bytes) -> str | list[int]:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return list(data)


async def _completions(service: Service, request: Request) -> Response:
    body = await body_of(request)
    _check_model(service, body, (None, service.model))
    return await completions.complete(service, request, body)


async def _chat(service: Service, request: Request) -> Response:
    body = await body_of(request)
    if _check_model(service, body, (None, SOLVER, service.model)) == service.model:
        return await completions.chat(service, request, body)
    return await solutions.solve(service, request, body)


def _check_model(service: Service, body: Body, known: tuple[str | None, ...]) -> str | None:
    model = word(body, "model")
    if model not in known:
        names = ", ".join(name for name in known if name)
        raise Refused(404, f"there is no such model here: {names}", "not_found_error")
    return model
