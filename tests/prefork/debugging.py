"""A debugger's front end: what JupyterLab's does, over a kernel's control channel."""

import time
from itertools import count


class DebugSession:
    """Asks, waits for the answer, and for what the kernel tells by itself."""

    def __init__(self, client):
        self.client, self.numbers, self.events = client, count(1), []

    def ask(self, command, **arguments):
        """Return the answer, whatever it is."""
        request = {
            "type": "request",
            "seq": next(self.numbers),
            "command": command,
            "arguments": arguments,
        }
        message = self.client.session.msg("debug_request", request)
        self.client.control_channel.send(message)
        while True:
            reply = self.client.get_control_msg(timeout=30)
            if reply["parent_header"].get("msg_id") == message["header"]["msg_id"]:
                return reply["content"]

    def tell(self, command, **arguments):
        """Return the body of an answer that says yes."""
        reply = self.ask(command, **arguments)
        assert reply["success"], reply
        return reply.get("body")

    def start(self):
        self.tell("initialize", clientID="test", adapterID="")
        self.tell("attach")

    def stop_at(self, code, *lines):
        """Set breakpoints in a cell and run it; return its request's id."""
        path = self.tell("dumpCell", code=code)["sourcePath"]
        found = self.tell(
            "setBreakpoints",
            source={"path": path},
            breakpoints=[{"line": line} for line in lines],
            sourceModified=False,
        )
        assert [each["verified"] for each in found["breakpoints"]] == [True] * len(lines)
        self.tell("configurationDone")
        return self.client.execute(code)

    def wait_for_event(self, name):
        """Return the body of the next such event."""
        ends = time.monotonic() + 30
        while time.monotonic() < ends:
            message = self.client.get_iopub_msg(timeout=30)
            if message["msg_type"] == "debug_event" and message["content"]["event"] == name:
                return message["content"].get("body")
        raise AssertionError(f"no event {name}")

    def wait_for_stop(self):
        """Return the thread that stopped and its frames, innermost first."""
        thread = self.wait_for_event("stopped")["threadId"]
        return thread, self.tell("stackTrace", threadId=thread)["stackFrames"]

    def read_variables(self, frame):
        """Return the values, as they are shown, of the frame's local variables."""
        scope = self.tell("scopes", frameId=frame["id"])["scopes"][0]
        found = self.tell("variables", variablesReference=scope["variablesReference"])
        return {each["name"]: each["value"] for each in found["variables"]}
