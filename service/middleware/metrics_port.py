"""The figures on a port of their own, without a key: for who watches from the same machine or a closed network."""

from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from service.domain.access import OPERATOR
from service.middleware.refusal import Refusal, refuse
from service.rest.metrics import metrics_page
from service.telemetry.spool import Spool
from service.usecases.act import Runtime

PATH = "/metrics"


class MetricsPort:
    """Answers GET and HEAD of one path, and nothing else."""

    def __init__(self, runtime: Runtime, spool: Spool) -> None:
        self._runtime = runtime
        self._spool = spool

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        if scope["path"] != PATH:
            await refuse(scope, send, Refusal("not-found", f"Only {PATH} is here."))
            return
        if scope["method"] not in {"GET", "HEAD"}:
            await refuse(
                scope, send, Refusal("method-not-allowed", f"{PATH} is only read.", headers={"allow": "GET, HEAD"})
            )
            return
        accept = ",".join(Headers(scope=scope).getlist("accept"))
        content, media = await metrics_page(self._runtime, self._spool, OPERATOR, accept=accept)
        headers = [
            (b"content-type", media.encode()),
            (b"content-length", str(len(content)).encode()),
            (b"cache-control", b"no-store"),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else content})
