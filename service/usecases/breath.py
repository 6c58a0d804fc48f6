"""Long work in memory lets others in the process have a turn now and then."""

import asyncio

BREATH = 20
"""Things done, of about a millisecond each, without letting others have a turn."""


async def breathe(index: int) -> None:
    """Called for each of many things, numbered from 0: some of the calls give way."""
    if index % BREATH == BREATH - 1:
        await asyncio.sleep(0)
