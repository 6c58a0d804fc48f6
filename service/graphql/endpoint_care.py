"""What is done to an endpoint once it is there: its secrets, and trying it."""

from typing import Any

from service.graphql.endpoints import Deleted
from service.graphql.inputs import checked
from service.graphql.payloads import Write, mutation
from service.graphql.shapes import shape_of
from service.requests.endpoints import EndpointTest, Rotation
from service.usecases import endpoint_secrets, endpoint_tests
from service.usecases.act import Outcome
from service.usecases.endpoint_secrets import ShownSecret
from service.usecases.endpoint_tests import TriedEndpoint


async def _rotate(write: Write) -> Outcome:
    ask, body = write.ask, checked(Rotation, write.sent)
    return await endpoint_secrets.rotate_secret(
        ask.office.runtime,
        ask.office.sending,
        ask.actor,
        write.sent["endpoint"],
        overlap_seconds=body.overlap_seconds,
        kind=body.kind,
        key=write.key,
        dry_run=write.dry_run,
    )


async def _revoke(write: Write) -> Outcome:
    ask = write.ask
    return await endpoint_secrets.revoke_secret(
        ask.office.runtime,
        ask.actor,
        write.sent["endpoint"],
        write.sent["secret"],
        key=write.key,
        dry_run=write.dry_run,
    )


async def _test(write: Write) -> Outcome:
    ask = write.ask
    return await endpoint_tests.send_test(
        ask.office.runtime,
        ask.office.sending,
        ask.actor,
        write.sent["endpoint"],
        checked(EndpointTest, write.sent).event_type,
        key=write.key,
        dry_run=write.dry_run,
    )


_ENDPOINT = ("endpoint", "Id of the endpoint.")
QUERIES: dict[str, Any] = {}
MUTATIONS: dict[str, Any] = {
    "rotate_secret": mutation(
        "rotateSecret",
        _rotate,
        shape_of(ShownSecret),
        said="Give an endpoint a new signing secret, shown this once. The older ones sign on for the overlap.",
        body=Rotation,
        places=(_ENDPOINT,),
    ),
    "revoke_secret": mutation(
        "revokeSecret",
        _revoke,
        Deleted,
        said="Have a signing secret sign nothing more, at once.",
        places=(_ENDPOINT, ("secret", "Id of the secret.")),
    ),
    "test_endpoint": mutation(
        "testEndpoint",
        _test,
        shape_of(TriedEndpoint),
        said="Send an example to an endpoint at once, whatever its state, and tell what came of it.",
        body=EndpointTest,
        places=(_ENDPOINT,),
    ),
}
