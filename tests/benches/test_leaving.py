"""How the benches' visitors leave."""

import asyncio
import os

import websockets

import abandon


def test_a_server_hears_nothing_of_a_pc_that_is_switched_off():
    async def scenario():
        closed = asyncio.Event()

        async def serve(socket):
            await socket.send("open")
            await socket.wait_closed()
            closed.set()

        async with websockets.serve(serve, "127.0.0.1", 0, ping_interval=None) as server:
            address = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            async with websockets.connect(address) as socket:
                await socket.recv()
                abandon.switch_off(socket)
            async with websockets.connect(address) as later:
                await later.recv()
                assert not closed.is_set()
                os.close(abandon.switched_off.pop())  # as Linux does for a program that ends: now it is told
                await closed.wait()

    asyncio.run(scenario())
