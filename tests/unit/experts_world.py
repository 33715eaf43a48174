"""Sessions with experts: an app that speaks with a real portal, and files as the expert's page writes them."""

from __future__ import annotations

import asyncio
import io
import json
from inspect import isawaitable
from zipfile import ZipFile

from portal_school import PREFIX

from sandyq_apps.experts import Experts
from sandyq_apps.experts_answers import FORMAT, compute_check
from sandyq_apps.kit.desk import Change, Desk
from sandyq_apps.kit.portal import Portal, Refused
from sandyq_apps.kit.speech import Speech

CODE = "0123456789abcdef"


class WiredPortal(Portal):
    """The portal's own application, without a network in between."""

    def __init__(self, client):
        super().__init__("", "", "kk")
        self.client = client
        self.told = []
        """All that it has said."""

    def ask(self, method, path, body=None, content=None):
        headers = {"Accept-Language": self.language}
        reply = self.client.request(
            method, f"{PREFIX}/api{path}", json=body, content=content, headers=headers
        )
        self.told.append(reply.text)
        if reply.status_code >= 400:
            raise Refused(reply.status_code, str(reply.json()["detail"]), reply.json())
        return reply.json()


class Page:
    """The app as somebody has it open."""

    def __init__(self, school, login, language="kk"):
        self.login, self.app = login, Experts()
        self.portal = WiredPortal(school.kernel(login, "app", "experts"))
        self.app.speech = Speech(language)
        self.app.desk = Desk(self.portal, Experts.sheets)
        self.app.desk.load()
        self.app.opened()

    def press(self, act, files=None, **values):
        """Do what a press does; return the file that it gives, if it does."""
        self.app.files = files or {}
        outcome = getattr(self.app, act)(values)
        outcome = asyncio.run(outcome) if isawaitable(outcome) else outcome
        if isinstance(outcome, Change):
            self.app.desk.send(outcome)
            self.app.place |= outcome.place
            self.app.opened()
        return outcome

    def hear(self):
        self.app.desk.hear()
        self.app.opened()
        return self.app.view()

    def bring(self, content):
        self.press("bring_answers", files={"file": content}, file={"name": "answers.json", "size": 1})
        return {key: value for key, value in self.app.place["told"].items() if key != "missing"}

    def meeting(self, title):
        return next(each for each in self.app.meetings if each.title == title)


def write_answers(answers, code=CODE, expert="Лебедева Н. И.", saved="2026-12-08T09:00:00.000Z"):
    """Return answers.json as the expert's page saves it: ``answers`` are (question, asked, written, text)."""
    names = ("question", "asked", "written", "text")
    told = {
        "format": FORMAT,
        "code": code,
        "expert": expert,
        "saved": saved,
        "answers": [dict(zip(names, each, strict=True)) for each in answers],
    }
    return json.dumps(told | {"check": compute_check(told)}, ensure_ascii=False, indent=1).encode()


def unpack(content):
    with ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zip_up(**files):
    content = io.BytesIO()
    with ZipFile(content, "w") as archive:
        for name, each in files.items():
            archive.writestr(name.replace("__", "/"), each)
    return content.getvalue()
