"""Reads the command line that SageMaker makes of a training job's hyperparameters."""

from __future__ import annotations

from typing import NamedTuple

from estimators import parse_value
from failure import SettingError
from threshold import Costs


class Settings(NamedTuple):
    """The hyperparameters of a training job; `estimator_settings` are the ones scikit-learn reads."""

    estimator: str
    task: str
    seed: int
    imbalance: str
    costs: Costs | None
    checkpoint_seconds: float | None
    estimator_settings: dict[str, str]
    given: dict[str, str]


def parse_arguments(arguments: list[str]) -> dict[str, str]:
    """Pairs of `--name value`, or `-n value` for names of one letter, as a dictionary.

    Raises:
        SettingError: argument_invalid.
    """
    pairs: dict[str, str] = {}
    for place in range(0, len(arguments), 2):
        flag = arguments[place]
        name = flag.lstrip("-")
        if not flag.startswith("-") or not name or place + 1 == len(arguments):
            raise SettingError("argument_invalid", f"{flag!r} is no --name followed by a value.", "Give pairs.")
        pairs[name] = arguments[place + 1]
    return pairs


def read_settings(arguments: list[str], kind: str) -> Settings:
    """Reads all hyperparameters.

    Args:
        arguments: The command line.
        kind: The contract's kind of target, which is the task when none is given.

    Raises:
        SettingError: A value cannot be read, or the task is not the contract's.
    """
    given = parse_arguments(arguments)
    rest = dict(given)
    task = rest.pop("task", kind)
    if task != kind:
        raise SettingError(
            "task_mismatch", f"task is {task!r}, but the contract's target is {kind}.", "Leave task out."
        )
    imbalance = rest.pop("imbalance", "none")
    if task == "regression" and imbalance != "none":
        raise SettingError("imbalance_task", f"imbalance {imbalance} has no meaning in a regression.", "Leave it out.")
    return Settings(
        estimator=rest.pop("estimator", "random_forest"),
        task=task,
        seed=int(_number("seed", rest.pop("seed", "42"))),
        imbalance=imbalance,
        costs=_costs(rest),
        checkpoint_seconds=_optional_number("checkpoint_seconds", rest),
        estimator_settings=rest,
        given=given,
    )


def _costs(rest: dict[str, str]) -> Costs | None:
    names = ("cost_false_positive", "cost_false_negative")
    values = [_optional_number(name, rest) for name in names]
    if values == [None, None]:
        return None
    for name, value in zip(names, values):
        if value is None or value < 0:
            raise SettingError("cost_invalid", f"{name} is {value}, not a cost of 0 or more.", "Give both costs.")
    return Costs(*values)


def _optional_number(name: str, rest: dict[str, str]) -> float | None:
    return _number(name, rest.pop(name)) if name in rest else None


def _number(name: str, text: str) -> float:
    value = parse_value(text)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise SettingError("number_invalid", f"{name} is {text!r}, not a number.", "Give a number.")
    return value
