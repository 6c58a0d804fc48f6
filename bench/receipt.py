from bench.databases import Shelter
from bench.harness import Plan


async def measure(plan: Plan, place: Shelter) -> None: ...
