"""A publisher with a small checkout and keys, and a school that takes over what they release."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from sandyq.settings import Settings
from sandyq.updates.client import Client, find_fingerprint, open_source, trust
from sandyq.updates.content import find_live, open_content
from sandyq.updates.keys import make_keys
from sandyq.updates.releasing import Commit, Publisher, release_content
from sandyq_hub.updating import Wish, update

PASSPHRASE = "бес сөз жеткілікті болады"
TODAY = datetime.now(UTC).replace(microsecond=0)


class World:
    """``folder/checkout``, ``folder/keys``, ``folder/stick`` and a school in ``folder/home``."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.checkout, self.stick = folder, folder / "checkout", folder / "stick"
        self.publisher = Publisher(folder / "keys", PASSPHRASE)

    def copy(self, folder: Path) -> World:
        """Making keys takes long: each test works on a copy."""
        shutil.copytree(self.folder, folder, symlinks=True, dirs_exist_ok=True)
        return World(folder)

    def make(self) -> World:
        """Make keys and a first release, which the school trusts but has not taken over."""
        make_keys(self.publisher.keys, PASSPHRASE)
        self.write("pyproject.toml", '[project]\nversion = "0.1.0"\n')
        self.write("curriculum/catalogue.toml", '[[lesson]]\nslug = "steppe"\n')
        self.write("curriculum/lessons/steppe/data.csv", "a,b\n1,2\n")
        self.write_lesson("steppe", "Бірінші")
        self.git("init", "-q", "-b", "main")
        self.commit(1)
        self.release()
        self.trust()
        return self

    def write(self, name: str, text: str) -> None:
        path = self.checkout / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")

    def write_lesson(self, slug: str, title: str, more: str = "") -> None:
        about = {"slug": slug, "language": "kk", "title": title, "more": more}
        notebook = {"cells": [], "metadata": {"sandyq": about}, "nbformat": 4, "nbformat_minor": 5}
        self.write(f"curriculum/notebooks/kk/{slug}.ipynb", json.dumps(notebook, ensure_ascii=False))

    def commit(self, day: int) -> None:
        """Commit all, so many days from now: the school's own program is a checkout, which has no day."""
        date = (TODAY + timedelta(days=day)).isoformat()
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "work", date=date)

    def git(self, *arguments: str, date: str = "") -> None:
        who = ["-c", "user.name=Publisher", "-c", "user.email=p@example.kz"]
        dates = {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date} if date else {}
        self.checkout.mkdir(parents=True, exist_ok=True)
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(self.folder), **dates}
        subprocess.run(["git", *who, *arguments], cwd=self.checkout, env=environment, check=True)

    def release(self, folder: Path | None = None, *, ago: timedelta = timedelta(0)) -> Commit:
        return release_content(self.checkout, folder or self.stick, self.publisher, TODAY - ago)

    # The school

    @cached_property
    def settings(self) -> Settings:
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        open_content(home)
        return Settings(home, portal_port=1, rooms_port=1, content=find_live(home))

    def trust(self, folder: Path | None = None) -> None:
        source = open_source(str(folder or self.stick))
        trust(self.settings.home / "updates", source, find_fingerprint(source))

    def update(self, place: Path | str | None = None, **wish: bool) -> list[str]:
        said: list[str] = []
        update(self.settings, Wish(str(place or self.stick), **wish), said.append)
        return said

    def client(self, folder: Path | None = None, **options: object) -> Client:
        source = open_source(str(folder or self.stick))
        return Client(self.settings.home / "updates", source, **options)  # type: ignore[arg-type]

    def title(self, slug: str = "steppe") -> str | None:
        """Return the title of a lesson as the school's parts read it."""
        path = self.settings.notebooks / "kk" / f"{slug}.ipynb"
        return json.loads(path.read_text())["metadata"]["sandyq"]["title"] if path.exists() else None


class BadLine:
    """A web server that ends each connection after so many bytes, or spoils some."""

    def __init__(self, folder: Path, most: int, *, ranges: bool = True) -> None:
        self.folder, self.most, self.ranges = folder, most, ranges
        self.spoil: list[str] = []
        """Names of files of which the next answer is wrong in one byte."""
        self.sent = 0
        self.cuts = 0

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        path = self.folder / handler.path.lstrip("/")
        if not path.is_file():
            handler.send_error(404)
            return
        content = path.read_bytes()
        asked = handler.headers.get("Range") if self.ranges else None
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
        handler.send_response(206 if asked else 200)
        if asked:
            handler.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        body = bytearray(content[start:])
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        if path.name in self.spoil:
            self.spoil.remove(path.name)
            body[min(len(body), self.most) // 2] ^= 1
        handler.wfile.write(body[: self.most])
        self.sent += len(body[: self.most])
        self.cuts += len(body) > self.most


@contextmanager
def serve(line: BadLine) -> Iterator[str]:
    """Serve a folder over a bad line, on this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            line.answer(self)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
