"""A process that is killed in the middle: its sink has written an event, and nobody has recorded that it did."""

import asyncio
import os
import signal
import sys
from pathlib import Path

from service.connectors.sinks import Done, Told
from service.storage.database import Database
from tests.connectors.ledger import Ledger
from tests.webhooks.post import Office


async def main(url: str, journal: str, file: Path) -> None:
    def last_words(event: str, _times: int) -> Told:
        file.write_text(event)
        os.kill(os.getpid(), signal.SIGKILL)
        return Done(note="never said")

    ledger = Ledger(mood=last_words)
    database = Database(url=url, journal=journal)  # type: ignore[arg-type]
    async with Office(database).dispatching(name="doomed", around=ledger.around):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], Path(sys.argv[3])))
