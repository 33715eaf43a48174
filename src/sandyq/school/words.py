"""Words for passphrases: Kazakh ones as they sound in Latin letters, three to six letters, easy to type."""

from __future__ import annotations

from typing import Final

# one string, for it is read more easily
WORDS: Final = tuple(
    """
    alma altyn aman apta aqsha aral arba arman arna aspan asyq auyl azat bala balyq bata bazar besik
    bidai biik bulaq bulut burysh dala dapter daria dombra dorba dostyq egin eles erke esik gauhar
    gul jaila jalyn janar jaqut jarma jasyl jaz jelken jemis jibek jol juldyz jumyr jupar kemer
    kenes kese kiiz kilem kitap koktem kolem kopir korpe kumis kun kush mamyr maral marjan meken
    merei mereke miras naiza nan naryn nauryz nota nur olen omir oner oramal orda orman otau paida
    parta pille qaimaq qalam qalqan qamys qanat qar qasyq qayin qazan qobyz qoian qonaq qozy qulyn
    qum qumyra qurt qus rahat sabaq sadaq saiat salem samal saryn saule sayran semser senim shana
    shapan shege shuaq shyraq sulu sunqar syrnai tabys talap tamyr taspa tau temir tenge terek tobe
    toqym torgai tulki tulpar tumar turna tuz ulan umit urpaq usta uyqy uzim yrys zaman zerek zeren
    """.split()  # noqa: SIM905
)
