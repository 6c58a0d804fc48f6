"""What surfaces ask of connected systems themselves; what is kept of them, they ask of use cases."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from service.connectors.band_drifts import BandDriftReport, band_drift
from service.connectors.checks import CheckedConnection, check_connection
from service.connectors.kinds import Tools, asked
from service.connectors.readings import Readings
from service.domain.access import Actor, Scope, require
from service.usecases.connection_feeds import ConnectionRequest
from service.usecases.connection_syncs import ShownSync
from service.usecases.connections import read_connection
from service.usecases.open_connections import OpenConnection, open_connection
from service.webhooks.sealer import Sealer


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionDesk:
    """Everything here needs admin: it is answered with what another system says."""

    tools: Tools
    sealer: Sealer
    readings: Readings

    def asked(
        self, *, kind: str, key: str, system: str | None, settings: Mapping[str, Any], credentials: Mapping[str, Any]
    ) -> ConnectionRequest:
        """Raises Invalid `unknown-connection-kind` and `connection-invalid`."""
        return asked(self.tools.kinds, kind=kind, key=key, system=system, settings=settings, credentials=credentials)

    async def asked_anew(
        self,
        actor: Actor,
        connection: str,
        *,
        settings: Mapping[str, Any],
        credentials: Mapping[str, Any],
        key: str | None = None,
        kind: str | None = None,
        system: str | None = None,
    ) -> ConnectionRequest:
        """The same of one that is there; None stays as it is. Raises NotFound too."""
        before = await read_connection(self.tools.runtime, actor, connection)
        # By the kind it is of: another one is refused where it is kept.
        checked = self.asked(
            kind=before.kind,
            key=key or before.key,
            system=system or before.system,
            settings=settings,
            credentials=credentials,
        )
        return replace(checked, kind=kind or before.kind)

    async def check(self, actor: Actor, connection: str) -> CheckedConnection:
        """Try it out, and write nothing. Raises NotFound, Conflict `not-openable`."""
        return await check_connection(self.tools, await self.opened(actor, connection))

    async def band_drift(self, actor: Actor, connection: str) -> BandDriftReport:
        """Hold their bands against ours. Needs bands:read too. Raises what `band_drift` raises, and NotFound."""
        return await band_drift(self.tools, await self.opened(actor, connection), actor)

    async def sync(
        self, actor: Actor, connection: str, *, dry_run: bool, everything: bool, wait_seconds: float
    ) -> ShownSync:
        """Read what changed there, and wait for a while. Raises what `Readings.sync` raises, and NotFound."""
        opened = await self.opened(actor, connection)
        return await self.readings.sync(
            self.tools, opened, actor, dry_run=dry_run, everything=everything, seconds=wait_seconds
        )

    async def opened(self, actor: Actor, connection: str) -> OpenConnection:
        """With its secrets, which no answer may hold."""
        require(actor, Scope.ADMIN)
        return await open_connection(self.tools.runtime, self.sealer, connection)
