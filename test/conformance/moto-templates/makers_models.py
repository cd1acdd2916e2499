"""Pipelines, models and endpoints."""

from typing import Any

from aws import Cloud
from engine import Made, makes

Properties = dict[str, Any]


@makes("AWS::SageMaker::Pipeline", name="PipelineName")
def pipeline(cloud: Cloud, name: str, given: Properties) -> Made:
    sagemaker = cloud.client("sagemaker")

    def asked(now: Properties) -> Properties:
        told = {"PipelineDefinition": now["PipelineDefinition"]["PipelineDefinitionBody"], "RoleArn": now["RoleArn"]}
        more = {key: now[key] for key in ("ParallelismConfiguration", "PipelineDescription") if key in now}
        return {"PipelineName": name, **told, **more}

    token = {"ClientRequestToken": "a-token-of-at-least-thirty-two-characters"}
    sagemaker.create_pipeline(**asked(given), **token, Tags=given.get("Tags", []))
    remove = lambda: sagemaker.delete_pipeline(PipelineName=name, **token)
    return Made(name, {}, remove, lambda now: sagemaker.update_pipeline(**asked(now)))


@makes("AWS::SageMaker::Model", name="ModelName")
def model(cloud: Cloud, name: str, given: Properties) -> Made:
    sagemaker, name = cloud.client("sagemaker"), name[:63]
    arn = sagemaker.create_model(**{**given, "ModelName": name})["ModelArn"]
    return Made(arn, {"ModelName": name, "ModelArn": arn}, lambda: sagemaker.delete_model(ModelName=name))


@makes("AWS::SageMaker::EndpointConfig", name="EndpointConfigName")
def configuration(cloud: Cloud, name: str, given: Properties) -> Made:
    sagemaker, name = cloud.client("sagemaker"), name[:63]
    arn = sagemaker.create_endpoint_config(**{**given, "EndpointConfigName": name})["EndpointConfigArn"]
    remove = lambda: sagemaker.delete_endpoint_config(EndpointConfigName=name)
    return Made(arn, {"EndpointConfigName": name, "EndpointConfigArn": arn}, remove)


@makes("AWS::SageMaker::Endpoint", name="EndpointName")
def endpoint(cloud: Cloud, name: str, given: Properties) -> Made:
    sagemaker = cloud.client("sagemaker")
    # Of an update alone.
    retained = ("RetainAllVariantProperties", "ExcludeRetainedVariantProperties")
    asked = {key: value for key, value in given.items() if key not in retained}
    arn = sagemaker.create_endpoint(**asked)["EndpointArn"]

    def change(now: Properties) -> None:
        sagemaker.update_endpoint(**{key: value for key, value in now.items() if key != "Tags"})

    remove = lambda: sagemaker.delete_endpoint(EndpointName=name)
    return Made(arn, {"EndpointName": name, "EndpointArn": arn}, remove, change)


@makes("AWS::ApplicationAutoScaling::ScalableTarget")
def target(cloud: Cloud, _name: str, given: Properties) -> Made:
    scaling = cloud.client("application-autoscaling")
    asked = lambda now: {key: value for key, value in now.items() if key != "Tags"}
    scaling.register_scalable_target(**asked(given))
    whose = {key: given[key] for key in ("ServiceNamespace", "ResourceId", "ScalableDimension")}
    ref = "|".join([whose["ResourceId"], whose["ScalableDimension"], whose["ServiceNamespace"]])
    remove = lambda: scaling.deregister_scalable_target(**whose)
    return Made(ref, {}, remove, lambda now: scaling.register_scalable_target(**asked(now)))


@makes("AWS::ApplicationAutoScaling::ScalingPolicy")
def scaling_policy(cloud: Cloud, _name: str, given: Properties) -> Made:
    scaling = cloud.client("application-autoscaling")
    resource, dimension, namespace = given["ScalingTargetId"].split("|")
    whose = {"ServiceNamespace": namespace, "ResourceId": resource, "ScalableDimension": dimension}

    def put(now: Properties) -> str:
        told = {key: now[key] for key in ("PolicyName", "PolicyType", "TargetTrackingScalingPolicyConfiguration")}
        return str(scaling.put_scaling_policy(**whose, **told)["PolicyARN"])

    arn = put(given)
    remove = lambda: scaling.delete_scaling_policy(PolicyName=given["PolicyName"], **whose)
    return Made(arn, {"Arn": arn}, remove, put)


@makes("AWS::KinesisFirehose::DeliveryStream", name="DeliveryStreamName")
def stream(cloud: Cloud, name: str, given: Properties) -> Made:
    firehose = cloud.client("firehose")
    arn = firehose.create_delivery_stream(**given)["DeliveryStreamARN"]
    return Made(name, {"Arn": arn}, lambda: firehose.delete_delivery_stream(DeliveryStreamName=name))
