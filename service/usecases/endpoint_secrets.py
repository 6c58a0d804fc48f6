"""The secrets an endpoint's events are signed with: changed without a gap, and none of them ever shown again."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated

from pydantic import Field

from service.domain.access import Actor, Scope, require
from service.domain.instants import instant_text, shown_instant
from service.domain.refusals import Conflict, NotFound
from service.usecases.act import Act, IdempotencyKey, Outcome, Runtime, act
from service.usecases.endpoints import Sending, locked_endpoint, read_endpoint
from service.webhooks import rotation
from service.webhooks.rotation import Secret
from service.webhooks.signing import MAX_SECRETS, Kind

DAY_SECONDS = 86_400
LONGEST_OVERLAP_SECONDS = 604_800


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownSecret:
    """A signing secret, without itself but on the day it is made."""

    id: Annotated[str | None, Field(description="Id of the secret; null in a dry run.")]
    kind: Annotated[str, Field(description="hmac (signs v1) or ed25519 (signs v1a).")]
    created_at: Annotated[str, Field(description="When it was made.")]
    expires_at: Annotated[str | None, Field(description="When it stops signing; null while nothing ends it.")]
    public_key: Annotated[str | None, Field(description="whpk_…: what receivers verify v1a with; null for hmac.")]
    secret: Annotated[str | None, Field(description="whsec_…, shown once: when it is made; null for ed25519.")]


async def rotate_secret(
    runtime: Runtime,
    sending: Sending,
    actor: Actor,
    endpoint: str,
    *,
    overlap_seconds: int = DAY_SECONDS,
    kind: Kind | None = None,
    key: IdempotencyKey | None = None,
    dry_run: bool = False,
) -> Outcome:
    """A new secret; the answer is a ShownSecret with itself, which a repeated request does not show again.

    Those of its kind sign on for the overlap, newest first, those of the other kind as before. `kind` None is hmac
    where the endpoint has such a one. Raises NotFound `no-such-endpoint`, Conflict `too-many-secrets`.
    """
    require(actor, Scope.WEBHOOKS_MANAGE)
    shown_once: list[str] = []

    async def body(a: Act) -> ShownSecret:
        await locked_endpoint(a, endpoint)
        live = await rotation.live_secrets(a.tx, endpoint, now=a.now)
        if len(live) >= MAX_SECRETS:
            raise Conflict(
                "too-many-secrets",
                f"{MAX_SECRETS} secrets of this endpoint sign already. Revoke one, or wait until one expires.",
            )
        secret_id = runtime.new_id("sec")
        chosen: Kind = kind or ("hmac" if any(one.kind == "hmac" for one in live) else "ed25519")
        a.audit_detail.update(endpoint=endpoint, secret=secret_id, kind=chosen, overlap_seconds=overlap_seconds)
        made = await rotation.rotate(
            a.tx,
            endpoint,
            secret_id=secret_id,
            kind=chosen,
            overlap_us=overlap_seconds * 1_000_000,
            sealer=sending.sealer,
            now=a.now,
        )
        shown_once[:] = [made] if chosen == "hmac" else []
        found = await rotation.live_secrets(a.tx, endpoint, now=a.now)
        return next(_shown(one) for one in found if one.id == secret_id)

    outcome = await act(runtime, "endpoints.rotate_secret", actor, body, key=key, dry_run=dry_run)
    if dry_run:
        return replace(outcome, answer={**outcome.answer, "id": None, "public_key": None})
    if outcome.replayed or not shown_once:
        return outcome
    # Not part of what is kept under the key: the secret is stored sealed and nowhere else.
    return replace(outcome, answer={**outcome.answer, "secret": shown_once[0]})


async def list_secrets(runtime: Runtime, actor: Actor, endpoint: str) -> tuple[ShownSecret, ...]:
    """Those that sign, newest first. Raises NotFound `no-such-endpoint`."""
    await read_endpoint(runtime, actor, endpoint)
    return (await read_secrets(runtime, actor, [endpoint]))[endpoint]


async def read_secrets(runtime: Runtime, actor: Actor, ids: Sequence[str]) -> dict[str, tuple[ShownSecret, ...]]:
    """Those that sign, newest first, by endpoint."""
    require(actor, Scope.WEBHOOKS_MANAGE)
    now = runtime.database.now_us()
    async with runtime.database.read() as connection:
        found = await rotation.secrets_of(connection, ids, now=now)
    return {one: tuple(map(_shown, found.get(one, ()))) for one in ids}


async def revoke_secret(
    runtime: Runtime,
    actor: Actor,
    endpoint: str,
    secret: str,
    *,
    key: IdempotencyKey | None = None,
    dry_run: bool = False,
) -> Outcome:
    """Have a secret sign nothing more, at once. Raises NotFound `no-such-secret`, Conflict `last-secret`."""
    require(actor, Scope.WEBHOOKS_MANAGE)

    async def body(a: Act) -> dict[str, str]:
        await locked_endpoint(a, endpoint)
        a.audit_detail.update(endpoint=endpoint, secret=secret)
        match await rotation.revoke(a.tx, endpoint, secret, now=a.now):
            case "unknown":
                raise NotFound("no-such-secret", f"This endpoint has no secret {secret[:60]} that signs. List them.")
            case "last":
                raise Conflict(
                    "last-secret", "No other secret of this endpoint signs for good. Rotate it, then revoke this one."
                )
            case "revoked":
                return {"id": secret}

    return await act(runtime, "endpoints.revoke_secret", actor, body, key=key, dry_run=dry_run)


def _shown(one: Secret) -> ShownSecret:
    return ShownSecret(
        id=one.id,
        kind=one.kind,
        created_at=instant_text(one.created_at),
        expires_at=shown_instant(one.expires_at),
        public_key=one.public_key,
        secret=None,
    )
