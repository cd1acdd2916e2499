"""Endpoints as boto3 sees them: shifted traffic, alarms that roll back, capture, serverless. The cloud's clock is manual."""

from __future__ import annotations

import io
import json
import secrets
import tarfile
import time
import unittest
import urllib.request
from typing import Any

from botocore.exceptions import ClientError
from clients import ENDPOINT, client

ROLE = "arn:aws:iam::000000000000:role/SagewrightExecution"
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3"
BUCKET = "sagewright-us-east-1-000000000000"
MINUTE = 60

INFERENCE = """
def model_fn(folder):
    return open(folder + "/name.txt").read()
def transform_fn(model, body, content_type, accept):
    if body == "fail":
        raise ValueError("no such thing")
    return model, "text/csv"
"""


def advance(seconds: float) -> None:
    """Let the cloud's time pass, and everything happen that becomes due."""
    request = urllib.request.Request(
        f"{ENDPOINT}/_sagewright/clock/advance",
        data=json.dumps({"seconds": seconds}).encode(),
        headers={"content-type": "application/json"},
        method="POST",
    )
    with urllib.request.urlopen(request, timeout=60) as response:
        response.read()


def archive(**files: str) -> bytes:
    """A tar.gz of named texts; two underscores in a name stand for a slash, one for a dot."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz") as tar:
        for name, text in files.items():
            info = tarfile.TarInfo(name.replace("__", "/").replace("_", "."))
            info.size = len(text.encode())
            tar.addfile(info, io.BytesIO(text.encode()))
    return target.getvalue()


class EndpointsTest(unittest.TestCase):
    """Names of their own in one account."""

    def setUp(self) -> None:
        """Two models, and a configuration of four instances for each."""
        self.name = f"e-{secrets.token_hex(4)}"
        self.sm, self.s3 = client("sagemaker"), client("s3")
        self.runtime, self.cloudwatch = client("sagemaker-runtime"), client("cloudwatch")
        for color in ("blue", "green"):
            key = f"{self.name}/{color}/model.tar.gz"
            body = archive(name_txt=color, code__inference_py=INFERENCE)
            self.s3.put_object(Bucket=BUCKET, Key=key, Body=body)
            environment = {"SAGEMAKER_PROGRAM": "inference.py", "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code"}
            container = {"Image": IMAGE, "ModelDataUrl": f"s3://{BUCKET}/{key}", "Environment": environment}
            self.sm.create_model(ModelName=self.model(color), ExecutionRoleArn=ROLE, PrimaryContainer=container)
            self.configure(color, [self.variant(color)])

    def tearDown(self) -> None:
        """No endpoint outlives its test."""
        try:
            self.sm.delete_endpoint(EndpointName=self.name)
        except ClientError:
            pass

    def model(self, color: str) -> str:
        """The name of a model."""
        return f"{self.name}-{color}"

    def variant(self, color: str, **more: Any) -> dict[str, Any]:
        """A production variant over a model."""
        given = {"VariantName": "AllTraffic", "ModelName": self.model(color)}
        return {**given, "InstanceType": "ml.m5.large", "InitialInstanceCount": 4, **more}

    def configure(self, name: str, variants: list[dict[str, Any]], **more: Any) -> None:
        """An endpoint configuration."""
        self.sm.create_endpoint_config(EndpointConfigName=self.model(name), ProductionVariants=variants, **more)

    def serve(self, config: str = "blue") -> None:
        """An endpoint in service."""
        self.sm.create_endpoint(EndpointName=self.name, EndpointConfigName=self.model(config))
        advance(1)
        self.assertEqual(self.describe()["EndpointStatus"], "InService", self.describe().get("FailureReason"))

    def describe(self) -> dict[str, Any]:
        """The endpoint as it is."""
        return self.sm.describe_endpoint(EndpointName=self.name)

    def update(self, config: str, **more: Any) -> None:
        """Begin an update."""
        self.sm.update_endpoint(EndpointName=self.name, EndpointConfigName=self.model(config), **more)

    def invoke(self, body: bytes = b"1,2", **more: Any) -> str:
        """The answer to one invocation."""
        answer = self.runtime.invoke_endpoint(EndpointName=self.name, ContentType="text/csv", Body=body, **more)
        return answer["Body"].read().decode()

    def canary(self, **more: Any) -> dict[str, Any]:
        """A deployment that shifts one of four instances' traffic for half an hour."""
        routing = {"Type": "CANARY", "CanarySize": {"Type": "INSTANCE_COUNT", "Value": 1}, "WaitIntervalInSeconds": 1800}
        policy = {"TrafficRoutingConfiguration": routing, "TerminationWaitInSeconds": 600}
        return {"BlueGreenUpdatePolicy": policy, **more}

    def test_a_canary_takes_its_forty_minutes_in_no_time(self) -> None:
        """PendingDeploymentSummary, shares of traffic, the end."""
        self.serve()
        self.update("green", DeploymentConfig=self.canary())
        advance(1)
        pending = self.describe()["PendingDeploymentSummary"]
        self.assertEqual(pending["EndpointConfigName"], self.model("green"))
        variant = pending["ProductionVariants"][0]
        self.assertEqual((variant["CurrentInstanceCount"], variant["DesiredInstanceCount"]), (1, 4))
        self.assertEqual(variant["VariantStatus"][0]["Status"], "Baking")
        self.assertIn("canary capacity of 1 instance(s).", variant["VariantStatus"][0]["StatusMessage"])
        self.assertEqual([self.invoke() for _ in range(8)].count("green"), 2)
        with self.assertRaises(ClientError) as refused:
            self.update("blue")
        self.assertEqual(refused.exception.response["Error"]["Code"], "ValidationException")
        self.assertIn("Cannot update in-progress endpoint", refused.exception.response["Error"]["Message"])
        advance(41 * MINUTE)
        endpoint = self.describe()
        self.assertEqual((endpoint["EndpointStatus"], endpoint["EndpointConfigName"]), ("InService", self.model("green")))
        self.assertNotIn("PendingDeploymentSummary", endpoint)
        self.assertEqual(endpoint["LastDeploymentConfig"], self.canary())
        self.assertEqual({self.invoke() for _ in range(4)}, {"green"})

    def test_errors_of_the_canary_ring_the_alarm_and_roll_back(self) -> None:
        """The endpoint's own metric, an alarm over it, FailureReason."""
        alarm = f"{self.name}-errors"
        self.cloudwatch.put_metric_alarm(
            AlarmName=alarm,
            Namespace="AWS/SageMaker",
            MetricName="Invocation5XXErrors",
            Dimensions=[
                {"Name": "EndpointName", "Value": self.name},
                {"Name": "VariantName", "Value": "AllTraffic"},
            ],
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=3,
            ComparisonOperator="GreaterThanOrEqualToThreshold",
            TreatMissingData="notBreaching",
        )
        self.serve()
        rollback = {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": alarm}]}}
        self.update("green", DeploymentConfig=self.canary(**rollback))
        advance(1)
        for _ in range(4):
            with self.assertRaises(self.runtime.exceptions.ModelError):
                self.invoke(b"fail")
        advance(3 * MINUTE)
        endpoint = self.describe()
        self.assertEqual((endpoint["EndpointStatus"], endpoint["EndpointConfigName"]), ("InService", self.model("blue")))
        self.assertIn(alarm, endpoint["FailureReason"])
        self.assertEqual({self.invoke() for _ in range(4)}, {"blue"})

    def test_two_variants_share_by_weight_and_can_be_aimed_at(self) -> None:
        """Weights, TargetVariant, UpdateEndpointWeightsAndCapacities."""
        variants = [
            self.variant("blue", VariantName="a", InitialVariantWeight=3, InitialInstanceCount=1),
            self.variant("green", VariantName="b", InitialVariantWeight=1, InitialInstanceCount=1),
        ]
        self.configure("both", variants)
        self.serve("both")
        self.assertEqual([self.invoke() for _ in range(8)].count("green"), 2)
        self.assertEqual(self.invoke(TargetVariant="b"), "green")
        self.sm.update_endpoint_weights_and_capacities(
            EndpointName=self.name,
            DesiredWeightsAndCapacities=[{"VariantName": "b", "DesiredWeight": 0, "DesiredInstanceCount": 3}],
        )
        advance(1)
        found = {one["VariantName"]: one for one in self.describe()["ProductionVariants"]}
        self.assertEqual((found["b"]["CurrentWeight"], found["b"]["CurrentInstanceCount"]), (0, 3))
        self.assertEqual({self.invoke() for _ in range(4)}, {"blue"})

    def test_captured_requests_are_in_s3(self) -> None:
        """DataCaptureConfig, the file's place and shape."""
        capture = {
            "EnableCapture": True,
            "InitialSamplingPercentage": 100,
            "DestinationS3Uri": f"s3://{BUCKET}/{self.name}/captured",
            "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
            "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"]},
        }
        self.configure("captured", [self.variant("blue", InitialInstanceCount=1)], DataCaptureConfig=capture)
        self.serve("captured")
        self.assertEqual(self.describe()["DataCaptureConfig"]["CaptureStatus"], "Started")
        self.invoke(b"4,5", InferenceId="customer-7")
        advance(10)
        prefix = f"{self.name}/captured/{self.name}/AllTraffic/{time.strftime('%Y/')}"
        listed = self.s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix)["Contents"]
        self.assertEqual(len(listed), 1)
        self.assertRegex(listed[0]["Key"][len(prefix) :], r"^\d\d/\d\d/\d\d/\d\d-\d\d-\d{3}-[0-9a-f-]{36}\.jsonl$")
        record = json.loads(self.s3.get_object(Bucket=BUCKET, Key=listed[0]["Key"])["Body"].read())
        sent = record["captureData"]["endpointInput"]
        expected = {"observedContentType": "text/csv", "mode": "INPUT", "data": "4,5", "encoding": "CSV"}
        self.assertEqual(sent, expected)
        self.assertEqual(record["captureData"]["endpointOutput"]["data"], "blue")
        self.assertEqual(record["eventMetadata"]["inferenceId"], "customer-7")

    def test_a_serverless_endpoint_answers_warm_and_cold(self) -> None:
        """ServerlessConfig, and the refusal of what serverless has not."""
        serverless = {"MemorySizeInMB": 1024, "MaxConcurrency": 2}
        variant = {"VariantName": "AllTraffic", "ModelName": self.model("blue"), "ServerlessConfig": serverless}
        self.configure("serverless", [variant])
        self.serve("serverless")
        self.assertEqual(self.describe()["ProductionVariants"][0]["CurrentServerlessConfig"], serverless)
        self.assertEqual(self.invoke(), "blue")
        advance(30 * MINUTE)
        self.assertEqual(self.invoke(), "blue")
        with self.assertRaises(ClientError) as refused:
            self.configure("odd", [{**variant, "ServerlessConfig": {**serverless, "MemorySizeInMB": 1500}}])
        self.assertEqual(refused.exception.response["Error"]["Code"], "ValidationException")

    def test_a_body_above_the_limit_is_refused(self) -> None:
        """Six mebibytes and one byte."""
        self.serve()
        with self.assertRaises(ClientError) as refused:
            self.invoke(b"x" * (6 * 1024 * 1024 + 1))
        self.assertEqual(refused.exception.response["ResponseMetadata"]["HTTPStatusCode"], 413)
