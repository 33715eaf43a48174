"""The hub of a Sandyq school. Everything that needs more than a line stands in ``sandyq_hub``."""

from sandyq.settings import Settings, read_secret
from sandyq_hub import roles
from sandyq_hub.authenticator import SchoolAuthenticator
from sandyq_hub.database import Connection
from sandyq_hub.line import take_turns
from sandyq_hub.pages import TEMPLATES, speak_for_ended_servers, template_vars
from sandyq_hub.ports import share_tornado_ports
from sandyq_hub.spawner import PersonSpawner

settings = Settings.from_environment()
if settings.uid_base:
    share_tornado_ports()  # they are held for the hub's uid
take_turns()
speak_for_ended_servers()
c = get_config()  # noqa: F821 # traitlets gives it to configuration files

# One front door. The supervisor (or systemd) owns the proxy, so that a killed hub leaves no orphan behind.
c.JupyterHub.bind_url = f"http://127.0.0.1:{settings.port}/"
c.JupyterHub.hub_bind_url = f"http://127.0.0.1:{settings.hub_port}"
c.ConfigurableHTTPProxy.should_start = False
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{settings.proxy_api_port}"
c.ConfigurableHTTPProxy.auth_token = read_secret(settings, "proxy")

c.JupyterHub.db_url = f"sqlite:///{settings.folder('hub') / 'hub.sqlite'}"
c.JupyterHub.db_kwargs = {"connect_args": {"check_same_thread": False, "factory": Connection}}
c.JupyterHub.upgrade_db = True  # a newer hub's schema; an upgrade copied the database before
c.JupyterHub.cookie_secret = bytes.fromhex(read_secret(settings, "cookies"))
c.JupyterHub.cookie_max_age_days = 0.5  # shared PCs: a school day, no longer
c.JupyterHub.token_expires_in_max_seconds = 12 * 3600  # nor has a token that somebody makes at a PC left open
c.JupyterHub.cleanup_servers = False  # who restarts the hub disturbs nobody; the fork server's stop ends them
c.JupyterHub.default_url = "/services/portal/"
c.JupyterHub.allow_named_servers = False
c.JupyterHub.template_paths = [str(TEMPLATES)]
c.JupyterHub.template_vars = template_vars(settings)
c.JupyterHub.tornado_settings = {"headers": {"Content-Security-Policy": roles.CONTENT_SECURITY_POLICY}}

c.JupyterHub.authenticator_class = SchoolAuthenticator
c.JupyterHub.services = roles.services(settings)
c.JupyterHub.load_roles = roles.ROLES

c.JupyterHub.spawner_class = PersonSpawner
c.JupyterHub.concurrent_spawn_limit = 0  # the spawner's own line lets nobody be refused
c.JupyterHub.active_server_limit = 150
c.Spawner.disable_user_config = True
