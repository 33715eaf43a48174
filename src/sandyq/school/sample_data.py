"""The people, clubs and answers of the sample school: all invented, the same from run to run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

SCHOOL = "Ақбұлақ ауылының мектебі"
YEAR_START = date(2026, 9, 1)
QUARTERS = [
    {"starts": "2026-09-01", "ends": "2026-10-25"},
    {"starts": "2026-11-02", "ends": "2026-12-27"},
    {"starts": "2027-01-08", "ends": "2027-03-19"},
    {"starts": "2027-03-29", "ends": "2027-05-25"},
]
"""Made up after the pattern of 8, 8, 10 and 8 weeks; a school enters its own."""

# The official names of the five directions are not published; these neutral ones are data that a school edits.
CHESTS = [
    {"kk": "Техника және ғылым", "ru": "Техника и наука", "en": "Technology and science"},
    {"kk": "Өнер", "ru": "Искусство", "en": "Arts"},
    {"kk": "Табиғат және өлке", "ru": "Природа и край", "en": "Nature and homeland"},
    {"kk": "Спорт және денсаулық", "ru": "Спорт и здоровье", "en": "Sport and health"},
    {"kk": "Тіл және қоғам", "ru": "Язык и общество", "en": "Language and society"},
]


@dataclass(frozen=True)
class SampleClass:
    name: str
    grades: tuple[int, ...]
    language: str
    pupils: str
    """``Family Given Patronymic`` with a comma between pupils; in a combined class ``grade: …`` with ``|`` between."""


CLASSES = (
    SampleClass(
        "3А",
        (3,),
        "kk",
        "Әбенова Аружан Ерланқызы, Бекболат Данияр Асқарұлы, Досжанов Ерасыл Маратұлы, Ержанова Айзере Нұрланқызы, "
        "Жақсыбек Нұрислам Серікұлы, Исабаева Томирис Болатқызы, Кенжебек Әлихан Қайратұлы, Қасымова Медина Тимурқызы, "
        "Мұратбек Санжар Дәуренұлы, Нұрғали Инжу Бақытқызы, Оспанов Рамазан Жандосұлы, Өтеген Көркем Саматқызы, "
        "Сәрсенбай Айсұлтан Ғалымұлы, Төлеген Раяна Ержанқызы, Ұзақбай Бекарыс Нұржанұлы, Шәріп Зере Ақжолқызы",
    ),
    SampleClass(
        "7А",
        (7,),
        "kk",
        "Айтбаева Диана Мақсатқызы, Әділов Мирас Талғатұлы, Базарбек Жансая Ерікқызы, Ғабиден Арлан Мұхтарұлы, "
        "Есенова Аяулым Дарханқызы, Жүнісов Тамерлан Ардақұлы, Қабдолла Назерке Әсетқызы, Қуаныш Алдияр Рүстемұлы, "
        "Малик Сабина Азаматқызы, Омаров Дінмұхаммед Айдынұлы, Райымбек Гүлнәз Қанатқызы, Сапаров Ислам Бауыржанұлы, "
        "Тұрсын Ақерке Олжасқызы, Халел Нұрәлі Сырымұлы, Шаймерден Еңлік Арманқызы, Ысқақов Бағлан Ринатұлы",
    ),
    SampleClass(
        "5Б",
        (5,),
        "ru",
        "Андреева Полина Сергеевна, Ахметов Тимур Русланович, Вебер Артур Александрович, Ибрагимова Алина Маратовна, "
        "Ким Виктория Олеговна, Коваленко Богдан Игоревич, Морозов Кирилл Андреевич, Нуртаева Камила Ерболовна, "
        "Петренко Оля Викторовна, Садыков Эмир Жанатович, Соколова Дарья Павловна, Тен Максим Валерьевич, "
        "Хасанова Лейла Фаридовна, Шмидт Роман Евгеньевич, Юсупов Тимур Ильясович",
    ),
    SampleClass(
        "2–4",
        (2, 4),
        "kk",
        "2: Асан Айару Бекзатқызы, Ғали Мансур Ерболұлы, Дүйсен Сұлтан Абайұлы, Қожа Мерей Нұрболқызы, "
        "Рашид Ерке Дастанқызы, Сейіт Әмір Қуатұлы | 4: Байжан Айша Мейрамқызы, Еркін Алинұр Досболұлы, "
        "Көшер Жания Талантқызы, Нұрлан Бейбарыс Әділұлы, Таңат Айлин Сәкенқызы, Шоқан Имран Жасұланұлы, "
        "Ілияс Хадиша Өмірқызы",
    ),
)

ADULTS: tuple[tuple[str, str, str, dict[str, str]], ...] = (
    ("teacher", "kk", "Сәдуақасова Гүлмира Төлегенқызы", {"3А": "class_teacher"}),
    ("teacher", "kk", "Байғали Серік Амангелдіұлы", {"7А": "class_teacher", "3А": "teacher"}),
    ("teacher", "ru", "Литвинова Елена Николаевна", {"5Б": "class_teacher"}),
    ("teacher", "kk", "Қалиева Айнұр Бейсенқызы", {"2–4": "class_teacher"}),
    ("teacher", "ru", "Рахимов Дамир Шавкатович", {"5Б": "teacher", "7А": "teacher"}),
    ("teacher", "kk", "Тілеубек Бақыт Оразұлы", {"7А": "teacher", "2–4": "teacher"}),
    ("leader", "kk", "Нұрпейісова Ләззат Кәрімқызы", {}),
    ("administrator", "kk", "Жолдасов Қанат Есенұлы", {}),
    ("administrator", "ru", "Тарасенко Ирина Михайловна", {}),
    ("operator", "ru", "Абдрахманов Марат Юрьевич", {}),
)

CLUBS = (
    ("Робототехника", 0, ("7А", 8), ("5Б", 7), (0, 3)),
    ("Домбыра", 1, ("3А", 6), ("2–4", 6), (1,)),
    ("Жас өлкетанушы", 2, ("7А", 4), ("3А", 7), (2, 4)),
)
"""Name, chest, (class, how many of its pupils) twice, weekdays (Monday is 0). The first has 15 children."""

OTHER_CLUBS = (
    ("Шахмат", 4),
    ("Сурет салу", 1),
    ("Волейбол", 3),
    ("Журналистика", 4),
    ("Жас табиғатшы", 2),
)
"""Name, chest; nobody is in them yet."""

ABOUT: Final[dict[str, dict[str, Any]]] = {
    "Робототехника": {"grade_from": 5, "grade_to": 9, "least": 8, "meetings": 2, "room_kind": "computers"},
    "Домбыра": {"grade_from": 1, "grade_to": 6, "least": 6, "capacity": 12, "room_kind": "music", "language": "kk"},
    "Жас өлкетанушы": {"grade_from": 3, "grade_to": 9, "least": 8, "capacity": 15, "meetings": 2, "language": "kk"},
    "Шахмат": {"grade_from": 1, "grade_to": 11, "least": 6, "capacity": 12},
    "Сурет салу": {"grade_from": 1, "grade_to": 6, "least": 8, "capacity": 12},
    "Волейбол": {"grade_from": 5, "grade_to": 11, "least": 12, "capacity": 15, "meetings": 2, "room_kind": "gym"},
    "Журналистика": {"grade_from": 5, "grade_to": 11, "least": 6, "capacity": 12, "room_kind": "computers"},
    "Жас табиғатшы": {"grade_from": 2, "grade_to": 7, "least": 8, "capacity": 15},
}  # fmt: skip
"""Of each club, what ``Club`` has besides."""

ROOMS = (
    ("12-кабинет", 24, ""),
    ("Информатика кабинеті", 16, "computers"),
    ("Спорт залы", 40, "gym"),
    ("Шеберхана", 15, "workshop"),
    ("Мәжіліс залы", 60, "music"),
    ("Кітапхана", 20, ""),
)
"""Name, seats, what it is good for."""
TIMES = (("09:30", "10:45"), ("14:30", "15:45"), ("16:00", "17:15"))
"""On each weekday; the first is for children who learn in the second shift."""
HOME_VILLAGE = "Ақбұлақ"
VILLAGES = (("Жаңажол", "17:30"), ("Көктөбе", "16:00"))
"""Invented villages from which a bus brings children, and when it leaves for them."""

ASSIGNED: Final = (
    ("3А", "passphrase", "Сәдуақасова Гүлмира"),
    ("2–4", "passphrase", "Қалиева Айнұр"),
    ("5Б", "passphrase", "Литвинова Елена"),
    ("7А", "electricity-bill", "Байғали Серік"),
    ("7А", "passphrase", "Байғали Серік"),
)
"""Class, lesson, the teacher who assigned it."""

Rehearsed = tuple[str | dict[str, str], tuple[str, ...], int | None]

ANSWERS: Final[dict[str, dict[str, Rehearsed]]] = {
    "passphrase": {
        "guess": ("2", ("1",), 1),
        "codes": ("100", ("20", "10"), 1),
        "strong": ("3", ("4", "1"), 1),
        "cards": ("1→2)\n2→2)\n3→1)\n4→2)\n5→1)", ("1→1)\n2→1)\n3→2)\n4→1)\n5→2)",), 2),
        "friend": ("3", ("1",), 1),
        "caught": ("3)\n2)\n4)\n1)", ("1)\n4)\n2)\n3)",), 2),
        "phone": ("3", ("1",), 1),
        "advice": (
            {
                "kk": "Құпиясөзді ұзын қылып, ешкімге айтпай, жаңа төрт сөзден құрау керек.",
                "ru": "Пароль надо сделать длинным, из четырёх случайных слов, и никому не говорить.",
            },
            (),
            None,
        ),
    },
    "electricity-bill": {
        "kwh": ("255", ("245",), 1),
        "steps": ("2", ("1", "3"), 1),
        "cost": ("6155", ("7905", "5100"), 2),
        "error": ("3", ("4",), 1),
        "letter": (
            {
                "kk": "Құрметті оператор, Б жолында қате бар: сексен киловатт-сағат үшін 1 960 теңге болуы керек еді."
            },
            (),
            None,
        ),
        "growth": ({"kk": "1) 25\n2) 2\n3) қаңтар"}, ("1) 20\n2) 5\n3) шілде",), 2),
        "lamp": ("7,8", ("78",), 2),
        "saving": ("241,8", ("2418",), 1),
        "water": ("1200", ("120",), 2),
    },
}
"""By lesson and question: the right response (or a text by language), wrong ones that pupils give, points."""


def read_pupils(sample: SampleClass) -> list[tuple[int, str]]:
    """Return (grade, name) of each pupil."""
    if len(sample.grades) == 1:
        return [(sample.grades[0], name) for name in sample.pupils.split(", ")]
    parts = [part.split(":") for part in sample.pupils.split("|")]
    return [(int(grade), name.strip()) for grade, names in parts for name in names.split(",")]
