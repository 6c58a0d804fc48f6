"""The limit of a published answer: an ASGI application without a framework that sends the bytes which the service sent.

python -m bench.bare_answer URL KEY body     status, type, length and body
python -m bench.bare_answer URL KEY whole    every header of the service's answer too
"""

import json
import socket
import sys
from typing import Any

import httpx
import uvicorn
import uvloop


async def main(url: str, key: str, mode: str) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(url, headers={"Authorization": f"Bearer {key}", "Accept-Encoding": "identity"})
    answer.raise_for_status()
    headers = [
        (name.encode(), value.encode())
        for name, value in answer.headers.items()
        # The server writes the date itself.
        if name in {"content-type", "content-length"} or (mode == "whole" and name != "date")
    ]
    body = answer.content

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(app, lifespan="off", access_log=False, log_config=None, server_header=False, proxy_headers=False)
    )
    print(json.dumps({"url": f"http://127.0.0.1:{listening.getsockname()[1]}"}), flush=True)
    await server.serve(sockets=[listening])


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
