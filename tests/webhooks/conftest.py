from collections.abc import AsyncIterator

import pytest

from service.webhooks.addresses import parse_networks
from service.webhooks.egress import EgressGuard
from service.webhooks.transport import AiohttpTransport
from tests.webhooks.wire import Receiver, Serve


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Starts a receiver on 127.0.0.1, gives its http URL, stops it after the test."""
    started: list[Receiver] = []

    async def start(receiver: Receiver) -> str:
        started.append(receiver)
        return f"http://127.0.0.1:{await receiver.start()}/hook"

    yield start
    for receiver in started:
        await receiver.stop()


@pytest.fixture
async def transport() -> AsyncIterator[AiohttpTransport]:
    """May reach 127.0.0.1 and nothing else inside."""
    guard = EgressGuard(allow=parse_networks("127.0.0.1/32"))
    made = AiohttpTransport(guard=guard, user_agent="dualtrack/0.0")
    yield made
    await made.close()
    guard.close()
