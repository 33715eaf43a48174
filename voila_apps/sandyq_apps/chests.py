"""The five chests: names in three languages and colours, as the school wants them."""

from __future__ import annotations

from collections import Counter
from typing import Any

from sandyq.i18n import LANGUAGE_NAMES
from sandyq_apps.kit import parts
from sandyq_apps.kit.app import App, FieldProblem, act
from sandyq_apps.kit.charts import COLOURS
from sandyq_apps.kit.desk import Change, Row, alter
from sandyq_apps.kit.parts import Part


def colour_of(chest: Row) -> str:
    """Return a chest's own colour, else the theme's for its place."""
    return str(chest.colour or COLOURS[(chest.position - 1) % len(COLOURS)])


def is_dark(colour: str) -> bool:
    """Return whether white letters can be read on a colour (contrast of at least 4.5, WCAG 2.2)."""
    shares = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    light = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    luminance = 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2]
    return 1.05 / (luminance + 0.05) >= 4.5


class Chests(App):
    title = "Five chests"
    help = (
        "The centre's work has five directions, the five chests. Here they get their names and colours; all other apps "
        "use them.\nThe official names are not published: the sample names are examples. Put in those of your centre."
    )
    sheets = ("chest", "club")
    start = {"chest": 0}  # noqa: RUF012

    def view(self) -> list[Part]:
        chests = sorted(self.desk.rows("chest"), key=lambda chest: chest.position)
        clubs = Counter(club.chest_id for club in self.desk.rows("club"))
        example = [
            parts.notice(self._("These names are examples. Change them to those of your centre."), "warn")
        ]
        return [
            *(example if any(chest.example for chest in chests) else []),
            *(self._show_chest(chest, clubs[chest.id]) for chest in chests),
        ]

    def _show_chest(self, chest: Row, clubs: int) -> Part:
        title = f"{chest.position}. {self.speech.name(chest.names)}"
        if self.place["chest"] == chest.id:
            return parts.card(title, self._show_form(chest), colour=colour_of(chest), key=f"chest-{chest.id}")
        others = " · ".join(
            name for language, name in chest.names.items() if name and language != self.speech.language
        )
        return parts.card(
            title,
            parts.text(others, "quiet"),
            parts.text(self.speech.count("{count} club", "{count} clubs", clubs)),
            parts.button(self._("Change"), "open_chest", {"chest": chest.id}, key=f"open-{chest.id}"),
            colour=colour_of(chest),
            key=f"chest-{chest.id}",
        )

    def _show_form(self, chest: Row) -> Part:
        fields = [
            parts.field(
                language,
                self._("Name in the language {language}", language=name),
                value=chest.names.get(language, ""),
                needed=True,
                most=60,
            )
            for language, name in LANGUAGE_NAMES.items()
        ]
        fields.append(parts.field("colour", self._("Colour"), "colour", colour_of(chest)))
        return parts.form(
            "save_chest",
            fields,
            self._("Save"),
            key=f"chest-{chest.id}",
            values={"chest": chest.id, "version": chest.version},
            cancel=parts.button(self._("Cancel"), "open_chest", {"chest": 0}),
        )

    @act
    def open_chest(self, values: dict[str, Any]) -> None:
        self.place["chest"] = values["chest"]

    @act
    def save_chest(self, values: dict[str, Any]) -> Change:
        chest = self.row("chest", values["chest"], values["version"])
        if not is_dark(values["colour"]):
            raise FieldProblem(
                "colour", self._("White letters cannot be read on this colour. Choose a darker one.")
            )
        names = {language: values[language] for language in LANGUAGE_NAMES}
        return Change(
            self._("Chest changed: {name}", name=self.speech.name(names)),
            [alter("chest", chest, names=names, colour=values["colour"], example=False)],
            place={"chest": 0},
        )
