"""The line in front of people's servers."""

import asyncio
import socket

import pytest

from sandyq_hub.line import Line
from sandyq_hub.spawner import PORTS, choose_port


def test_people_are_served_in_order_and_see_how_many_are_before_them():
    async def scenario():
        line, served, doors = Line(places=2), asyncio.Queue(), [asyncio.Event() for _ in range(5)]

        async def person(number):
            async with line.turn(number):
                await served.put(number)
                await doors[number].wait()

        jobs = [asyncio.create_task(person(number)) for number in range(5)]
        assert [await served.get() for _ in range(2)] == [0, 1]
        assert [line.ahead_of(number) for number in range(5)] == [0, 0, 0, 1, 2]
        doors[0].set()
        assert await served.get() == 2
        assert [line.ahead_of(number) for number in (3, 4)] == [0, 1]
        for door in doors:
            door.set()
        await asyncio.gather(*jobs)
        assert [await served.get() for _ in range(2)] == [3, 4]

    asyncio.run(scenario())


def test_whoever_gives_up_or_fails_keeps_nobody_waiting():
    async def scenario():
        line = Line(places=1)
        with pytest.raises(RuntimeError):
            async with line.turn("fails"):
                raise RuntimeError
        async with line.turn("first"):
            impatient = asyncio.create_task(line.turn("impatient").__aenter__())
            patient = asyncio.create_task(line.turn("patient").__aenter__())
            await asyncio.sleep(0)
            assert line.ahead_of("patient") == 1
            impatient.cancel()
            await asyncio.wait([impatient])
            assert line.ahead_of("patient") == 0
        await patient

    asyncio.run(scenario())


def test_servers_starting_at_once_never_share_a_port():
    ports = [choose_port() for _ in range(200)]
    assert len(set(ports)) == len(ports)
    with socket.create_server(("127.0.0.1", ports[-1])):
        assert ports[-1] not in {choose_port() for _ in PORTS}
