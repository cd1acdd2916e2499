"""The search: the same question has the same answer, and the answers get better."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "python"))

import tuner  # noqa: E402

SPACE: list[tuner.Dimension] = [
    {"kind": "integer", "name": "depth", "low": 3, "high": 16, "scaling": "Linear"},
    {"kind": "continuous", "name": "rate", "low": 0.0001, "high": 1, "scaling": "Logarithmic"},
    {"kind": "continuous", "name": "momentum", "low": 0.5, "high": 0.999, "scaling": "ReverseLogarithmic"},
    {"kind": "categorical", "name": "kind", "values": ["a", "b", "c"]},
]


def question(**changes: object) -> tuner.Question:
    """A question about SPACE with five results, one of them a failure, and one trial pending."""
    results: list[tuner.Result] = [
        {
            "parameters": {"depth": str(3 + i), "rate": str(0.01 * (i + 1)), "momentum": str(0.5 + i / 20), "kind": "a"},
            "value": 0.8 + i / 100,
        }
        for i in range(4)
    ]
    results.append({"parameters": {"depth": "16", "rate": "1", "momentum": "0.999", "kind": "b"}})
    pending = [{"depth": "12", "rate": "0.2", "momentum": "0.7", "kind": "c"}]
    base = {"space": SPACE, "seed": 7, "index": 6, "direction": "maximize", "results": results, "pending": pending}
    return {**base, **changes}  # type: ignore[typeddict-item]


def test_the_same_question_has_the_same_answer_and_another_seed_another() -> None:
    assert tuner.suggest(question()) == tuner.suggest(question())
    answers = {str(tuner.suggest(question(seed=seed))) for seed in range(5)}
    assert len(answers) > 1


def test_answers_lie_in_the_ranges_at_both_ends_too() -> None:
    for index in range(30):
        answer = tuner.suggest(question(index=index))
        assert 3 <= int(answer["depth"]) <= 16
        assert 0.0001 <= float(answer["rate"]) <= 1
        assert 0.5 <= float(answer["momentum"]) <= 0.999
        assert answer["kind"] in ("a", "b", "c")


def test_no_results_yet_is_no_problem() -> None:
    assert set(tuner.suggest(question(results=[], pending=[]))) == {"depth", "rate", "momentum", "kind"}


def test_a_combination_is_not_tried_twice_while_others_are_left() -> None:
    space: list[tuner.Dimension] = [{"kind": "categorical", "name": "k", "values": ["a", "b", "c"]}]
    results: list[tuner.Result] = [{"parameters": {"k": "a"}, "value": 0.9}]
    answer = tuner.suggest(question(space=space, results=results, pending=[{"k": "b"}]))
    assert answer == {"k": "c"}


def test_it_minimises_when_asked_to() -> None:
    space: list[tuner.Dimension] = [
        {"kind": "continuous", "name": "x", "low": 0, "high": 1, "scaling": "Linear"}
    ]
    results: list[tuner.Result] = []
    for index in range(40):
        answer = tuner.suggest(question(space=space, direction="minimize", index=index, results=results, pending=[]))
        results.append({"parameters": answer, "value": (float(answer["x"]) - 0.3) ** 2})
    late = [abs(float(result["parameters"]["x"]) - 0.3) for result in results[-10:]]
    assert sorted(late)[5] < 0.1
