"""What several of the unit tests' files share: a server with a certificate and the addresses of its network."""

from ipaddress import ip_address

import pytest
from tls_world import NAME

from sandyq.settings import Settings
from sandyq.tls import serving


@pytest.fixture
def tls_settings(tmp_path):
    return Settings(home=tmp_path, port=443, tls_name=NAME, plain_port=80, listen="192.168.1.5")


@pytest.fixture
def tls_at(monkeypatch):
    """Say at which addresses the network reaches this machine."""

    def place(*addresses):
        monkeypatch.setattr(serving, "find_addresses", lambda: [ip_address(each) for each in addresses])

    place("192.168.1.5")
    return place
