"""Bayesian search as a process: questions come in on standard input, answers go out on standard output, a JSON line each.

Nothing is kept between questions. A question carries everything its answer depends on, so the same question has the
same answer in a process that was started a moment ago.
"""

from __future__ import annotations

import hashlib
import json
import sys
import warnings
from typing import Any, TypedDict

_GUIDED_ATTEMPTS, _RANDOM_ATTEMPTS = 8, 100
_CANDIDATES = 48


class Dimension(TypedDict, total=False):
    """One hyperparameter; see Dimension in src/services/sagemaker/tuning/search-space.ts."""

    kind: str
    name: str
    low: float
    high: float
    scaling: str
    values: list[str]


class Result(TypedDict, total=False):
    """An ended trial; without a value when it failed."""

    parameters: dict[str, str]
    value: float


class Question(TypedDict):
    """See Question in src/services/sagemaker/tuning/strategy.ts."""

    space: list[Dimension]
    seed: int
    index: int
    direction: str
    results: list[Result]
    pending: list[dict[str, str]]


def suggest(question: Question) -> dict[str, str]:
    """Choose the next combination with a tree-structured Parzen estimator.

    Args:
        question: the space, the trials that have results, and those that have none yet. The latter count as bad, so
            that trials which run side by side do not crowd together.

    Returns:
        Hyperparameters by name, as text. A combination that was tried before only if no other was found.

    Raises:
        ValueError: a trial's parameter lies outside its range.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)
    distributions = {dimension["name"]: _distribution(dimension) for dimension in question["space"]}
    sampler = optuna.samplers.TPESampler(
        seed=_seed(question), n_startup_trials=1, n_ei_candidates=_CANDIDATES, multivariate=True, constant_liar=True
    )
    study = optuna.create_study(direction=question["direction"], sampler=sampler)
    for result in question["results"]:
        value = result.get("value")
        state = optuna.trial.TrialState.FAIL if value is None else optuna.trial.TrialState.COMPLETE
        study.add_trial(_trial(question["space"], result["parameters"], distributions, state, value))
    for parameters in question["pending"]:
        study.add_trial(
            _trial(question["space"], parameters, distributions, optuna.trial.TrialState.RUNNING, None)
        )
    tried = [result["parameters"] for result in question["results"]] + list(question["pending"])
    chosen: dict[str, str] = {}
    for attempt in range(_GUIDED_ATTEMPTS + _RANDOM_ATTEMPTS):
        if attempt == _GUIDED_ATTEMPTS:
            # The estimator insists on what was tried: anything new tells more.
            study.sampler = optuna.samplers.RandomSampler(seed=_seed(question))
        trial = study.ask(distributions)
        chosen = {dimension["name"]: _text(dimension, trial.params) for dimension in question["space"]}
        study.tell(trial, state=optuna.trial.TrialState.FAIL)
        if chosen not in tried:
            break
    return chosen


def _distribution(dimension: Dimension) -> Any:
    from optuna import distributions

    if dimension["kind"] == "categorical":
        return distributions.CategoricalDistribution(dimension["values"])
    low, high, scaling = dimension["low"], dimension["high"], dimension["scaling"]
    if dimension["kind"] == "integer":
        return distributions.IntDistribution(int(low), int(high), log=scaling == "Logarithmic")
    if scaling == "ReverseLogarithmic":
        return distributions.FloatDistribution(1 - high, 1 - low, log=True)
    return distributions.FloatDistribution(low, high, log=scaling == "Logarithmic")


def _trial(
    space: list[Dimension], parameters: dict[str, str], distributions: dict[str, Any], state: Any, value: float | None
) -> Any:
    import optuna

    internal = {dimension["name"]: _internal(dimension, parameters[dimension["name"]]) for dimension in space}
    return optuna.trial.create_trial(state=state, params=internal, distributions=distributions, value=value)


def _internal(dimension: Dimension, text: str) -> Any:
    if dimension["kind"] == "categorical":
        return text
    if dimension["kind"] == "integer":
        return int(text)
    value = float(text)
    if dimension["scaling"] == "ReverseLogarithmic":
        return min(max(1 - value, 1 - dimension["high"]), 1 - dimension["low"])
    return value


def _text(dimension: Dimension, chosen: dict[str, Any]) -> str:
    value = chosen[dimension["name"]]
    if dimension["kind"] == "continuous" and dimension["scaling"] == "ReverseLogarithmic":
        value = min(max(1 - value, dimension["low"]), dimension["high"])
    return repr(value) if isinstance(value, float) else str(value)


def _seed(question: Question) -> int:
    digest = hashlib.sha256(f"{question['seed']}:{question['index']}".encode()).digest()
    return int.from_bytes(digest[:4], "big")


def main() -> None:
    """Answer questions until standard input ends."""
    import optuna  # noqa: F401 - loaded while the first trials run, so that the first question need not wait

    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = {"id": request["id"], "parameters": suggest(request["question"])}
        except Exception as error:  # noqa: BLE001 - the tuning job fails with this text; the process serves others
            answer = {"id": request["id"], "error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
