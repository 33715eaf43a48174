"""The line in front of people's servers."""

import asyncio
import os
import socket

import pytest
from jupyterhub.handlers import BaseHandler
from jupyterhub.handlers.pages import HealthCheckHandler

from sandyq_hub.line import Gate, Line, take_turns
from sandyq_hub.ports import hold_port
from sandyq_hub.spawner import open_listener


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


def test_whoever_takes_long_gives_the_place_up_and_works_on():
    async def scenario():
        line, door = Line(places=1, patience=0.01), asyncio.Event()

        async def slow():
            async with line.turn("slow"):
                await door.wait()

        job = asyncio.create_task(slow())
        for number in range(2):
            async with line.turn(number):
                assert not job.done()
        door.set()
        await job
        async with line.turn("first"):  # one place still, given back once
            second = asyncio.create_task(line.turn("second").__aenter__())
            await asyncio.sleep(0)
            assert not second.done()
        await second

    asyncio.run(scenario())


def test_a_class_that_presses_at_once_lets_the_hub_answer_others_in_between():
    async def scenario():
        gate, begun = Gate(), []

        async def press(number):
            await gate.pass_through()
            begun.append(number)

        jobs = [asyncio.create_task(press(number)) for number in range(60)]
        for _ in range(10):  # turns of the loop, as many as it takes to answer somebody
            await asyncio.sleep(0)
        assert begun == list(range(len(begun)))
        assert 0 < len(begun) <= 10
        await asyncio.gather(*jobs)

    asyncio.run(scenario())


def test_the_hub_begins_one_request_at_a_time_and_says_at_once_that_it_is_there(monkeypatch):
    begun = []

    async def work(handler):
        begun.append(handler)

    async def scenario():
        requests = [BaseHandler.__new__(BaseHandler) for _ in range(60)]
        jobs = [asyncio.create_task(request.prepare()) for request in requests]
        for _ in range(10):
            await asyncio.sleep(0)
        assert begun == requests[: len(begun)]
        assert 0 < len(begun) <= 10
        health = HealthCheckHandler.__new__(HealthCheckHandler)
        before = len(begun)
        await health.prepare()
        assert begun[before] is health, "it waits for nobody"
        await asyncio.gather(*jobs)

    monkeypatch.setattr(BaseHandler, "prepare", work)
    take_turns()
    asyncio.run(scenario())
    assert len(begun) == 61


def test_a_servers_port_is_its_own_and_held_until_it_is_let_go(monkeypatch):
    def refuse(uid):
        raise PermissionError(1, "The filter of the hub's unit refuses even what changes nothing.")

    monkeypatch.setattr(os, "seteuid", refuse)
    listeners = [open_listener() for _ in range(100)]
    ports = [listener.getsockname()[1] for listener in listeners]
    assert len(set(ports)) == len(ports)
    holder = hold_port(ports[0])
    with pytest.raises(OSError):
        socket.create_server(("127.0.0.1", ports[0]))
    listeners[0].close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", ports[0]))
    with pytest.raises(OSError):
        socket.create_server(("127.0.0.1", ports[0]))
    holder.close()
    socket.create_server(("127.0.0.1", ports[0])).close()
    for listener in listeners:
        listener.close()
