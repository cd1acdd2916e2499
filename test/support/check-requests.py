"""Compares recorded requests with AWS's service models as botocore has them.

Reads lines of {"service", "operation", "input"} and prints a JSON list of complaints and the number of requests.
"""

import json
import sys

import botocore.session
from botocore.validate import ParamValidator
from recorded import as_python

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
