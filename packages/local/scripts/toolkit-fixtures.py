"""Writes test/unit/training/toolkit-fixtures.json: what the real training toolkit makes of a set of requests.

Run it in an environment of its own that has the toolkit:

    pip install sagemaker-training==4.8.0
    python packages/local/scripts/toolkit-fixtures.py

Each case is run in a fresh interpreter with SAGEMAKER_BASE_DIR, because the toolkit reads its folders when imported;
the folder's name is put back to /opt/ml in what is recorded.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile

PROGRAM = r"""
import json, logging, multiprocessing
multiprocessing.cpu_count = lambda: 2
logging.disable(logging.CRITICAL)
from sagemaker_training import environment
env = environment.Environment()
print(json.dumps({"arguments": env.to_cmd_args(), "variables": env.to_env_vars()}))
"""

BASE = {"sagemaker_program": "train.py", "sagemaker_submit_directory": "s3://b/code/sourcedir.tar.gz"}
SDK2 = {
    "sagemaker_program": '"train.py"',
    "sagemaker_submit_directory": '"s3://b/code/sourcedir.tar.gz"',
    "sagemaker_container_log_level": "20",
    "sagemaker_job_name": '"sdk-job"',
    "sagemaker_region": '"us-east-1"',
}

HYPERPARAMETERS = {
    "plain texts": {**BASE, "estimator": "random_forest", "max_depth": "8", "rate": "0.05"},
    "every value JSON-encoded": {**SDK2, "estimator": '"random_forest"', "max_depth": "8", "class_weight": '"balanced"'},
    "order, case and one letter": {**BASE, "b": "1", "Upper": "2", "a-dash": "3", "_x": "4", "é": "5", "Z": "6"},
    "numbers": {
        **BASE,
        **{
            f"n{index:02d}": text
            for index, text in enumerate(
                "0.10 1e-3 1E5 1e16 1e22 123456789012345678901234567890 -0 -0.0 007 1. .5 +1 1e400 -1e400 0.00001 "
                "0.0001 1e-7 123456789.123456789 1e15 1234567890123456.0 12345678901234567.0 NaN Infinity -Infinity "
                "5e-324 1.7976931348623157e308 0.1e1 100 1_000 0x10 2.50 1e+2 1e-05".split()
            )
        },
    },
    "words": {**BASE, "t": "true", "f": "false", "nothing": "null", "True": "True", "empty": "", "space": " ", "none": "None"},
    "lists and objects": {
        **BASE,
        "list": '[1,"a",true,null,1.50,[2],{"k":"v"}]',
        "object": '{"b":1,"a":[2],"c":{"d":"it\'s"},"e":null,"f":false}',
        "nested": '{"a":{"b":{"c":[1e-9,"x y"]}}}',
        "empty_list": "[]",
        "empty_object": "{}",
        "broken": "[1,",
        "two": "1 2",
        "trailing": "[1,]",
    },
    "text that must survive": {
        **BASE,
        "quotes": 'say "hi"',
        "single": "it's",
        "dollar": "$HOME `id`",
        "newline": "a\nb",
        "unicode": "Ærø 日本 \U0001f600",
        "backslash": "a\\b",
        "json_text": '"a\\nb\\u00e9\\ud83d\\ude00"',
        "quoted_list": "[\"a'b\", 'x']",
        "list_texts": '["a\'b", "c\\"d", "e\'\\"f", "tab\\t", "\\u00e9", "\\u0001", "\\\\"]',
        "padded": "  7  ",
        "padded_text": ' "x" ',
        "control": '"a\x01b"',
    },
    "the toolkit's own": {
        **BASE,
        "sagemaker_estimator_class_name": "SKLearn",
        "sagemaker_enable_cloudwatch_metrics": "false",
        "sagemaker_container_log_level": "10",
        "_tuning_objective_metric": "validation:auc",
        "default_user_module_name": "x",
        "sagemaker_s3_output": "s3://b/out",
        "alpha": "1",
        "sagemaker_job_name": "from-hyperparameters",
        "sagemaker_region": "eu-west-1",
    },
    "program in a folder": {**BASE, "sagemaker_program": "pkg/train.py"},
    "no hyperparameters of one's own": BASE,
}

CHANNELS = {
    "plain texts": ["train", "validation", "my-chan"],
    "program in a folder": [],
}


def resource_config(instance_type: str) -> dict[str, object]:
    """The platform's file for one host."""
    group = {"instance_group_name": "homogeneousCluster", "instance_type": instance_type, "hosts": ["algo-1"]}
    return {
        "current_host": "algo-1",
        "current_instance_type": instance_type,
        "current_group_name": "homogeneousCluster",
        "hosts": ["algo-1"],
        "instance_groups": [group],
        "network_interface_name": "eth0",
    }


def run(name: str, hyperparameters: dict[str, str]) -> dict[str, object]:
    """One case through the toolkit."""
    channels = CHANNELS.get(name, ["train"])
    with tempfile.TemporaryDirectory() as base:
        config = os.path.join(base, "input", "config")
        os.makedirs(config)
        data = {
            channel: {
                "TrainingInputMode": "File",
                "S3DistributionType": "FullyReplicated",
                "RecordWrapperType": "None",
                **({"ContentType": "text/csv"} if channel == "train" else {}),
            }
            for channel in channels
        }
        files = {"hyperparameters": hyperparameters, "inputdataconfig": data, "resourceconfig": resource_config("ml.m5.large")}
        for file, content in files.items():
            with open(os.path.join(config, f"{file}.json"), "w", encoding="utf-8") as stream:
                json.dump(content, stream)
        environment = {
            "PATH": os.environ["PATH"],
            "SAGEMAKER_BASE_DIR": base,
            "SAGEMAKER_TRAINING_MODULE": "sagemaker_sklearn_container.training:main",
            "TRAINING_JOB_NAME": "job-1",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        result = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True)
        recorded = json.loads(result.stdout.strip().splitlines()[-1].replace(base, "/opt/ml"))
    return {"name": name, "hyperparameters": hyperparameters, "channels": channels, **recorded}


def main() -> None:
    """Run every case and write the file."""
    from importlib.metadata import version

    cases = [run(name, hyperparameters) for name, hyperparameters in HYPERPARAMETERS.items()]
    target = os.path.join(os.path.dirname(__file__), "..", "test", "unit", "training", "toolkit-fixtures.json")
    made_by = f"packages/local/scripts/toolkit-fixtures.py with sagemaker-training {version('sagemaker-training')}"
    with open(target, "w", encoding="utf-8") as stream:
        json.dump({"madeBy": made_by, "cases": cases}, stream, indent=2, ensure_ascii=True)
        stream.write("\n")


if __name__ == "__main__":
    main()
