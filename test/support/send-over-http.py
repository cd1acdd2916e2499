"""Sends requests with boto3 to a cloud that listens, and says which of them it does not know.

What a request lacks of its required members is made up. Reads lines of {"service", "operation", "input"}, the service by the name that boto3 has for it. A refusal in the service's own
words is an answer; "not emulated", an internal failure and what botocore cannot read are none.

Usage: send-over-http.py ENDPOINT < requests
"""

import datetime
import json
import sys

import boto3
import botocore.exceptions
import botocore.parsers
from botocore.config import Config
from recorded import as_python

NO_ANSWERS = {"UnsupportedOperationException", "UnknownOperationException", "NotImplemented", "MethodNotAllowed"}


def placeholder(shape):
    """Makes the least that a required member can be.

    Args:
        shape: The model of the member.

    Returns:
        A value of its type.
    """
    kind = shape.type_name
    if kind == "structure":
        return {name: placeholder(shape.members[name]) for name in shape.required_members}
    if kind == "string":
        return shape.enum[0] if shape.enum else "a" * max(1, int(shape.metadata.get("min", 1)))
    if kind == "timestamp":
        return datetime.datetime.fromtimestamp(0, datetime.timezone.utc)
    return {"list": [], "map": {}, "blob": b"", "boolean": True}.get(kind, 1)


def main():
    config = Config(parameter_validation=False, retries={"total_max_attempts": 1})
    credentials = {"aws_access_key_id": "x", "aws_secret_access_key": "x", "region_name": "us-east-1"}
    clients = {}
    complaints = []
    sent = 0
    for line in sys.stdin:
        request = json.loads(line)
        service, operation = request["service"], request["operation"]
        if service not in clients:
            clients[service] = boto3.client(service, endpoint_url=sys.argv[1], config=config, **credentials)
        client = clients[service]
        shape = client.meta.service_model.operation_model(operation).input_shape
        sent += 1
        try:
            given = {**placeholder(shape), **as_python(shape, request["input"], known_only=True)} if shape else {}
            # Of a stream only the beginning was recorded; botocore counts for itself.
            given.pop("ContentLength", None)
            client._make_api_call(operation, given)
        except botocore.exceptions.ClientError as error:
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            if error.response["Error"]["Code"] in NO_ANSWERS or status >= 500:
                complaints.append(f"{service} {operation}: {error}")
        except (botocore.exceptions.BotoCoreError, botocore.parsers.ResponseParserError) as error:
            complaints.append(f"{service} {operation}: {error}")
    print(json.dumps({"complaints": complaints, "sent": sent}))


main()
