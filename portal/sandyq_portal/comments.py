"""A bank of comments for marking, by language: what teachers write again and again."""

from __future__ import annotations

from typing import Final

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
