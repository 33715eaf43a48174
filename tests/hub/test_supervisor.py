"""The supervisor says that a server is open when it is."""

import sys
from dataclasses import replace

from sandyq.settings import Settings, read_secret
from sandyq_hub.parts import Part, find_health, has_routes, plan_part
from sandyq_hub.runtime import find_free_ports
from sandyq_hub.supervisor import Supervisor

LATE_HUB = """
import http.server, json, sys, threading, time, urllib.request
port, api, token = sys.argv[1:]


class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()


server = http.server.HTTPServer(("127.0.0.1", int(port)), Answer)
threading.Thread(target=server.serve_forever).start()
time.sleep(3)
for path in ("/", "/services/portal/", "/services/rooms/"):
    body = json.dumps({"target": "http://127.0.0.1:" + port}).encode()
    headers = {"Authorization": "token " + token}
    urllib.request.urlopen(urllib.request.Request(api + path, body, headers, method="POST"))
"""
"""As the real one on a slow machine: it answers, and tells the proxy of its services seconds later."""


def test_a_server_has_started_when_the_door_leads_to_its_parts(tmp_path):
    door, api, port = find_free_ports(3)
    settings = replace(Settings(tmp_path), port=door, proxy_api_port=api, hub_port=port)
    proxy = plan_part(settings, "proxy")
    words = [str(port), find_health(settings, "proxy"), read_secret(settings, "proxy")]
    hub = Part("hub", [sys.executable, "-c", LATE_HUB, *words], {}, find_health(settings, "hub"))
    for part in (proxy, hub):
        settings.folder(part.name).mkdir(exist_ok=True)
    supervisor = Supervisor(settings, print, lambda: None, lambda: None, parts=[proxy, hub])
    try:
        supervisor.start(lambda: False)
        assert has_routes(settings)
    finally:
        supervisor.stop()
