"""Functions, their layers, versions and aliases, and what shifts traffic between them."""

from typing import Any

from aws import Cloud
from engine import Made, makes
from makers_events import tags

Properties = dict[str, Any]
#: What `UpdateFunctionConfiguration` takes of a function's properties.
CONFIGURATION = (
    ("Description", "Handler", "Runtime", "Role", "Timeout", "MemorySize", "Environment", "Layers", "VpcConfig")
    + ("DeadLetterConfig", "TracingConfig", "LoggingConfig", "EphemeralStorage")
)


@makes("AWS::Lambda::Function", name="FunctionName")
def function(cloud: Cloud, name: str, given: Properties) -> Made:
    aws, name = cloud.client("lambda"), name[:64]

    def configuration(now: Properties) -> Properties:
        left = now.keys() - {*CONFIGURATION, "FunctionName", "Code", "Tags", "Architectures", "ReservedConcurrentExecutions"}
        if left:
            raise ValueError(f"a function says {left}")
        return {key: now[key] for key in CONFIGURATION if key in now}

    def reserve(now: Properties) -> None:
        if "ReservedConcurrentExecutions" in now:
            many = now["ReservedConcurrentExecutions"]
            aws.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=many)

    def change(now: Properties) -> None:
        aws.update_function_code(FunctionName=name, **now["Code"])
        aws.update_function_configuration(FunctionName=name, **configuration(now))
        reserve(now)

    asked = {**configuration(given), "Code": given["Code"], "Tags": tags(given), "Architectures": given["Architectures"]}
    arn = aws.create_function(FunctionName=name, **asked)["FunctionArn"]
    reserve(given)
    return Made(name, {"Arn": arn}, lambda: aws.delete_function(FunctionName=name), change)


@makes("AWS::Lambda::LayerVersion", name="LayerName")
def layer(cloud: Cloud, name: str, given: Properties) -> Made:
    aws = cloud.client("lambda")
    made = aws.publish_layer_version(LayerName=name, **{key: value for key, value in given.items() if key != "LayerName"})
    number = made["Version"]
    remove = lambda: aws.delete_layer_version(LayerName=name, VersionNumber=number)
    return Made(made["LayerVersionArn"], {"LayerVersionArn": made["LayerVersionArn"]}, remove)


@makes("AWS::Lambda::Version")
def version(cloud: Cloud, _name: str, given: Properties) -> Made:
    aws = cloud.client("lambda")
    made = aws.publish_version(FunctionName=given["FunctionName"], Description=given.get("Description", ""))
    arn, number = made["FunctionArn"], made["Version"]
    remove = lambda: aws.delete_function(FunctionName=given["FunctionName"], Qualifier=number)
    return Made(arn, {"Version": number, "FunctionArn": arn}, remove)


@makes("AWS::Lambda::Alias", name="Name")
def alias(cloud: Cloud, name: str, given: Properties) -> Made:
    aws, of = cloud.client("lambda"), given["FunctionName"]
    made = aws.create_alias(FunctionName=of, Name=name, FunctionVersion=given["FunctionVersion"])
    change = lambda now: aws.update_alias(FunctionName=of, Name=name, FunctionVersion=now["FunctionVersion"])
    remove = lambda: aws.delete_alias(FunctionName=of, Name=name)
    without = tuple({"ProvisionedConcurrencyConfig"} & given.keys())
    return Made(made["AliasArn"], {"AliasArn": made["AliasArn"]}, remove, change, without)


@makes("AWS::Lambda::Permission")
def permission(cloud: Cloud, name: str, given: Properties) -> Made:
    aws = cloud.client("lambda")
    aws.add_permission(StatementId=name, **given)
    remove = lambda: aws.remove_permission(FunctionName=given["FunctionName"], StatementId=name)
    return Made(name, {"Id": name}, remove)


@makes("AWS::Lambda::EventInvokeConfig")
def invocation(cloud: Cloud, name: str, given: Properties) -> Made:
    aws = cloud.client("lambda")
    put = lambda now: aws.put_function_event_invoke_config(**now)
    put(given)
    remove = lambda: aws.delete_function_event_invoke_config(FunctionName=given["FunctionName"])
    return Made(name, remove=remove, change=put)


@makes("AWS::Lambda::EventSourceMapping")
def source(cloud: Cloud, _name: str, given: Properties) -> Made:
    aws = cloud.client("lambda")
    id = aws.create_event_source_mapping(**{**given, "Tags": tags(given)})["UUID"]

    def change(now: Properties) -> None:
        aws.update_event_source_mapping(UUID=id, **{key: now[key] for key in ("BatchSize", "ScalingConfig") if key in now})

    return Made(id, {"Id": id}, lambda: aws.delete_event_source_mapping(UUID=id), change)


@makes("AWS::CodeDeploy::Application", name="ApplicationName")
def application(cloud: Cloud, name: str, given: Properties) -> Made:
    deploy = cloud.client("codedeploy")
    deploy.create_application(applicationName=name, computePlatform=given["ComputePlatform"], tags=given.get("Tags", []))
    return Made(name, without=("its removal",))


@makes("AWS::CodeDeploy::DeploymentConfig", name="DeploymentConfigName")
def deployment_configuration(cloud: Cloud, name: str, given: Properties) -> Made:
    return Made(name, without=("all of it",))


@makes("AWS::CodeDeploy::DeploymentGroup", name="DeploymentGroupName")
def deployment_group(cloud: Cloud, name: str, given: Properties) -> Made:
    deploy = cloud.client("codedeploy")
    lower = lambda value: (
        {key[0].lower() + key[1:]: lower(inner) for key, inner in value.items()}
        if isinstance(value, dict)
        else [lower(each) for each in value]
        if isinstance(value, list)
        else value
    )
    asked = {key: value for key, value in lower(given).items() if key not in ("tags", "deploymentGroupName")}
    deploy.create_deployment_group(deploymentGroupName=name, tags=given.get("Tags", []), **asked)
    return Made(name, change=lambda now: None, without=("its change", "its removal"))
