"""A number and the unit after it stay on one line: ``150 теңге``, ``3 км``, ``5 %``."""

from __future__ import annotations

import re
from typing import Final

_SYMBOLS: Final = (
    r"(?:[%‰°₸]|кВт|МВт|Вт|мВ|кВ|Гц|кПа|Па|мм|см|км|м|мг|кг|г|мл|л|га|т|ц|мин|сағ|ч|тг|[КМГ]б|[КМГ]Б|"
    r"[kM]?Wh?|mm|cm|km|m|mg|kg|g|ml|l|ha|min|h|[kKMG]B|KZT)[²³]?(?:[·/][^\W\d_]+[²³]?|°?[CС]?)(?!\w)"
)
_WORDS: Final = (
    r"(?:мың|млн|млрд|тыс|миллион|теңге|тенге|тиын|пайыз|процент|градус|(?:кило|санти|милли)?метр|литр|"
    r"(?:кило)?грамм|тонн|гектар|ватт|секунд|минут|сағат|час|күн|дн[яе]|день|апта|недел|месяц|жыл|год|лет|"
    r"ұпай|балл|рубл|thousand|million|tenge|per ?cent|degree|(?:kilo|centi|milli)?met(?:re|er)|lit(?:re|er)|"
    r"(?:kilo)?gram|tonne|hectare|watt|second|minute|hour|day|week|month|year|point)\w*"
)
_FIXED: Final = (
    r"^ *(?:`{3,}|~{3,}).*?^ *(?:`{3,}|~{3,})|^(?: {4}|\t)[^\n]*|(?P<tick>(?<!`)`+(?!`)).+?(?<!`)(?P=tick)(?!`)|"
    r"<svg\b.*?</svg>|<(?P<code>pre|code)\b.*?</(?P=code)>|</?[A-Za-z!][^>]*>|\]\([^)\n]*\)|https?://\S+|\$[^$\n]+\$"
)
"""Code, drawings, tags, addresses, formulas."""
_BOUND: Final = re.compile(
    rf"{_FIXED}|(?P<number>\d[*_]{{0,3}}|\ue001) (?=[*_]{{0,3}}(?:{_SYMBOLS}|{_WORDS}))",
    re.DOTALL | re.MULTILINE,
)
"""What stays as it is, or the space between a number, or a gap to fill in, and its unit."""


def bind_units(markdown: str) -> str:
    """Put a no-break space between a number and its unit, in running text only."""
    return _BOUND.sub(lambda found: f"{found['number']}\u00a0" if found["number"] else found[0], markdown)
