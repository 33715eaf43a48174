"""What stays on one line: a number and its unit (``150 теңге``, ``3 км``, ``5 %``), a box to tick and its words."""

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
    r"^ *(?:`{3,}|~{3,}).*?(?:^ *(?:`{3,}|~{3,})|\Z)|^(?: {4}|\t)[^\n]*|(?P<tick>(?<!`)`+(?!`)).+?(?<!`)(?P=tick)(?!`)|"
    r"<(?P<code>svg|pre|code)\b.*?(?:</(?P=code)>|\Z)|</?[A-Za-z!][^>]*|\]\([^)\n]*|https?://\S+|\$[^$\n]+\$"
)
"""Code, drawings, tags, addresses, formulas; what is never closed ends with the text: no text takes long."""
_BOUND: Final = re.compile(
    rf"{_FIXED}|(?P<number>\d[*_]{{0,3}}|\ue001) (?=[*_]{{0,3}}(?:{_SYMBOLS}|{_WORDS}))|(?P<box>☐) (?=\S)",
    re.DOTALL | re.MULTILINE,
)
"""What stays as it is, or the space after a number, a gap to fill in (its unit follows) or a box to tick."""


def bind_units(markdown: str) -> str:
    """Put a no-break space between a number and its unit, a box and its words, in running text only."""
    return _BOUND.sub(_bind, markdown)


def _bind(found: re.Match[str]) -> str:
    before = found["number"] or found["box"]
    return f"{before}\u00a0" if before else found[0]
