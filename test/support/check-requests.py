"""Compares recorded requests with AWS's service models as botocore has them.

Reads lines of {"service", "operation", "input"} and prints a JSON list of complaints and the number of requests.
"""

import datetime
import json
import sys

import botocore.session
from botocore.validate import ParamValidator

SERVICES = {
    "SageMaker": "sagemaker",
    "SageMakerRuntime": "sagemaker-runtime",
    "S3": "s3",
    "CloudWatchLogs": "logs",
    "CloudWatch": "cloudwatch",
    "STS": "sts",
    "ApplicationAutoScaling": "application-autoscaling",
    "EventBridge": "events",
    "Lambda": "lambda",
    "SNS": "sns",
    "SQS": "sqs",
    "Scheduler": "scheduler",
    "SecretsManager": "secretsmanager",
}


def as_python(shape, value):
    """Gives times and bytes, which JSON does not have, the types botocore wants.

    Args:
        shape: The model of the value, or None where it has none.
        value: What was recorded.

    Returns:
        The value as a botocore caller would have written it.
    """
    kind = getattr(shape, "type_name", None)
    if kind == "structure" and isinstance(value, dict):
        return {key: as_python(shape.members.get(key), inner) for key, inner in value.items()}
    if kind == "list" and isinstance(value, list):
        return [as_python(shape.member, inner) for inner in value]
    if kind == "map" and isinstance(value, dict):
        return {key: as_python(shape.value, inner) for key, inner in value.items()}
    if kind == "blob":
        return b""
    if kind == "timestamp" and isinstance(value, str):
        return datetime.datetime.fromisoformat(value.replace("Z", "+00:00"))
    return value


def main():
    session = botocore.session.get_session()
    models = {}
    complaints = []
    counts = {}
    for line in sys.stdin:
        request = json.loads(line)
        name = SERVICES[request["service"]]
        if name not in models:
            models[name] = session.get_service_model(name)
        shape = models[name].operation_model(request["operation"]).input_shape
        counts[name] = counts.get(name, 0) + 1
        if shape is None:
            continue
        # The JavaScript SDK fills idempotency tokens in after this record was made.
        tokens = [key for key, member in shape.members.items() if member.metadata.get("idempotencyToken")]
        given = {**{key: "0" * 36 for key in tokens}, **request["input"]}
        report = ParamValidator().validate(as_python(shape, given), shape)
        if report.has_errors():
            complaints.append({**request, "complaint": report.generate_report()})
    print(json.dumps({"complaints": complaints, "counts": counts}))


main()
