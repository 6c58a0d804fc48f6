"""Certificates and a token server for tests, on 127.0.0.1."""

import base64
import json
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs

import trustme
from aiohttp import web

ADDRESS = "127.0.0.1"


def pem(*blobs: trustme.Blob) -> str:
    return "".join(blob.bytes().decode() for blob in blobs)


def pair(authority: trustme.CA, name: str = "client@dualtrack.example") -> tuple[str, str]:
    """Certificate and key of a client."""
    made = authority.issue_cert(name)
    return pem(*made.cert_chain_pems), pem(made.private_key_pem)


def demanding(authority: trustme.CA, clients: trustme.CA | None = None) -> ssl.SSLContext:
    """What a receiver on 127.0.0.1 shows, who lets in nobody without a certificate of `clients`, if given."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(ADDRESS).configure_cert(context)
    if clients:
        context.verify_mode = ssl.CERT_REQUIRED
        clients.configure_trust(context)
    return context


@dataclass(slots=True)
class Tokens:
    """A token server that gives `token-1`, `token-2` … `life` is what expires_in says, None for nothing."""

    life: object = 3600
    status: int = 200
    answer: dict[str, object] | None = None
    asked: list[tuple[dict[str, list[str]], str]] = field(default_factory=list[tuple[dict[str, list[str]], str]])
    url: str = ""

    async def take(self, request: web.Request) -> web.Response:
        header = request.headers.get("Authorization", "")
        user = base64.b64decode(header.removeprefix("Basic ")).decode() if header else ""
        self.asked.append((parse_qs((await request.read()).decode()), user))
        given: dict[str, object] = {"access_token": f"token-{len(self.asked)}", "token_type": "Bearer"}
        if self.life is not None:
            given["expires_in"] = self.life
        body = json.dumps(given if self.answer is None else self.answer)
        return web.Response(status=self.status, text=body, content_type="application/json")


@asynccontextmanager
async def token_server(tokens: Tokens, *, tls: ssl.SSLContext | None = None) -> AsyncGenerator[Tokens]:
    app = web.Application()
    app.router.add_post("/token", tokens.take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, ADDRESS, 0, ssl_context=tls).start()
    tokens.url = f"http{'s' if tls else ''}://{ADDRESS}:{runner.addresses[0][1]}/token"
    try:
        yield tokens
    finally:
        await runner.cleanup()
