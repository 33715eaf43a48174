"""The library's app before the real portal of the sample school: what it reads and keeps goes through the API."""

from urllib.parse import quote

from tests.unit.app_parts import find

from sandyq_apps.kit.desk import Desk
from sandyq_apps.kit.portal import Refused
from sandyq_apps.kit.speech import Speech
from sandyq_apps.library import Library


class ClientPortal:
    """The portal that an app's kernel asks, without the network between."""

    def __init__(self, school, login, language):
        self.client, self.language = school.kernel(login, "app", "library"), language

    def ask(self, method, path, body=None):
        headers = {"Accept-Language": self.language}
        address = f"/services/portal/api{quote(path, safe='/?=&,%')}"
        reply = self.client.request(method, address, headers=headers, json=body)
        if reply.status_code >= 400:
            raise Refused(reply.status_code, str(reply.json()["detail"]), reply.json())
        return reply.json()


class Visit:
    """Somebody's page of the app."""

    def __init__(self, school, login, language="kk"):
        self.app = Library()
        self.app.speech = Speech(language)
        self.app.desk = Desk(ClientPortal(school, login, language), Library.sheets)
        self.app.desk.load()
        self.app.opened()

    def act(self, name, **values):
        """Press a button; what it changes is kept."""
        outcome = getattr(self.app, name)(values)
        if hasattr(outcome, "edits"):
            self.app.desk.send(outcome)
            self.app.place |= outcome.place
            self.app.opened()
        return outcome

    def show(self):
        return str(self.app.view())

    def open(self, work):
        self.act("open_work", work=work)
        return self.show()

    def newest(self):
        return max(self.app.shelf.works)

    def work(self, number):
        return self.app.shelf.works[number]

    def write_item(self, kind="choice", **values):
        """Fill in the form of an item and save it; return its number."""
        self.act("begin_item", kind=kind)
        form = find(self.app.view(), "form")[0]
        filled = {field["name"]: field["value"] for field in form["fields"]}
        self.act("save_work", **(filled | ABOUT | ITEMS[kind] | values | form["values"]))
        return max(work.id for work in self.app.shelf.own())

    def offer(self, number):
        work = self.work(number)
        self.act("offer", id=work.id, version=work.version)

    def judge(self, number, verdict="yes", text=""):
        work = self.work(number)
        said = dict.fromkeys(("rights", "truth", "aim", "place", "everyone", "colleague"), "yes")
        values = said | {"truth": verdict, "text": text, "work": number, "edition": work.edition}
        self.act("save_review", **values)


ABOUT = {
    "title": "Автобус кестесі",
    "language": "kk",
    "grades": [5, 6],
    "competence1": "PISA reading.locate",
    "competence2": None,
    "competence3": None,
    "lesson": None,
    "licence": "CC BY-SA 4.0",
}
ITEMS = {
    "choice": {
        "text": "Қай автобус ерте келеді?",
        "option1": "3",
        "option2": "7",
        "why2": "Кестеде 7:40 тұр.",
        "option3": "9 | түскі",
        "right": 2,
        "hint": "Кестенің бірінші бағанын оқы.",
        "reason": "7-автобус 7:40-та келеді.",
    },
    "choices": {"text": "Қайсысы таза сан?", "option1": "1", "option2": "2", "option3": "а", "right": [1, 2]},
    "number": {
        "text": "Қап неше кг?", "answer": "12,5", "tolerance": "0,5", "unit": "кг нетто", "wrong1": "4",
        "said1": "Бір қап қана",
    },
    "short": {"text": "Астық атауы?", "accepted": "бидай\n*нан*", "wrong1": "құм", "said1": "Жоқ"},
    "order": {"text": "Ретімен қой", "steps": "Оқу\nСұрау\nЖазу"},
    "match": {
        "text": "Жұбын тап", "left1": "сиыр", "right1": "бұзау", "left2": "бие", "right2": "құлын", "extra": "лақ",
    },
    "gaps": {"text": "Толтыр", "gaps": "Күзде [[бидай|астық]] жиналады.", "offered": True, "words": "құм\nсу"},
}  # fmt: skip
