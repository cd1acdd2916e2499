"""SageMaker as boto3 sees it: errors, listing, jobs that run, a model that answers, a pipeline."""

from __future__ import annotations

import io
import json
import secrets
import tarfile
import time
import unittest
from typing import Any

from botocore.exceptions import ClientError, ParamValidationError
from clients import client

ROLE = "arn:aws:iam::000000000000:role/SagewrightExecution"
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3"
ARN = "arn:aws:sagemaker:us-east-1:000000000000"
BUCKET = "sagewright-us-east-1-000000000000"

TRAIN = """
import argparse, json, os
parser = argparse.ArgumentParser()
parser.add_argument("--depth", type=int)
depth = parser.parse_args().depth
rows = open(os.path.join(os.environ["SM_CHANNEL_TRAIN"], "train.csv")).read().split()
print(f"validation:auc=0.{depth}")
json.dump({"rows": len(rows), "depth": depth}, open(os.path.join(os.environ["SM_MODEL_DIR"], "model.json"), "w"))
"""

INFERENCE = """
import json, os
def model_fn(folder):
    return json.load(open(os.path.join(folder, "model.json")))
def input_fn(body, content_type):
    return json.loads(body)
def predict_fn(data, model):
    if data == "fail":
        raise ValueError("no such thing")
    return {"sum": sum(data), "depth": model["depth"]}
def output_fn(prediction, accept):
    return json.dumps(prediction), "application/json"
"""


def archive(**files: str) -> bytes:
    """A tar.gz of named texts; two underscores in a name stand for a slash, one for a dot."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz") as tar:
        for name, text in files.items():
            data = text.encode()
            info = tarfile.TarInfo(name.replace("__", "/").replace("_", "."))
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return target.getvalue()


class SageMakerTest(unittest.TestCase):
    """Names of their own in one account."""

    def setUp(self) -> None:
        """Makes the clients."""
        self.sm = client("sagemaker")
        self.s3 = client("s3")
        self.name = f"test-{secrets.token_hex(5)}"

    def refuses(self, code: str, text: str, call: Any, **arguments: Any) -> None:
        """Asserts that a call fails with an error code and a text in its message."""
        with self.assertRaises(ClientError) as caught:
            call(**arguments)
        self.assertEqual(caught.exception.response["Error"]["Code"], code)
        self.assertIn(text, caught.exception.response["Error"]["Message"])
        self.assertEqual(caught.exception.response["ResponseMetadata"]["HTTPStatusCode"], 400)

    def put(self, key: str, body: bytes) -> str:
        """Puts an object under this test's name and gives its URI."""
        self.s3.put_object(Bucket=BUCKET, Key=f"{self.name}/{key}", Body=body)
        return f"s3://{BUCKET}/{self.name}/{key}"

    def training_request(self, **more: Any) -> dict[str, Any]:
        """A script mode job over one channel."""
        code = self.put("code/sourcedir.tar.gz", archive(train_py=TRAIN))
        data = self.put("data/train.csv", b"a\nb\nc\n")
        request = {
            "TrainingJobName": self.name,
            "RoleArn": ROLE,
            "AlgorithmSpecification": {
                "TrainingImage": IMAGE,
                "TrainingInputMode": "File",
                "MetricDefinitions": [{"Name": "validation:auc", "Regex": "validation:auc=([0-9.]+)"}],
            },
            "HyperParameters": {
                "depth": "7",
                "sagemaker_program": '"train.py"',
                "sagemaker_submit_directory": json.dumps(code),
            },
            "InputDataConfig": [
                {
                    "ChannelName": "train",
                    "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": data.rsplit("/", 1)[0]}},
                }
            ],
            "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/{self.name}/out"},
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
            "StoppingCondition": {"MaxRuntimeInSeconds": 600},
        }
        return {**request, **more}

    def until(self, describe: Any, member: str, ends: set[str], **arguments: Any) -> dict[str, Any]:
        """Asks until a status is one of the ends."""
        deadline = time.monotonic() + 60
        while True:
            answer = describe(**arguments)
            if answer[member] in ends:
                return answer
            self.assertLess(time.monotonic(), deadline, f"still {answer[member]}")
            time.sleep(0.05)

    def test_not_found_in_the_words_clients_look_for(self) -> None:
        """Codes and texts by kind of resource."""
        sm, name = self.sm, self.name
        validation = "ValidationException"
        self.refuses(validation, "Requested resource not found.", sm.describe_training_job, TrainingJobName=name)
        self.refuses(validation, "Could not find requested job", sm.describe_processing_job, ProcessingJobName=name)
        self.refuses(validation, f'Could not find model "{ARN}:model/{name}".', sm.describe_model, ModelName=name)
        self.refuses(validation, "Could not find endpoint", sm.describe_endpoint, EndpointName=name)
        self.refuses("ResourceNotFound", "does not exist.", sm.describe_pipeline, PipelineName=name)
        with self.assertRaises(sm.exceptions.ResourceNotFound):
            sm.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)

    def test_requests_are_checked_against_the_service_model(self) -> None:
        """In AWS's grammar, also for what boto3 itself lets through."""
        self.refuses(
            "ValidationException",
            "1 validation error detected: Value '-bad' at 'trainingJobName' failed to satisfy constraint: Member must satisfy",
            self.sm.create_training_job,
            **self.training_request(TrainingJobName="-bad"),
        )
        lax = client("sagemaker", parameter_validation=False)
        self.refuses(
            "ValidationException",
            "Value null at 'roleArn' failed to satisfy constraint: Member must not be null",
            lax.create_training_job,
            **{name: value for name, value in self.training_request().items() if name != "RoleArn"},
        )
        with self.assertRaises(ParamValidationError):
            self.sm.create_model()

    def test_what_is_not_emulated_says_so(self) -> None:
        """An operation of the real service that this cloud lacks."""
        self.refuses("UnsupportedOperationException", "ListDomains is not emulated", self.sm.list_domains)

    def test_a_training_job_runs_and_its_log_can_be_read(self) -> None:
        """From the request to the artefact, the metric and the log stream."""
        arn = self.sm.create_training_job(**self.training_request())["TrainingJobArn"]
        self.assertEqual(arn, f"{ARN}:training-job/{self.name}")
        job = self.until(
            self.sm.describe_training_job, "TrainingJobStatus", {"Completed", "Failed"}, TrainingJobName=self.name
        )
        self.assertEqual(job["TrainingJobStatus"], "Completed", job.get("FailureReason"))
        self.assertEqual(job["SecondaryStatusTransitions"][-1]["StatusMessage"], "Training job completed")
        self.assertEqual(job["FinalMetricDataList"][0]["MetricName"], "validation:auc")
        self.assertAlmostEqual(job["FinalMetricDataList"][0]["Value"], 0.7, places=6)
        self.assertGreaterEqual(job["BillableTimeInSeconds"], 1)
        uri = job["ModelArtifacts"]["S3ModelArtifacts"]
        self.assertEqual(uri, f"s3://{BUCKET}/{self.name}/out/{self.name}/output/model.tar.gz")
        body = self.s3.get_object(Bucket=BUCKET, Key=uri.split("/", 3)[3])["Body"].read()
        with tarfile.open(fileobj=io.BytesIO(body)) as tar:
            self.assertEqual(json.load(tar.extractfile(tar.getmember("model.json"))), {"rows": 3, "depth": 7})
        logs = client("logs")
        group = "/aws/sagemaker/TrainingJobs"
        [stream] = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=f"{self.name}/")["logStreams"]
        events = logs.get_log_events(logGroupName=group, logStreamName=stream["logStreamName"], startFromHead=True)
        self.assertIn("validation:auc=0.7", [event["message"] for event in events["events"]])
        listed = self.sm.list_training_jobs(NameContains=self.name)["TrainingJobSummaries"]
        self.assertEqual([one["TrainingJobName"] for one in listed], [self.name])
        with self.assertRaises(self.sm.exceptions.ResourceInUse):
            self.sm.create_training_job(**self.training_request())
        self.sm.get_waiter("training_job_completed_or_stopped").wait(
            TrainingJobName=self.name, WaiterConfig={"Delay": 1, "MaxAttempts": 1}
        )

    def test_a_processing_job_runs(self) -> None:
        """Arguments, inputs, outputs and the exit message."""
        script = 'import sys, os\nrows = open("/opt/ml/processing/input/data/in.txt").read()\n'
        script += 'open("/opt/ml/processing/output/out.txt", "w").write(rows + sys.argv[1])\n'
        code, data = self.put("code/run.py", script.encode()), self.put("data/in.txt", b"rows ")

        def s3_input(name: str, uri: str) -> dict[str, Any]:
            source = {"S3Uri": uri, "LocalPath": f"/opt/ml/processing/input/{name}", "S3DataType": "S3Prefix"}
            return {"InputName": name, "S3Input": {**source, "S3InputMode": "File"}}

        output = {"S3Uri": f"s3://{BUCKET}/{self.name}/done", "LocalPath": "/opt/ml/processing/output"}
        self.sm.create_processing_job(
            ProcessingJobName=self.name,
            RoleArn=ROLE,
            AppSpecification={
                "ImageUri": IMAGE,
                "ContainerEntrypoint": ["python3", "/opt/ml/processing/input/code/run.py"],
                "ContainerArguments": ["argument"],
            },
            ProcessingInputs=[s3_input("code", code), s3_input("data", data)],
            ProcessingOutputConfig={"Outputs": [{"OutputName": "o", "S3Output": {**output, "S3UploadMode": "EndOfJob"}}]},
            ProcessingResources={
                "ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5}
            },
        )
        ends = {"Completed", "Failed"}
        job = self.until(self.sm.describe_processing_job, "ProcessingJobStatus", ends, ProcessingJobName=self.name)
        self.assertEqual(job["ProcessingJobStatus"], "Completed", job.get("FailureReason"))
        body = self.s3.get_object(Bucket=BUCKET, Key=f"{self.name}/done/out.txt")["Body"].read()
        self.assertEqual(body, b"rows argument")

    def test_a_tuning_job_finds_the_best_of_its_trials(self) -> None:
        """Three trials, two at once, the best by the objective."""
        job = self.training_request()
        for name in ["TrainingJobName", "HyperParameters"]:
            del job[name]
        code = f"s3://{BUCKET}/{self.name}/code/sourcedir.tar.gz"
        static = {"sagemaker_program": '"train.py"', "sagemaker_submit_directory": json.dumps(code)}
        name = self.name[:32]
        self.sm.create_hyper_parameter_tuning_job(
            HyperParameterTuningJobName=name,
            HyperParameterTuningJobConfig={
                "Strategy": "Grid",
                "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "validation:auc"},
                "ResourceLimits": {"MaxParallelTrainingJobs": 2},
                "ParameterRanges": {"CategoricalParameterRanges": [{"Name": "depth", "Values": ["3", "7", "5"]}]},
            },
            TrainingJobDefinition={**job, "StaticHyperParameters": static},
        )
        tuned = self.until(
            self.sm.describe_hyper_parameter_tuning_job,
            "HyperParameterTuningJobStatus",
            {"Completed", "Failed"},
            HyperParameterTuningJobName=name,
        )
        self.assertEqual(tuned["HyperParameterTuningJobStatus"], "Completed", tuned.get("FailureReason"))
        self.assertEqual(tuned["TrainingJobStatusCounters"]["Completed"], 3)
        best = tuned["BestTrainingJob"]
        self.assertEqual(best["TunedHyperParameters"]["depth"].strip('"'), "7")
        self.assertAlmostEqual(best["FinalHyperParameterTuningJobObjectiveMetric"]["Value"], 0.7, places=6)
        trials = self.sm.list_training_jobs_for_hyper_parameter_tuning_job(
            HyperParameterTuningJobName=name, SortBy="FinalObjectiveMetricValue", SortOrder="Descending"
        )["TrainingJobSummaries"]
        self.assertEqual([one["TunedHyperParameters"]["depth"].strip('"') for one in trials], ["7", "5", "3"])
        self.assertEqual(trials[0]["TrainingJobName"], best["TrainingJobName"])
        trial = self.sm.describe_training_job(TrainingJobName=best["TrainingJobName"])
        self.assertEqual(trial["TuningJobArn"], tuned["HyperParameterTuningJobArn"])

    def make_model(self) -> None:
        """A model whose archive carries its own inference.py."""
        files = {"model_json": '{"depth": 3}', "code__inference_py": INFERENCE}
        uri = self.put("model/model.tar.gz", archive(**files))
        environment = {"SAGEMAKER_PROGRAM": "inference.py", "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code"}
        container = {"Image": IMAGE, "ModelDataUrl": uri, "Environment": environment}
        self.sm.create_model(ModelName=self.name, ExecutionRoleArn=ROLE, PrimaryContainer=container)

    def test_a_transform_job_answers_line_by_line(self) -> None:
        """Every line of a file to the model, the answers in one file."""
        self.make_model()
        data = self.put("rows/rows.jsonl", b"[1, 2]\n[3, 4]\n[5, 6]\n")
        source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": data}}
        self.sm.create_transform_job(
            TransformJobName=self.name,
            ModelName=self.name,
            BatchStrategy="SingleRecord",
            TransformInput={"DataSource": source, "ContentType": "application/json", "SplitType": "Line"},
            TransformOutput={"S3OutputPath": f"s3://{BUCKET}/{self.name}/answers", "AssembleWith": "Line"},
            TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
        )
        ends = {"Completed", "Failed"}
        job = self.until(self.sm.describe_transform_job, "TransformJobStatus", ends, TransformJobName=self.name)
        self.assertEqual(job["TransformJobStatus"], "Completed", job.get("FailureReason"))
        body = self.s3.get_object(Bucket=BUCKET, Key=f"{self.name}/answers/rows.jsonl.out")["Body"].read()
        self.assertEqual([json.loads(line)["sum"] for line in body.splitlines()], [3, 7, 11])

    def test_a_model_answers_through_an_endpoint(self) -> None:
        """Model, configuration, endpoint, invocation, error, deletion."""
        self.make_model()
        variant = {"VariantName": "all", "ModelName": self.name, "InitialInstanceCount": 1}
        variant |= {"InstanceType": "ml.m5.large", "InitialVariantWeight": 1}
        self.sm.create_endpoint_config(EndpointConfigName=self.name, ProductionVariants=[variant])
        self.sm.create_endpoint(EndpointName=self.name, EndpointConfigName=self.name)
        ends = {"InService", "Failed"}
        endpoint = self.until(self.sm.describe_endpoint, "EndpointStatus", ends, EndpointName=self.name)
        self.assertEqual(endpoint["EndpointStatus"], "InService", endpoint.get("FailureReason"))
        self.assertIsNotNone(endpoint["CreationTime"].tzinfo)
        runtime = client("sagemaker-runtime")
        arguments = {"EndpointName": self.name, "ContentType": "application/json"}
        answer = runtime.invoke_endpoint(**arguments, Body=b"[1, 2, 3.5]")
        self.assertEqual(json.loads(answer["Body"].read()), {"sum": 6.5, "depth": 3})
        self.assertEqual(answer["InvokedProductionVariant"], "all")
        with self.assertRaises(runtime.exceptions.ModelError) as caught:
            runtime.invoke_endpoint(**arguments, Body=b'"fail"')
        self.assertEqual(caught.exception.response["OriginalStatusCode"], 500)
        self.assertEqual(caught.exception.response["ResponseMetadata"]["HTTPStatusCode"], 424)
        self.sm.delete_endpoint(EndpointName=self.name)
        self.sm.get_waiter("endpoint_deleted").wait(EndpointName=self.name, WaiterConfig={"Delay": 1, "MaxAttempts": 20})
        with self.assertRaises(ClientError) as gone:
            runtime.invoke_endpoint(**arguments, Body=b"[1]")
        self.assertEqual(gone.exception.response["Error"]["Code"], "ValidationError")

    def test_a_pipeline_runs_and_explains_its_steps(self) -> None:
        """Created from JSON text, started with a parameter, ended by its Fail step."""
        condition = {"Type": "GreaterThan", "LeftValue": {"Get": "Parameters.Minimum"}, "RightValue": 0.5}
        fail = {"Name": "TooHigh", "Type": "Fail", "Arguments": {"ErrorMessage": "too high"}}
        arguments = {"Conditions": [condition], "IfSteps": [fail], "ElseSteps": []}
        definition = {
            "Version": "2020-12-01",
            "Metadata": {},
            "Parameters": [{"Name": "Minimum", "Type": "Float", "DefaultValue": 0.1}],
            "Steps": [{"Name": "Gate", "Type": "Condition", "Arguments": arguments}],
        }
        self.sm.create_pipeline(
            PipelineName=self.name, PipelineDefinition=json.dumps(definition), RoleArn=ROLE, ClientRequestToken="t" * 32
        )
        ends = {"Succeeded", "Failed"}
        for value, expected in [("0.1", "Succeeded"), ("0.9", "Failed")]:
            parameters = [{"Name": "Minimum", "Value": value}]
            arn = self.sm.start_pipeline_execution(PipelineName=self.name, PipelineParameters=parameters)
            arn = arn["PipelineExecutionArn"]
            execution = self.until(
                self.sm.describe_pipeline_execution, "PipelineExecutionStatus", ends, PipelineExecutionArn=arn
            )
            self.assertEqual(execution["PipelineExecutionStatus"], expected)
            steps = self.sm.list_pipeline_execution_steps(PipelineExecutionArn=arn)["PipelineExecutionSteps"]
            self.assertEqual(steps[-1]["Metadata"]["Condition"]["Outcome"], str(expected == "Failed"))
        self.assertEqual(steps[0]["StepName"], "TooHigh")
        self.assertEqual(steps[0]["FailureReason"], "too high")
        self.assertEqual(len(self.sm.list_pipeline_executions(PipelineName=self.name)["PipelineExecutionSummaries"]), 2)
        self.sm.delete_pipeline(PipelineName=self.name, ClientRequestToken="d" * 32)

    def test_the_registry_counts_versions(self) -> None:
        """A group, two versions, an approval."""
        self.sm.create_model_package_group(ModelPackageGroupName=self.name)
        container = {"Image": IMAGE, "ModelDataUrl": self.put("m/model.tar.gz", archive(a="1"))}
        specification = {
            "Containers": [container],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["application/json"],
        }
        arns = [
            self.sm.create_model_package(
                ModelPackageGroupName=self.name,
                ModelApprovalStatus="PendingManualApproval",
                InferenceSpecification=specification,
            )["ModelPackageArn"]
            for _ in range(2)
        ]
        self.assertEqual(arns, [f"{ARN}:model-package/{self.name}/{version}" for version in (1, 2)])
        self.sm.update_model_package(ModelPackageArn=arns[1], ModelApprovalStatus="Approved")
        found = self.sm.list_model_packages(ModelPackageGroupName=self.name, ModelApprovalStatus="Approved")
        self.assertEqual([one["ModelPackageArn"] for one in found["ModelPackageSummaryList"]], [arns[1]])

    def test_lists_give_every_item_once(self) -> None:
        """Pages of two over five models."""
        for number in range(5):
            container = {"Image": IMAGE, "ModelDataUrl": self.put("m/model.tar.gz", archive(a="1"))}
            self.sm.create_model(ModelName=f"{self.name}-{number}", ExecutionRoleArn=ROLE, PrimaryContainer=container)
        pages = self.sm.get_paginator("list_models").paginate(
            NameContains=self.name, PaginationConfig={"PageSize": 2}, SortBy="Name", SortOrder="Ascending"
        )
        sizes, names = [], []
        for page in pages:
            sizes.append(len(page["Models"]))
            names += [one["ModelName"] for one in page["Models"]]
        self.assertEqual(sizes, [2, 2, 1])
        self.assertEqual(names, [f"{self.name}-{number}" for number in range(5)])


if __name__ == "__main__":
    unittest.main()
