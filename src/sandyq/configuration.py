"""``/etc/sandyq/school.toml``: what an operator decides about an installed server, checked against a schema.

What is wrong is said all at once, each with its line and what to write instead.
"""

from __future__ import annotations

import re
import tomllib
from datetime import time
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from sandyq.settings import Settings
from sandyq.tls.names import check_name

HOME: Final = Path("/var/lib/sandyq")
CLOSED: Final = tuple(
    Path("/", name)
    for name in (
        *("home", "root", "run", "tmp", "proc", "sys", "dev", "etc", "opt", "boot", "usr", "bin", "sbin"),
        *("lib", "lib32", "lib64", "libx32", "lost+found", "var/run", "var/lock", "var/tmp"),
    )
)
"""Folders that the nightly backup cannot see, that do not last or that are not for data."""
PLAIN: Final = re.compile(r"[\w./+-]+")
"""What a folder's name may be made of: systemd reads blanks and percent signs as something else."""
OUR_PORTS: Final = frozenset(
    {Settings.proxy_api_port, Settings.hub_port, Settings.portal_port, Settings.rooms_port}
)
"""The parts' own, on the loopback address."""


def _check_folder(path: Path) -> Path:
    whole = Path("/", *path.parts[1:])  # two slashes at the beginning mean one
    is_closed = any(whole.is_relative_to(folder) for folder in (*CLOSED, HOME)) or HOME.is_relative_to(whole)
    if not path.is_absolute() or ".." in path.parts or is_closed or not PLAIN.fullmatch(str(path)):
        raise ValueError
    return whole


def _check_port(port: int) -> int:
    if port in OUR_PORTS:
        raise ValueError
    return port


def _check_time(value: object) -> object:
    """A number would be taken for seconds since midnight, and a zone would be left out."""
    if not isinstance(value, time) and not (isinstance(value, str) and re.fullmatch(r"\d\d:\d\d", value)):
        raise ValueError
    return value


def _check_name(name: str) -> str:
    return check_name(name) if name else ""


Port = Annotated[int, AfterValidator(_check_port)]
Label = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{0,16}$")]


class Table(BaseModel):
    """A table of the file; a key that is not named here is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Server(Table):
    language: Literal["kk", "ru", "en"] = "kk"
    """What strangers see before they sign in."""
    tls_name: Annotated[str, AfterValidator(_check_name)] = "sandyq.local"
    """The server's name in its certificate; empty: plain HTTP, without TLS."""
    port: Annotated[Port, Field(ge=1, le=65535, strict=True)] = 443
    plain_port: Annotated[Port, Field(ge=0, le=65535, strict=True)] = 80
    """Port of plain HTTP beside HTTPS; 0: none."""
    hsts_days: Annotated[int, Field(ge=0, le=730, strict=True)] = 0

    @field_validator("plain_port")
    @classmethod
    def _keep_apart(cls, port: int, others: ValidationInfo) -> int:
        if port and port == others.data.get("port") and others.data.get("tls_name"):
            raise ValueError
        return port


class People(Table):
    folder_megabytes: Annotated[int, Field(ge=0, le=1_000_000, strict=True)] = 500
    """What each person's folder may hold; 0: as much as there is."""


class Backup(Table):
    at: Annotated[time, BeforeValidator(_check_time)] = time(19, 30)
    """When the nightly backup begins; one that was missed is made up for when the machine is on again."""
    folder: Annotated[Path, AfterValidator(_check_folder)] = Path("/var/backups/sandyq")
    usb: Label = "SANDYQ"
    """Label of the USB disk that gets a backup, too, when it is plugged in; empty: none."""
    keep_days: Annotated[int, Field(ge=1, le=366, strict=True)] = 7
    keep_weeks: Annotated[int, Field(ge=0, le=520, strict=True)] = 5
    keep_months: Annotated[int, Field(ge=0, le=240, strict=True)] = 12


class Logs(Table):
    megabytes: Annotated[int, Field(ge=16, le=100_000, strict=True)] = 500
    """What the server's logs may take at most; the oldest go first."""
    days: Annotated[int, Field(ge=1, le=3660, strict=True)] = 90


class Configuration(Table):
    server: Server = Server()
    people: People = People()
    backup: Backup = Backup()
    logs: Logs = Logs()


TEMPLATE: Final = """\
# This school's server. After a change here: sandyq install (it says what is wrong, by line).

[server]
language = "kk"   # what strangers see before they sign in: kk, ru or en
tls_name = "sandyq.local"   # the server's name, for HTTPS; "" for plain HTTP alone: then port = 80
port = 443        # where browsers find the server
plain_port = 80   # beside HTTPS: tells whom to trust, leads to HTTPS; 0 for none
hsts_days = 0     # when all PCs trust the server and keep their time: how long they refuse plain HTTP

[people]
folder_megabytes = 500   # what each person's folder may hold; 0 for no limit

[backup]
at = "19:30"      # when the nightly backup begins; after a power cut it is made up for
folder = "/var/backups/sandyq"   # better on another disk than the data
usb = "SANDYQ"    # label of the USB disk that gets one, too, when it is plugged in; "" for none
keep_days = 7
keep_weeks = 5
keep_months = 12

[logs]
megabytes = 500   # at most; the oldest go first
days = 90
"""


def read_configuration(path: Path) -> Configuration:
    """Read the file; where there is none, what stands in the template. ValueError names each line and its remedy."""
    try:
        text = path.read_text("utf-8-sig")  # a PC's editor may put a mark at the beginning
    except FileNotFoundError:
        text = TEMPLATE
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not written in UTF-8. Save it with that encoding.") from None
    try:
        return Configuration(**tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(_explain(path, text, str(error))) from None
    except ValidationError as wrong:
        told = [_describe(path, text, error) for error in wrong.errors(include_url=False)]
        raise ValueError("\n".join(told)) from None


def _explain(path: Path, text: str, error: str) -> str:
    """Name the line of what is no TOML, also at the end, where the parser names none; and its remedy."""
    what, _, place = error.rpartition(" (at ")
    found = re.match(r"line (\d+)", place)
    number = found[1] if found else len(text.splitlines())
    is_twice = what.startswith(("Cannot overwrite", "Cannot declare"))
    remedy = (
        "It stands there a second time: delete one." if is_twice else 'Texts stand in quotes: language = "kk"'
    )
    return f"{path}, line {number}, cannot be read: {what}. {remedy}"


def _describe(path: Path, text: str, error: ErrorDetails) -> str:
    names = [str(name) for name in error["loc"]]
    line = find_line(text, names)
    where = f"{path}, line {line}" if line else str(path)
    return f"{where}: {'.'.join(names)} {_say(names, error)}"


def _say(names: list[str], error: ErrorDetails) -> str:
    if error["type"] == "extra_forbidden":
        known = _list_known(names)
        near = get_close_matches(names[-1], known, n=1)
        hint = f"Did you mean {near[0]}?" if near else f"Known are: {', '.join(known)}."
        return f"is not known. {hint}"
    if error["type"] == "model_type":
        return f"is {error['input']!r}. It should be a table: a line [{names[-1]}], and its settings below."
    expected = error["msg"].removeprefix("Input should be ").removesuffix(" format")
    return f"is {error['input']!r}. It should be {_REMEDIES.get('.'.join(names), expected)}."


def _say_number(field: FieldInfo) -> str:
    least, most = (
        next(getattr(rule, name) for rule in field.metadata if hasattr(rule, name)) for name in ("ge", "le")
    )
    return f"a whole number from {least} to {most} without quotes such as {field.default}"


_REMEDIES: Final = {
    f"{table}.{name}": _say_number(field)
    for table, about in Configuration.model_fields.items()
    for name, field in type(about.default).model_fields.items()
    if field.annotation is int
} | {
    "backup.at": 'a time in quotes such as "19:30"',
    "backup.folder": "a folder that begins with /, is neither the system's (/usr, /boot, /etc, /opt and such), "
    "nor /home, /root, /tmp, nor holds or lies below the data in /var/lib/sandyq, of letters, digits and "
    '. _ + - only, such as "/var/backups/sandyq"',
    "backup.usb": 'a label of at most 16 letters, digits, - and _ such as "SANDYQ", or "" for none',
    "server.language": '"kk", "ru" or "en"',
    "server.plain_port": "a whole number from 0 to 65535 without quotes such as 80, and not that of port or 8001, "
    "8081, 8082, 8083",
    "server.port": "a whole number from 1 to 65535 without quotes such as 443, and not 8001, 8081, 8082 or 8083",
    "server.tls_name": 'a name such as "sandyq.local" or "school7.edu.kz", or "" for plain HTTP',
}


def _list_known(names: list[str]) -> list[str]:
    model: Any = Configuration
    for name in names[:-1]:
        model = model.model_fields[name].annotation
    return list(model.model_fields)


def find_line(text: str, names: list[str]) -> int:
    """Return the line on which a key or a table stands; 0 when it stands nowhere."""
    table = ""
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[\s*([\w.-]+)\s*\]", line):
            table = header[1]
            if table == ".".join(names):
                return number
        key = re.match(r"\s*\"?([\w.-]+)\"?\s*=", line)
        if key and f"{table}.{key[1]}".removeprefix(".") == ".".join(names):
            return number
    return 0
