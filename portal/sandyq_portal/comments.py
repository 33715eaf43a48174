"""A bank of comments for marking, by language: what teachers write again and again, and what this one has written."""

from __future__ import annotations

from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from sandyq.school.tables import Assignment, CellMark, ClassGroup, Course, Release

MOST_OF_ONES_OWN: Final = 20

COMMENTS: Final = (
    {
        "kk": "Өте жақсы! Ойыңды анық жеткізгенсің.",
        "ru": "Отлично! Мысль изложена ясно.",
        "en": "Very good! Your thought is clear.",
    },
    {
        "kk": "Жауап дұрыс, енді неге олай екенін түсіндір.",
        "ru": "Ответ верный, теперь объясни почему.",
        "en": "The answer is right; now say why.",
    },
    {
        "kk": "Мәтіннен дәлел келтір: қай сөйлемде айтылған?",
        "ru": "Приведи доказательство из текста: в каком предложении об этом сказано?",
        "en": "Give evidence from the text: which sentence says so?",
    },
    {
        "kk": "Сұрақты қайта оқып шық: басқа нәрсе сұралған.",
        "ru": "Перечитай вопрос: спрашивается о другом.",
        "en": "Read the question again: it asks something else.",
    },
    {
        "kk": "Өлшем бірлігін жазуды ұмытпа.",
        "ru": "Не забудь написать единицу измерения.",
        "en": "Do not forget the unit.",
    },
    {
        "kk": "Есептеуіңді қадам-қадаммен тексер.",
        "ru": "Проверь вычисления шаг за шагом.",
        "en": "Check your calculation step by step.",
    },
    {
        "kk": "Айнымалыға түсінікті ат бер.",
        "ru": "Дай переменной понятное имя.",
        "en": "Give the variable a name that tells what it holds.",
    },
    {
        "kk": "Жұмыс аяқталмаған. Қалғанын қосып, қайта тапсыр.",
        "ru": "Работа не закончена. Допиши остальное и сдай ещё раз.",
        "en": "The work is not finished. Add the rest and hand it in again.",
    },
)


def list_comments(session: Session, teacher: int, language: str) -> list[str]:
    """Return what a teacher may write in a class of ``language``: the own comments, most used first, then ours.

    One's own are those that stand beside marks: who corrects a comment corrects it here.
    """
    own = session.scalars(
        select(CellMark.comment)
        .join(Release, Release.id == CellMark.release_id)
        .join(Assignment, Assignment.id == Release.assignment_id)
        .join(Course, Course.id == Assignment.course_id)
        .join(ClassGroup, ClassGroup.id == Course.class_id)
        .where(CellMark.marked_by == teacher, CellMark.comment != "", ClassGroup.language == language)
        .group_by(CellMark.comment)
        .order_by(func.count().desc(), func.max(CellMark.marked_at).desc())
        .limit(MOST_OF_ONES_OWN)
    ).all()
    return list(dict.fromkeys([*own, *(each[language] for each in COMMENTS)]))
