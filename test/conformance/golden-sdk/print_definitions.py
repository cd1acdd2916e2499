#!/usr/bin/env python3
"""Print pipeline definitions with AWS's own SageMaker Python SDK, as fixtures for golden-sdk.test.ts.

Run with a Python that has ``sagemaker==2.257.7``: ``python print_definitions.py``. Nothing reaches AWS: every call of
the SDK to the service is answered by a stub.
"""

import json
import logging
import os
import warnings
from collections.abc import Callable
from pathlib import Path
from unittest.mock import MagicMock, patch

os.environ.update(AWS_ACCESS_KEY_ID="stub", AWS_SECRET_ACCESS_KEY="stub", AWS_DEFAULT_REGION="us-east-1")
warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)

import boto3  # noqa: E402
from sagemaker import clarify, drift_check_baselines, model_metrics  # noqa: E402
from sagemaker.automl.automl import AutoML, AutoMLInput  # noqa: E402
from sagemaker.dataset_definition.inputs import AthenaDatasetDefinition, DatasetDefinition  # noqa: E402
from sagemaker.debugger import DebuggerHookConfig, ProfilerConfig, Rule, rule_configs  # noqa: E402
from sagemaker.estimator import Estimator  # noqa: E402
from sagemaker.inputs import TrainingInput  # noqa: E402
from sagemaker.lambda_helper import Lambda  # noqa: E402
from sagemaker.model import Model  # noqa: E402
from sagemaker.model_monitor import DatasetFormat  # noqa: E402
from sagemaker.network import NetworkConfig  # noqa: E402
from sagemaker.processing import FeatureStoreOutput, ProcessingInput, ProcessingOutput, ScriptProcessor  # noqa: E402
from sagemaker.transformer import Transformer  # noqa: E402
from sagemaker.tuner import (  # noqa: E402
    CategoricalParameter,
    ContinuousParameter,
    HyperbandStrategyConfig,
    HyperparameterTuner,
    IntegerParameter,
    StrategyConfig,
    TuningJobCompletionCriteriaConfig,
    WarmStartConfig,
    WarmStartTypes,
)
from sagemaker.workflow import conditions, retry  # noqa: E402
from sagemaker.workflow.automl_step import AutoMLStep  # noqa: E402
from sagemaker.workflow.callback_step import CallbackOutput, CallbackOutputTypeEnum, CallbackStep  # noqa: E402
from sagemaker.workflow.check_job_config import CheckJobConfig  # noqa: E402
from sagemaker.workflow.clarify_check_step import (  # noqa: E402
    ClarifyCheckStep,
    DataBiasCheckConfig,
    ModelExplainabilityCheckConfig,
)
from sagemaker.workflow.condition_step import ConditionStep  # noqa: E402
from sagemaker.workflow.emr_step import EMRStep, EMRStepConfig  # noqa: E402
from sagemaker.workflow.execution_variables import ExecutionVariables  # noqa: E402
from sagemaker.workflow.fail_step import FailStep  # noqa: E402
from sagemaker.workflow.functions import Join, JsonGet  # noqa: E402
from sagemaker.workflow.lambda_step import LambdaOutput, LambdaOutputTypeEnum, LambdaStep  # noqa: E402
from sagemaker.workflow.model_step import ModelStep  # noqa: E402
from sagemaker.workflow.monitor_batch_transform_step import MonitorBatchTransformStep  # noqa: E402
from sagemaker.workflow.parameters import ParameterBoolean, ParameterInteger, ParameterString  # noqa: E402
from sagemaker.workflow.pipeline import Pipeline  # noqa: E402
from sagemaker.workflow.pipeline_context import PipelineSession  # noqa: E402
from sagemaker.workflow.properties import PropertyFile  # noqa: E402
from sagemaker.workflow.quality_check_step import DataQualityCheckConfig, QualityCheckStep  # noqa: E402
from sagemaker.workflow.steps import CacheConfig, ProcessingStep, TrainingStep, TransformStep, TuningStep  # noqa: E402

ROLE = "arn:aws:iam::123456789012:role/SageMakerRole"
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/tools:1"
TAGS = [{"Key": "team", "Value": "churn"}]
session = PipelineSession(boto_session=boto3.Session(region_name="us-east-1"), default_bucket="example-bucket")


def definition(name: str, steps: list, parameters: list | None = None) -> str:
    """Return the definition text of a pipeline."""
    return Pipeline(name=name, steps=steps, parameters=parameters or [], sagemaker_session=session).definition()


def estimator(**options: object) -> Estimator:
    """Return an estimator with what every one of them needs."""
    return Estimator(
        image_uri=IMAGE,
        role=ROLE,
        instance_count=1,
        instance_type="ml.m5.xlarge",
        sagemaker_session=session,
        output_path="s3://example-bucket/models",
        **options,
    )


def model(**options: object) -> Model:
    """Return a model with what every one of them needs."""
    data = options.pop("model_data", "s3://example-bucket/model.tar.gz")
    return Model(image_uri=IMAGE, model_data=data, sagemaker_session=session, role=ROLE, **options)


def training_everything() -> str:
    """Spot, checkpoints, rules, network, retries and a hyperparameter from a parameter."""
    depth = ParameterInteger("Depth", 3)
    job = estimator(
        use_spot_instances=True,
        max_wait=7200,
        max_run=3600,
        checkpoint_s3_uri="s3://example-bucket/checkpoints",
        metric_definitions=[{"Name": "auc", "Regex": "auc=(.*)"}],
        environment={"A": "b"},
        subnets=["subnet-1"],
        security_group_ids=["sg-1"],
        enable_network_isolation=True,
        encrypt_inter_container_traffic=True,
        max_retry_attempts=3,
        rules=[Rule.sagemaker(rule_configs.vanishing_gradient())],
        debugger_hook_config=DebuggerHookConfig(s3_output_path="s3://example-bucket/debug"),
        profiler_config=ProfilerConfig(s3_output_path="s3://example-bucket/profile"),
        tags=TAGS,
        hyperparameters={"a": 1, "b": 0.5, "depth": depth},
    )
    channel = TrainingInput(
        "s3://example-bucket/train", content_type="text/csv", distribution="ShardedByS3Key", input_mode="Pipe"
    )
    step = TrainingStep(
        "Train",
        step_args=job.fit({"train": channel}),
        retry_policies=[
            retry.StepRetryPolicy([retry.StepExceptionTypeEnum.SERVICE_FAULT], max_attempts=3),
            retry.SageMakerJobStepRetryPolicy(
                [retry.SageMakerJobExceptionTypeEnum.RESOURCE_LIMIT], expire_after_mins=60
            ),
        ],
        cache_config=CacheConfig(True, "30d"),
    )
    return definition("TrainingEverything", [step], [depth])


def processing_and_conditions() -> str:
    """Network, Athena input, feature store output, nested conditions, JsonGet with a mixed path."""
    uri = ParameterString("Input", "s3://example-bucket/in")
    count = ParameterInteger("Count", 1)
    processor = ScriptProcessor(
        image_uri=IMAGE,
        command=["python3"],
        role=ROLE,
        instance_count=count,
        instance_type="ml.m5.xlarge",
        max_runtime_in_seconds=100,
        env={"A": "b"},
        tags=TAGS,
        network_config=NetworkConfig(enable_network_isolation=True, subnets=["subnet-1"], security_group_ids=["sg-1"]),
        sagemaker_session=session,
    )
    athena = AthenaDatasetDefinition(
        catalog="c", database="d", query_string="q", output_s3_uri="s3://example-bucket/o", output_format="PARQUET"
    )
    report = PropertyFile("Report", "report", "e.json")
    prepare = ProcessingStep(
        "Prepare",
        step_args=processor.run(
            code="s3://example-bucket/code.py",
            inputs=[
                ProcessingInput(source=uri, destination="/opt/ml/processing/in"),
                ProcessingInput(
                    dataset_definition=DatasetDefinition(athena_dataset_definition=athena, local_path="/opt/ml/x"),
                    input_name="athena",
                    app_managed=True,
                ),
            ],
            outputs=[
                ProcessingOutput(output_name="report", source="/opt/ml/processing/report"),
                ProcessingOutput(
                    output_name="features",
                    source="/opt/ml/processing/features",
                    app_managed=True,
                    feature_store_output=FeatureStoreOutput(feature_group_name="churn"),
                ),
            ],
            arguments=["a", Join("/", ["x", ExecutionVariables.START_DATETIME]), count.to_string()],
        ),
        property_files=[report],
    )
    inner = ConditionStep(
        "Inner",
        conditions=[conditions.ConditionEquals(prepare.properties.ProcessingJobStatus, "Completed")],
        if_steps=[],
        else_steps=[FailStep("Stop", Join("", ["value ", JsonGet("Prepare", report, "x")]))],
    )
    outer = ConditionStep(
        "Outer",
        conditions=[
            conditions.ConditionGreaterThan(JsonGet("Prepare", report, "a.b[0]['c']"), 0.5),
            conditions.ConditionNot(
                conditions.ConditionOr(
                    [
                        conditions.ConditionEquals(ExecutionVariables.PIPELINE_NAME, "x"),
                        conditions.ConditionLessThan(count, 3),
                    ]
                )
            ),
        ],
        if_steps=[inner],
        else_steps=[FailStep("Other")],
    )
    return definition("ProcessingAndConditions", [prepare, outer], [uri, count])


def tuning_many() -> str:
    """One and several training definitions, Hyperband, warm start, best model, best value."""
    jobs = ParameterInteger("Jobs", 3)
    ranges = {
        "eta": ContinuousParameter(0, 1, "Logarithmic"),
        "depth": IntegerParameter(1, 3),
        "booster": CategoricalParameter(["a", "b"]),
    }
    metric = [{"Name": "auc", "Regex": "auc=(.*)"}]
    single = HyperparameterTuner(
        estimator(),
        "auc",
        ranges,
        metric_definitions=metric,
        max_jobs=4,
        max_parallel_jobs=2,
        strategy="Hyperband",
        strategy_config=StrategyConfig(HyperbandStrategyConfig(1, 10)),
        random_seed=4,
        warm_start_config=WarmStartConfig(WarmStartTypes.TRANSFER_LEARNING, {"parent"}),
        early_stopping_type="Auto",
        completion_criteria_config=TuningJobCompletionCriteriaConfig(10, True, 0.9),
    )
    tune = TuningStep("Tune", step_args=single.fit({"train": "s3://example-bucket/train"}))
    several = HyperparameterTuner.create(
        {"a": estimator(), "b": estimator()},
        {"a": "auc", "b": "auc"},
        {"a": ranges, "b": {"depth": IntegerParameter(1, 2)}},
        metric_definitions_dict={"a": metric, "b": metric},
        max_jobs=jobs,
        max_parallel_jobs=1,
    )
    channels = {"train": "s3://example-bucket/train"}
    both = TuningStep(
        "Both",
        step_args=several.fit({"a": channels, "b": channels}, include_cls_metadata={"a": False, "b": False}),
    )
    third = model(model_data=tune.get_top_model_s3_uri(3, "example-bucket", "prefix"))
    create = ModelStep(
        "Third",
        step_args=third.create(instance_type="ml.m5.large"),
        retry_policies=[retry.StepRetryPolicy([retry.StepExceptionTypeEnum.THROTTLING], max_attempts=2)],
    )
    best = estimator(hyperparameters={"depth": tune.properties.BestTrainingJob.TunedHyperParameters["depth"]})
    last = Join("/", ["s3:/", "example-bucket", tune.properties.TrainingJobSummaries[49].TrainingJobName])
    again = TrainingStep("Again", step_args=best.fit({"train": TrainingInput(last)}), depends_on=[create])
    return definition("TuningMany", [tune, both, create, again], [jobs])


def transform_everything() -> str:
    """A model with a network, and every option of a transform job."""
    network = {"Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}
    create = ModelStep("Create", step_args=model(env={"A": "b"}, vpc_config=network).create(instance_type="ml.m5.large"))
    transformer = Transformer(
        create.properties.ModelName,
        1,
        "ml.m5.large",
        strategy="SingleRecord",
        assemble_with="Line",
        output_path="s3://example-bucket/scores",
        accept="text/csv",
        max_concurrent_transforms=2,
        max_payload=3,
        env={"A": "b"},
        sagemaker_session=session,
        tags=TAGS,
    )
    arguments = transformer.transform(
        "s3://example-bucket/in",
        content_type="text/csv",
        split_type="Line",
        join_source="Input",
        input_filter="$[1:]",
        output_filter="$",
        model_client_config={"InvocationsTimeoutInSeconds": 60, "InvocationsMaxRetries": 1},
    )
    return definition("TransformEverything", [create, TransformStep("Score", step_args=arguments)])


def auto_ml() -> str:
    """AutoML, its best model registered with the report that it wrote."""
    automl = AutoML(
        role=ROLE,
        target_attribute_name="churn",
        sagemaker_session=session,
        mode="ENSEMBLING",
        job_objective={"MetricName": "AUC"},
        problem_type="BinaryClassification",
        total_job_runtime_in_seconds=100,
    )
    inputs = [AutoMLInput("s3://example-bucket/train", "churn", channel_type="training")]
    search = AutoMLStep("Search", step_args=automl.fit(inputs=inputs))
    report = search.properties.BestCandidateProperties.ModelInsightsJsonReportPath
    register = ModelStep(
        "Best",
        step_args=search.get_best_auto_ml_model(ROLE, session).register(
            content_types=["text/csv"],
            response_types=["text/csv"],
            model_package_group_name="churn",
            model_metrics=statistics(report),
        ),
    )
    return definition("AutoMl", [search, register])


def statistics(uri: object) -> model_metrics.ModelMetrics:
    """Return model metrics with statistics at a URI."""
    return model_metrics.ModelMetrics(model_statistics=model_metrics.MetricsSource("application/json", uri))


def checks() -> str:
    """Quality and Clarify checks, their baselines in the registry."""
    skip = ParameterBoolean(name="Skip", default_value=True)
    job = CheckJobConfig(role=ROLE, instance_count=1, instance_type="ml.c5.xlarge", sagemaker_session=session)
    quality = QualityCheckStep(
        "Quality",
        quality_check_config=data_quality(),
        check_job_config=job,
        skip_check=skip,
        supplied_baseline_statistics="s3://example-bucket/statistics.json",
        model_package_group_name="churn",
        cache_config=CacheConfig(True, "P1D"),
    )
    data = clarify.DataConfig(
        "s3://example-bucket/x",
        s3_output_path="s3://example-bucket/o",
        label=0,
        dataset_type="text/csv",
        s3_analysis_config_output_path="s3://example-bucket/a",
    )
    bias = ClarifyCheckStep(
        "Bias",
        clarify_check_config=DataBiasCheckConfig(
            data_config=data, data_bias_config=clarify.BiasConfig([1], facet_name=[0])
        ),
        check_job_config=job,
        skip_check=False,
        model_package_group_name="churn",
    )
    explained = ClarifyCheckStep(
        "Explain",
        clarify_check_config=ModelExplainabilityCheckConfig(
            data_config=data,
            model_config=clarify.ModelConfig(model_name="m", instance_count=1, instance_type="ml.m5.large"),
            explainability_config=clarify.SHAPConfig([[1]], 10, "mean_abs"),
        ),
        check_job_config=job,
        depends_on=[quality],
    )
    drift = drift_check_baselines.DriftCheckBaselines(
        model_statistics=model_metrics.MetricsSource(
            "application/json", quality.properties.BaselineUsedForDriftCheckStatistics
        )
    )
    register = ModelStep(
        "Keep",
        step_args=model().register(
            content_types=["text/csv"],
            response_types=["text/csv"],
            inference_instances=["ml.m5.large"],
            transform_instances=["ml.m5.large"],
            model_package_group_name="churn",
            description="of the SDK",
            customer_metadata_properties={"a": "b"},
            model_metrics=statistics(quality.properties.CalculatedBaselineStatistics),
            drift_check_baselines=drift,
        ),
    )
    return definition("Checks", [quality, bias, explained, register], [skip])


def data_quality() -> DataQualityCheckConfig:
    """Return the configuration of a data quality check."""
    return DataQualityCheckConfig(
        baseline_dataset="s3://example-bucket/x",
        dataset_format=DatasetFormat.csv(),
        output_s3_uri="s3://example-bucket/o",
    )


def elsewhere() -> str:
    """Lambda, Callback, EMR on a cluster that exists and on one of its own."""
    function = Lambda(function_arn="arn:aws:lambda:us-east-1:123456789012:function:tell", session=session)
    tell = LambdaStep(
        "Tell",
        lambda_func=function,
        inputs={"a": 1, "id": ExecutionVariables.PIPELINE_EXECUTION_ID},
        outputs=[LambdaOutput("answer", LambdaOutputTypeEnum.String)],
    )
    ask = CallbackStep(
        "Ask",
        sqs_queue_url="https://sqs.us-east-1.amazonaws.com/123456789012/questions",
        inputs={"x": tell.properties.Outputs["answer"]},
        outputs=[CallbackOutput("result", CallbackOutputTypeEnum.Float)],
    )
    there = EMRStep(
        "There",
        "display",
        "description",
        "j-1",
        step_config=EMRStepConfig(
            jar="s3://example-bucket/j.jar",
            args=["--x", ask.properties.Outputs["result"]],
            main_class="Main",
            properties=[{"Key": "a", "Value": "b"}],
        ),
        execution_role_arn=ROLE,
    )
    return definition("Elsewhere", [tell, ask, there])


def monitored_transform() -> str:
    """A transform with a data quality check before it."""
    transformer = Transformer(
        "m", 1, "ml.m5.large", output_path="s3://example-bucket/scores", sagemaker_session=session
    )
    step = MonitorBatchTransformStep(
        "Monitored",
        transform_step_args=transformer.transform("s3://example-bucket/in", content_type="text/csv"),
        monitor_configuration=data_quality(),
        check_job_configuration=CheckJobConfig(
            role=ROLE, instance_count=1, instance_type="ml.c5.xlarge", sagemaker_session=session
        ),
        monitor_before_transform=True,
    )
    return definition("MonitoredTransform", [step])


CASES: list[Callable[[], str]] = [
    training_everything,
    processing_and_conditions,
    tuning_many,
    transform_everything,
    auto_ml,
    checks,
    elsewhere,
    monitored_transform,
]


def main() -> None:
    """Write each definition, just as the SDK prints it."""
    answer = {"PrimaryContainer": {"Image": IMAGE}, "Buckets": []}
    folder = Path(__file__).parent / "generated"
    folder.mkdir(exist_ok=True)
    session.upload_data = MagicMock(return_value="s3://example-bucket/code/sourcedir.tar.gz")
    with (
        patch("botocore.client.BaseClient._make_api_call", return_value=answer),
        patch("sagemaker.s3.S3Uploader.upload", return_value="s3://example-bucket/uploaded"),
        patch("sagemaker.s3.S3Uploader.upload_string_as_file_body", return_value="s3://example-bucket/uploaded"),
    ):
        for case in CASES:
            text = case()
            json.loads(text)
            (folder / f"{case.__name__}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
