"""Who asks: by an API key as the user of Basic, or by a bearer token that was given here."""

import base64
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from aiohttp import web

if TYPE_CHECKING:
    from tests.simulators.bamboohr.server import Bamboo

CALLER = web.RequestKey("CALLER", str)
BY_OAUTH = web.RequestKey("BY_OAUTH", bool)


def caller_of(bamboo: "Bamboo", request: web.Request) -> tuple[str, bool] | None:
    """Who it is, and whether by OAuth; None for nobody."""
    how, _, value = request.headers.get("Authorization", "").partition(" ")
    if how.lower() == "basic":
        user = base64.b64decode(value).decode().partition(":")[0]
        return (user, False) if user in bamboo.api_keys else None
    if how.lower() == "bearer" and value in bamboo.tokens:
        return bamboo.tokens[value], True
    return None


async def token(bamboo: "Bamboo", request: web.Request) -> web.Response:
    form = {name: values[0] for name, values in parse_qs((await request.read()).decode()).items()}
    client = form.get("client_id", "")
    if request.query.get("request") != "token" or bamboo.clients.get(client) != form.get("client_secret"):
        return web.json_response({"error": "invalid_client"}, status=401)
    match form.get("grant_type"):
        case "refresh_token":
            good = form.get("refresh_token") in bamboo.refresh_tokens
        case "client_credentials":
            good = True
        case _:
            return web.json_response({"error": "unsupported_grant_type"}, status=400)
    if not good:
        return web.json_response({"error": "invalid_grant"}, status=400)
    token = f"token-{len(bamboo.tokens) + 1}"
    bamboo.tokens[token] = client
    return web.json_response(
        {"access_token": token, "token_type": "Bearer", "expires_in": 3600, "scope": " ".join(sorted(bamboo.scopes))}
    )
