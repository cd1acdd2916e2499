"""Lambda as boto3 sees it."""

from __future__ import annotations

import io
import json
import secrets
import unittest
import zipfile

from clients import client

PYTHON = """
def handler(event, context):
    if event.get("fail"):
        raise ValueError("as asked")
    return {"doubled": event["value"] * 2}
"""

BATCH = """
import json, os

def handler(event, context):
    failed = [one["messageId"] for one in event["Records"] if json.loads(one["body"])["fail"]]
    print("cloud at", os.environ["AWS_ENDPOINT_URL"], "records", len(event["Records"]))
    return {"batchItemFailures": [{"itemIdentifier": each} for each in failed]}
"""

NODE = "exports.handler = async (event) => ({ doubled: event.value * 2 });"


def zipped(name: str, text: str) -> bytes:
    """A zip of one file."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(name, text)
    return target.getvalue()


class LambdaTest(unittest.TestCase):
    """Functions of their own."""

    def setUp(self) -> None:
        """Makes the client."""
        self.functions = client("lambda")
        self.name = f"test-{secrets.token_hex(5)}"

    def test_functions_of_both_runtimes_run(self) -> None:
        """Created, listed, invoked, failed, changed, deleted."""
        for runtime, file, text in [("python3.12", "app.py", PYTHON), ("nodejs22.x", "app.js", NODE)]:
            name = f"{self.name}-{runtime[:4]}"
            role = "arn:aws:iam::000000000000:role/SagewrightExecution"
            made = self.functions.create_function(
                FunctionName=name, Runtime=runtime, Role=role, Handler="app.handler", Code={"ZipFile": zipped(file, text)}
            )
            self.assertEqual(made["FunctionArn"], f"arn:aws:lambda:us-east-1:000000000000:function:{name}")
            self.assertIn(name, [one["FunctionName"] for one in self.functions.list_functions()["Functions"]])
            answer = self.functions.invoke(FunctionName=name, Payload=json.dumps({"value": 21}))
            self.assertEqual(answer["StatusCode"], 200)
            self.assertNotIn("FunctionError", answer)
            self.assertEqual(json.loads(answer["Payload"].read()), {"doubled": 42})
            if runtime.startswith("python"):
                failed = self.functions.invoke(FunctionName=name, Payload=json.dumps({"fail": True}))
                self.assertEqual(failed["FunctionError"], "Unhandled")
                self.assertEqual(json.loads(failed["Payload"].read())["errorMessage"], "as asked")
            self.functions.delete_function(FunctionName=name)
            with self.assertRaises(self.functions.exceptions.ResourceNotFoundException):
                self.functions.get_function(FunctionName=name)

    def test_a_queue_is_mapped_to_a_function(self) -> None:
        """What was handled is gone, what failed comes again and is a dead letter in the end."""
        sqs = client("sqs")
        dead = sqs.create_queue(QueueName=f"{self.name}-dead")["QueueUrl"]
        arn = f"arn:aws:sqs:us-east-1:000000000000:{self.name}"
        policy = json.dumps({"deadLetterTargetArn": f"{arn}-dead", "maxReceiveCount": 1})
        url = sqs.create_queue(QueueName=self.name, Attributes={"VisibilityTimeout": "3", "RedrivePolicy": policy})["QueueUrl"]
        role = "arn:aws:iam::000000000000:role/SagewrightExecution"
        code = {"ZipFile": zipped("app.py", BATCH)}
        self.functions.create_function(
            FunctionName=self.name, Runtime="python3.12", Role=role, Handler="app.handler", Code=code, Timeout=3
        )
        uuid = self.functions.create_event_source_mapping(
            FunctionName=self.name,
            EventSourceArn=arn,
            BatchSize=5,
            FunctionResponseTypes=["ReportBatchItemFailures"],
            ScalingConfig={"MaximumConcurrency": 2},
        )["UUID"]
        for fail in (False, True, False):
            sqs.send_message(QueueUrl=url, MessageBody=json.dumps({"fail": fail}))
        (letter,) = sqs.receive_message(QueueUrl=dead, WaitTimeSeconds=20, AttributeNames=["All"])["Messages"]
        self.assertEqual(json.loads(letter["Body"]), {"fail": True})
        self.assertEqual(letter["Attributes"]["DeadLetterQueueSourceArn"], arn)
        counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        self.assertEqual(
            (counts["ApproximateNumberOfMessages"], counts["ApproximateNumberOfMessagesNotVisible"]), ("0", "0")
        )
        mapping = self.functions.get_event_source_mapping(UUID=uuid)
        self.assertEqual((mapping["State"], mapping["ScalingConfig"]), ("Enabled", {"MaximumConcurrency": 2}))
        self.functions.update_event_source_mapping(UUID=uuid, Enabled=False)
        self.assertEqual(self.functions.get_event_source_mapping(UUID=uuid)["State"], "Disabled")
        pages = self.functions.get_paginator("list_event_source_mappings").paginate(EventSourceArn=arn)
        self.assertEqual([one["UUID"] for page in pages for one in page["EventSourceMappings"]], [uuid])
        self.functions.delete_event_source_mapping(UUID=uuid)
        with self.assertRaises(self.functions.exceptions.ResourceNotFoundException):
            self.functions.get_event_source_mapping(UUID=uuid)

    def test_events_and_permissions(self) -> None:
        """How events are handled, and who may call."""
        role = "arn:aws:iam::000000000000:role/SagewrightExecution"
        self.functions.create_function(
            FunctionName=self.name,
            Runtime="python3.12",
            Role=role,
            Handler="app.handler",
            Code={"ZipFile": zipped("app.py", PYTHON)},
        )
        self.functions.put_function_event_invoke_config(FunctionName=self.name, MaximumRetryAttempts=0)
        handling = self.functions.get_function_event_invoke_config(FunctionName=self.name)
        self.assertEqual(handling["MaximumRetryAttempts"], 0)
        answer = self.functions.invoke(FunctionName=self.name, InvocationType="Event", Payload=json.dumps({"value": 1}))
        self.assertEqual(answer["StatusCode"], 202)
        self.functions.add_permission(
            FunctionName=self.name, StatementId="s", Action="lambda:InvokeFunction", Principal="events.amazonaws.com"
        )
        policy = json.loads(self.functions.get_policy(FunctionName=self.name)["Policy"])
        self.assertEqual(policy["Statement"][0]["Principal"], {"Service": "events.amazonaws.com"})
        self.functions.delete_function_event_invoke_config(FunctionName=self.name)

    def test_a_wrong_archive_is_refused(self) -> None:
        """Bytes that are no zip."""
        with self.assertRaises(self.functions.exceptions.InvalidParameterValueException):
            self.functions.create_function(
                FunctionName=self.name,
                Runtime="python3.12",
                Role="arn:aws:iam::000000000000:role/SagewrightExecution",
                Handler="app.handler",
                Code={"ZipFile": b"no zip"},
            )


if __name__ == "__main__":
    unittest.main()
