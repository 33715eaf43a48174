"""An installed server in its network: ports that are held, addresses that are told, the name that Avahi tells."""

from sandyq.configuration import Configuration, Server
from sandyq.layout import Layout
from sandyq.settings import Settings
from sandyq_hub.install import next_steps
from sandyq_hub.install.changes import settle
from sandyq_hub.install.installing import list_announcement
from sandyq_hub.parts import list_ports

EVERYWHERE = ".".join("0000")


def test_https_and_plain_http_have_ports_that_are_held_and_addresses_that_are_told(tmp_path, monkeypatch):
    settings = Settings(tmp_path, port=443, plain_port=80, tls_name="sandyq.local", listen=EVERYWHERE)
    held = [(address, port) for part, address, port in list_ports(settings) if part == "proxy"]
    assert held == [(EVERYWHERE, 443), (EVERYWHERE, 80), ("127.0.0.1", settings.proxy_api_port)]
    monkeypatch.setattr(next_steps, "find_addresses", list)
    assert next_steps.list_addresses(settings) == ["https://sandyq.local/"]
    assert next_steps.list_addresses(Settings(tmp_path, port=8080)) == ["http://127.0.0.1:8080/"]


def test_avahi_is_told_the_name_once_and_forgets_it(tmp_path):
    layout, told = Layout(tmp_path), []
    folder = tmp_path / "etc" / "avahi"
    assert settle(list_announcement(layout, Configuration()), told.append) == 0, "there is no Avahi"
    folder.mkdir(parents=True)
    (folder / "avahi-daemon.conf").write_text("[server]\n#host-name=foo\n")
    assert [settle(list_announcement(layout, Configuration()), told.append) for _ in range(2)] == [1, 0]
    assert told == ["Avahi tells the network the name sandyq.local"]
    assert "host-name=sandyq\n" in (folder / "avahi-daemon.conf").read_text()
    assert "<port>443</port>" in (folder / "services" / "sandyq.service").read_text()
    plain = Configuration(server=Server(tls_name="", port=80))
    assert settle(list_announcement(layout, plain), told.append) == 1
    assert not (folder / "services" / "sandyq.service").exists()
    district = Configuration(server=Server(tls_name="school7.edu.kz"))
    assert settle(list_announcement(layout, district), told.append) == 0, "a name server tells it"
