"""A press of a question's button has a name: sent twice, it is judged and kept once."""

from __future__ import annotations

from uuid import uuid4

import pytest

from sandyq_widgets import answers
from sandyq_widgets.portal import KeptAnswer
from sandyq_widgets.questions import Choice, Order


@pytest.fixture
def kept(monkeypatch):
    found = []
    monkeypatch.setattr(answers, "keep", lambda answer, _follow, _hear: found.append(answer))
    return found


def press(question, response, name):
    question._receive(None, {"type": "check", "response": response, "id": name}, [])


def test_the_same_press_twice_is_one_answer_under_its_own_name(kept):
    question, name = Choice.read("id=a", "Q\n- [x] yes\n- [ ] no"), str(uuid4())
    press(question, "2)", name)
    press(question, "2)", name)
    assert [answer.uuid for answer in kept] == [name]
    assert question.tries == 1
    press(question, "2)", str(uuid4()))
    assert question.tries == 2


def test_a_press_that_came_to_the_portal_through_another_kernel_costs_no_second_try(kept):
    question, names = Choice.read("id=a tries=3", "Q\n- [x] yes\n- [ ] no"), [str(uuid4()), str(uuid4())]
    question.restore(KeptAnswer("2)", 2, 0, 1, tuple(names)))
    for name in names:
        press(question, "2)", name)
    assert (kept, question.tries) == ([], 2)
    press(question, "2)", str(uuid4()))
    assert (len(kept), question.tries) == (1, 3)


@pytest.mark.parametrize("name", [None, "", "no-uuid", 7])
def test_a_press_without_a_good_name_gets_one(kept, name):
    question = Choice.read("id=a", "Q\n- [x] yes\n- [ ] no")
    press(question, "1)", name)
    press(question, "1)", name)
    assert len({answer.uuid for answer in kept}) == 2


def test_checking_an_untouched_order_costs_no_try(kept):
    question = Order.read("id=a tries=1", "Q\n1. a\n2. b\n3. c")
    press(question, "1)\n2)\n3)", str(uuid4()))
    assert (kept, question.tries, question.outcome["left"]) == ([], 0, 1)
    assert question.outcome["problem"]
    press(question, question.spec.solve(), str(uuid4()))
    assert question.outcome["verdict"] == "right"
