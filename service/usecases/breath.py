"""Long work in memory lets others in the process have a turn now and then."""

import asyncio

BREATH = 5
"""Things done, of about half a millisecond each, without letting others have a turn: whoever waits for the database in
between, as what is written beside it, goes on soon."""


async def breathe(index: int) -> None:
    """Called for each of many things, numbered from 0: some of the calls give way."""
    if index % BREATH == BREATH - 1:
        await asyncio.sleep(0)
