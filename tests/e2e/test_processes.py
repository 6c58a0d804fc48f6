"""`serve --processes`: one socket, several servers, one worker, and a parent that keeps and ends them."""

import asyncio
import json
import signal

import httpx
import psutil
from prometheus_client.parser import text_string_to_metric_families

from tests.e2e.house import PATIENCE_SECONDS, House, Program
from tests.e2e.people import change, introduce, names, steps_of, subscribe
from tests.e2e.receiver import Receiver

PEOPLE = names(4)
STEPS = steps_of(4)


def children(program: Program) -> dict[int, str]:
    """Processes that run now by id, with the command of each."""
    found = psutil.Process(program.process.pid).children()
    return {one.pid: command(one) for one in found if one.is_running() and one.status() != psutil.STATUS_ZOMBIE}


def command(process: psutil.Process) -> str:
    try:
        arguments = process.cmdline()
    except psutil.NoSuchProcess:
        return ""
    return next((name for name in ("serve", "dispatch") if name in arguments), "")


async def family(program: Program, *, but: int = 0) -> dict[int, str]:
    """The whole of it, once it is there: two servers and a worker, without process `but`."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while sorted((found := children(program)).values()) != ["dispatch", "serve", "serve"] or but in found:
            assert await program.lives_on(0.05), program.errors.read_text()
    return found


async def figures_agree(serving: Program, client: httpx.AsyncClient, *, delivered: int) -> None:
    """Whichever server is asked, with a key or on the port of its own, tells what the worker counted."""
    told = next(json.loads(line) for line in serving.errors.read_text().splitlines() if "metrics are told" in line)
    async with asyncio.timeout(PATIENCE_SECONDS):
        for url in (f"{serving.url}/metrics", f"http://127.0.0.1:{told['port']}/metrics") * 2:
            # Each connection is taken by one of the servers.
            while figures_in((await client.get(url, headers={"Connection": "close"})).text) != (delivered, 3):
                assert await serving.lives_on(0.1)


def figures_in(page: str) -> tuple[float, float]:
    """Deliveries that were done, and processes that the page is of."""
    found = [one for family in text_string_to_metric_families(page) for one in family.samples]
    done = [
        one.value
        for one in found
        if one.name == "dualtrack_delivery_attempts_total" and one.labels["outcome"] == "delivered"
    ]
    return sum(done), sum(one.value for one in found if one.name == "dualtrack_processes")


def one_of(found: dict[int, str], name: str) -> int:
    return next(pid for pid, what in found.items() if what == name)


async def test_those_that_die_are_started_again_and_all_end_when_told(
    postgres_house: House, receiver: Receiver
) -> None:
    serving = await postgres_house.serve("--processes", "2", DUALTRACK_METRICS_PORT="0")
    before = await family(serving)
    async with postgres_house.client(serving) as client:
        await subscribe(client, receiver.url)
        await introduce(client, PEOPLE)
        await asyncio.gather(*(change(client, person, 0, STEPS[0]) for person in PEOPLE))
        await receiver.until(lambda: len(receiver.answered) == len(PEOPLE))
        await figures_agree(serving, client, delivered=len(PEOPLE))

        psutil.Process(worker := one_of(before, "dispatch")).kill()
        await asyncio.gather(*(change(client, person, 1, STEPS[1]) for person in PEOPLE))
        after = await family(serving, but=worker)
        assert {pid for pid in before if before[pid] == "serve"} == {pid for pid in after if after[pid] == "serve"}
        await receiver.until(lambda: len(receiver.answered) == len(PEOPLE) * 2)

    psutil.Process(server := one_of(before, "serve")).kill()
    # The other one takes all that comes meanwhile.
    async with postgres_house.client(serving) as client:
        answers = await asyncio.gather(*(change(client, person, 2, STEPS[2]) for person in PEOPLE))
        assert [answer.status_code for answer in answers] == [201] * len(PEOPLE)
    now = await family(serving, but=server)

    async with postgres_house.client(serving) as client:
        asked = [asyncio.create_task(change(client, person, 3, STEPS[3])) for person in PEOPLE]
        await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
        ended = await serving.stopped()
        assert [answer.status_code for answer in await asyncio.gather(*asked)] == [201] * len(PEOPLE)
    assert (ended.code, ended.out, "Traceback" in ended.err) == (0, "", False), ended.err
    assert [pid for pid in now if psutil.pid_exists(pid)] == []
    lines = [json.loads(line) for line in ended.err.splitlines()]
    again = [line for line in lines if line["event"] == "a process ended and is started again"]
    assert [(line["worker"], line["pid"], line["status"]) for line in again] == [
        ("dispatch", worker, -signal.SIGKILL),
        ("serve", server, -signal.SIGKILL),
    ]
    assert "are killed" not in ended.err
    assert await refuses(serving)


async def test_nobody_outlives_a_parent_that_is_killed(postgres_house: House) -> None:
    serving = await postgres_house.serve("--processes", "2")
    processes = [psutil.Process(pid) for pid in await family(serving)]
    await serving.killed()
    _, alive = await asyncio.to_thread(psutil.wait_procs, processes, timeout=PATIENCE_SECONDS)
    assert alive == []
    # Drained, not struck: each has said nothing but what it says when it ends.
    assert "Traceback" not in serving.errors.read_text()
    assert await refuses(serving)


async def test_what_keeps_the_first_from_starting_is_told_once(postgres_house: House, postgres_url: str) -> None:
    missing = {"DUALTRACK_DATABASE_URL": f"{postgres_url}_missing", "DUALTRACK_PROCESSES": "3"}
    ended = await postgres_house.run("serve", "--port", "0", **missing)
    told = [line for line in ended.err.splitlines() if line.startswith("dualtrack: ")]
    assert (ended.code, ended.out, len(told)) == (2, "", 1), ended.err
    assert "_missing does not answer" in told[0] and "Traceback" not in ended.err
    assert "is started again" not in ended.err


async def refuses(program: Program) -> bool:
    async with httpx.AsyncClient(trust_env=False) as client:
        try:
            await client.get(f"{program.url}/livez")
        except httpx.ConnectError:
            return True
    return False
