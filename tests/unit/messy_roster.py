"""A roster of 600 people with every mess that schools' lists have, and what must come of it."""

from __future__ import annotations

import csv
import io
import zipfile
from dataclasses import dataclass, field, replace
from datetime import date

from openpyxl import Workbook

YEAR_START = date(2026, 9, 1)
CLASSES = [f"{grade}{letter}" for grade in range(1, 12) for letter in "АБ"]
KAZAKH = (
    "Әбенов Бекболат Досжанов Ержанов Жақсыбек Исабаев Кенжебек Қасымов Мұратбек Нұрғали Оспанов Өтеген "
    "Сәрсенбай Төлеген Ұзақбай Үсенов Хасенов Шәріп Ыбыраев Ілиясов",
    "Аружан Данияр Ерасыл Айзере Нұрислам Томирис Әлихан Медина Санжар Інжу Рамазан Көркем Айсұлтан Раяна "
    "Бекарыс Зере Мирас Жансая Арлан Аяулым Тамерлан Назерке Алдияр Сабина Гүлнәз Ислам Ақерке Нұрәлі Еңлік Бағлан",
    "Ерланұлы Асқарұлы Маратқызы Нұрланқызы Серікұлы",
)
RUSSIAN = (
    "Андреев Ахметов Вебер Ибрагимов Ким Коваленко Морозов Нуртаев Петренко Садыков Соколов Тен Хасанов Шмидт "
    "Юсупов Семёнов Юнг Павлов Орлов Фёдоров",
    "Полина Тимур Артур Алина Виктория Богдан Кирилл Камила Ольга Эмир Дарья Максим Лейла Роман Ильяс Анна Пётр "
    "Глеб Инна Майя Нина Олег Павел Рита Софья Тарас Ульяна Фарид Яна Юрий",
    "Олегович Маратович Павловна Игоревна Русланович",
)


@dataclass(frozen=True)
class Pupil:
    family: str
    given: str
    patronymic: str
    class_name: str
    login: str = ""
    role: str = ""
    id: str = ""

    @property
    def grade(self) -> int:
        return int(self.class_name[:-1])

    @property
    def key(self) -> tuple[str, str, str, str]:
        return self.family, self.given, self.patronymic, self.class_name


@dataclass
class Mess:
    """A file's rows and what must come of them."""

    known: list[Pupil]
    """Those the database has beforehand."""
    rows: list[Pupil]
    errors: dict[int, tuple[str, str]] = field(default_factory=dict)
    """By index of the row: the problem's code, and what of the value its message must show."""
    new: list[Pupil] = field(default_factory=list)
    moved: list[Pupil] = field(default_factory=list)
    renamed: list[Pupil] = field(default_factory=list)

    def change(self, index: int, **values: str) -> Pupil:
        self.rows[index] = replace(self.rows[index], **values)
        return self.rows[index]

    def spoil(self, index: int, code: str, shown: str, **values: str) -> None:
        self.change(index, **values)
        self.errors[index] = code, shown


def make_school(names: tuple[str, str, str], number: int = 600) -> list[Pupil]:
    """Return pupils of unique family and given names, with logins ``p0`` … and IDs, spread over 22 classes."""
    families, given, patronymics = (part.split() for part in names)
    return [
        Pupil(
            families[n % len(families)],
            given[n // len(families)],
            patronymics[n % len(patronymics)],
            CLASSES[n % len(CLASSES)],
            f"p{n}",
            id=f"id-{n}",
        )
        for n in range(number)
    ]


def make_mess(names: tuple[str, str, str], hidden: str) -> Mess:
    """Plant every mess; ``hidden`` is an invisible character that the file's form can hold.

    The last 40 people are not at the school yet. Rows carry no logins but where a mess needs one.
    """
    people = make_school(names)
    mess = Mess(known=people[:560], rows=[replace(pupil, login="") for pupil in people])
    mess.new = people[560:]
    _plant_harmless(mess)
    _plant_changes(mess)
    _plant_errors(mess, hidden)
    return mess


def _plant_harmless(mess: Mess) -> None:
    """Messes that are no errors: whoever they are about stays as they are."""
    rows = mess.rows
    mess.change(0, family=f"  {rows[0].family.upper()} ", given=f"{rows[0].given}\u00a0")
    mess.change(1, class_name=f"{rows[1].grade} «{rows[1].class_name[-1].lower()}» класс")
    mess.change(
        2, class_name=f"{rows[2].grade}-{rows[2].class_name[-1].translate(str.maketrans('АБ', 'AБ'))}"
    )
    mess.change(4, class_name=rows[4].class_name.replace("А", "A"))  # Latin A
    mess.change(
        6, given=rows[6].given.replace("а", "a"), family=rows[6].family.replace("о", "o")
    )  # Latin a, o
    mess.change(8, patronymic="")
    mess.change(10, family=rows[10].family.replace("ё", "е"), role="УЧЕНИЦА ")
    mess.change(12, role="ученик", class_name=f" {rows[12].class_name} ")


def _plant_changes(mess: Mess) -> None:
    """Moves and renames that must happen, to these people and to no others."""
    for index in range(22, 27):  # by login, anywhere
        mess.moved.append(mess.change(index, login=f"p{index}", class_name="11Б"))
    for index in (88, 89, 90):  # by three names, to the next grade
        later = f"{mess.rows[index].grade + 1}{mess.rows[index].class_name[-1]}"
        mess.moved.append(mess.change(index, class_name=later))
    for index in (30, 31, 32):  # by login
        mess.renamed.append(mess.change(index, login=f"p{index}", family="Жанабаев"))


def _plant_errors(mess: Mess, hidden: str) -> None:
    rows, spoil = mess.rows, mess.spoil
    spoil(40, "bad class", "12А", class_name="12А")
    spoil(41, "bad class", "мектепалды", class_name="мектепалды")
    spoil(42, "no name", "", family="", given="", patronymic="")
    spoil(43, "one word", "", given="", patronymic="")
    spoil(44, "bad role", "космонавт", role="космонавт")
    spoil(45, "bad login", "7айдос!", login="7айдос!")
    spoil(46, "formula", "=A1&B1", family="=A1&B1")
    spoil(47, "too long", "Аааа", family="А" + "а" * 200)
    spoil(48, "control", rows[48].family, family=f"{rows[48].family}{hidden}")
    spoil(49, "letters", "<script>", family="<script>alert(1)</script>")
    spoil(50, "digits", "50", family="50", given=rows[50].family, patronymic=rows[50].given)
    spoil(51, "class is a date", "2026-02-07", class_name="2026-02-07")
    spoil(52, "no class", "", class_name="", role="ученик")
    spoil(53, "initials", "А.", given="А.", patronymic="")
    spoil(54, "mixed", "Dжанов", family="Dжанов")
    spoil(55, "login taken", "p100", login="p100")
    spoil(56, "lost letters", "?", family=f"?{rows[56].family[1:]}")
    rows[57] = replace(rows[58])
    mess.errors[58] = "repeated", rows[57].family
    other_class = CLASSES[(CLASSES.index(rows[565].class_name) + 5) % len(CLASSES)]
    rows[59] = replace(rows[565], class_name=other_class)
    mess.errors[59] = mess.errors[565] = "two classes", rows[565].family
    mess.new.remove(next(pupil for pupil in mess.new if pupil.login == "p565"))
    spoil(60, "elsewhere", rows[60].family, class_name=CLASSES[-1], patronymic="")
    mess.new = [replace(pupil, login="") for pupil in mess.new]


def as_csv(mess: Mess, encoding: str, delimiter: str) -> tuple[bytes, int]:
    """Return a CSV with a title above its header, and the number of its first row of people."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n")
    writer.writerows([["Оқушылар тізімі / Список", ""], [], ["№", "Ф.И.О.", "Класс ", "Логин", "Роль"]])
    for number, row in enumerate(mess.rows, 1):
        name = "  ".join(filter(None, (row.family, row.given, row.patronymic)))
        writer.writerow([number, name, row.class_name, row.login, row.role])
    errors = "strict" if encoding.startswith("utf") else "replace"
    return text.getvalue().encode(encoding, errors), 4


def as_xlsx(mess: Mess) -> tuple[bytes, int]:
    """Return an XLSX with a title, a two-row merged header, real dates, hidden empty rows below."""
    book = Workbook()
    sheet = book.active
    sheet.append(["Мектеп оқушыларының тізімі, 2026/27"])
    sheet.append(["№", "Оқушы", None, None, "Сынып", "Логин", "Рөлі"])
    sheet.append([None, " Тегі", "Аты", "Әкесінің  аты"])
    for area in ("A1:G1", "B2:D2", "A2:A3", "E2:E3", "F2:F3", "G2:G3"):
        sheet.merge_cells(area)
    for number, row in enumerate(mess.rows, 1):
        group = date.fromisoformat(row.class_name) if row.class_name.startswith("20") else row.class_name
        sheet.append([number, row.family, row.given, row.patronymic, group, row.login, row.role])
    for empty in range(700, 720):
        sheet.cell(empty, 2).value = "  "
        sheet.row_dimensions[empty].hidden = True
    content = io.BytesIO()
    book.save(content)
    return content.getvalue(), 4


def as_oneroster(mess: Mess) -> tuple[bytes, int]:
    """Return a OneRoster 1.1 zip; people carry IDs, and their classes come from enrolments."""
    titles = {row.class_name for row in mess.rows if row.class_name}
    ids = {title: f"class-{number}" for number, title in enumerate(sorted(titles))}
    roles = {"": "student", "ученик": "student", "УЧЕНИЦА ": "student"}
    users = [["sourcedId", "status", "role", "username", "familyName", "givenName", "middleName"]]
    users += [
        [r.id, "active", roles.get(r.role, r.role), r.login, r.family, r.given, r.patronymic]
        for r in mess.rows
    ]
    enrolments = [["sourcedId", "classSourcedId", "userSourcedId", "role"]]
    enrolments += [
        [f"e{n}", ids[row.class_name], row.id, "student"] for n, row in enumerate(mess.rows) if row.class_name
    ]
    tables = {
        "manifest.csv": [["propertyName", "value"], ["oneroster.version", "1.1"]],
        "orgs.csv": [["sourcedId", "name", "type"], ["org", "Мектеп", "school"]],
        "academicSessions.csv": [["sourcedId", "title"], ["year", "2026/27"]],
        "users.csv": users,
        "classes.csv": [["sourcedId", "title", "classType"], *([ids[t], t, "homeroom"] for t in ids)],
        "enrollments.csv": enrolments,
    }
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, rows in tables.items():
            text = io.StringIO()
            csv.writer(text).writerows(rows)
            archive.writestr(name, text.getvalue())
    return content.getvalue(), 2
