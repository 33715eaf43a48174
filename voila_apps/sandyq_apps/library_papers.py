"""What the library prints: a work with licence and credit, the key apart; who uses what."""

from __future__ import annotations

from typing import Any

from sandyq_apps.kit import parts
from sandyq_apps.kit.app import act
from sandyq_apps.kit.desk import Row
from sandyq_apps.kit.papers import render
from sandyq_apps.kit.parts import Part
from sandyq_apps.library_page import WorkPages
from sandyq_widgets.kinds.base import Spec
from sandyq_widgets.markdown import render_block


class PaperPages(WorkPages):
    @act
    def open_paper(self, values: dict[str, Any]) -> None:
        self.place["paper"] = values["paper"]

    def show_paper(self) -> list[Part]:
        back = parts.button(f"← {self._('Back')}", "open_paper", {"paper": ""})
        work = self.shelf.works.get(self.place["work"])
        if self.place["paper"] == "uses" or work is None:
            title = self._("Who uses what")
            return [parts.row(back), parts.paper(title, self.write_uses(), landscape=True)]
        return [parts.row(back), parts.paper(work.title, self.write_work(work))]

    def write_work(self, work: Row) -> str:
        found = self._read_item(work) if work.kind == "item" else None
        values: dict[str, Any] = {"html": "", "options": [], "key": "", "reason": ""}
        if isinstance(found, Spec):
            values |= {
                "html": render_block(found.text),
                "options": _list_parts(found),
                "key": render_block(found.tell_key()),
                "reason": render_block(found.reason),
            }
        else:
            values["html"] = render_block(work.body)
        facts = (self.tell_kind(work.kind), self._("grades {grades}", grades=self.tell_grades(work.grades)))
        return render(
            "library/work.html",
            academy=self._("Rural Pedagogical Academy"),
            title=work.title,
            facts=" · ".join((*facts, *map(self.tell_competence, work.competences))),
            credit=self.tell_credit(work),
            licence=self.tell_licence(work.licence),
            state=self.tell_state(work),
            key_title=self._("For the teacher: key"),
            day=self.speech.date(self.desk.today),
            **values,
        )


def _list_parts(spec: Spec) -> list[str]:
    """Return what a pupil chooses from or sorts, as the page shows it; the kinds' HTML of ours, texts escaped."""
    face = spec.face()
    if "boxes" in face:
        return [f"{box} = ________" for box in face["boxes"]] + [f"▢ {card}" for card in face["cards"]]
    if "body" in face:
        return [
            face["body"].replace("></span>", ">________</span>"),
            *([", ".join(face["bank"])] if face["bank"] else []),
        ]
    shown = face.get("options") or face.get("items") or []
    return [f"▢ {each}" for each in shown] or ["______________________________"]
