"""What is there, as services tell: `python inventory.py URL REGION ACCOUNT...` prints lists of resources by account, as JSON."""

import json
import sys
from typing import Any, Iterator

import aws as clients

Described = tuple[str, str, str, dict[str, Any]]


def pages(client: Any, operation: str, result: str, **asked: Any) -> Iterator[Any]:
    if client.can_paginate(operation):
        for page in client.get_paginator(operation).paginate(**asked):
            yield from page.get(result, [])
    else:
        yield from getattr(client, operation)(**asked).get(result, [])


def optional(call: Any, *places: str) -> Any:
    """What a call says, or nothing where there is nothing."""
    try:
        found = call()
    except call.__self__.exceptions.ClientError if hasattr(call, "__self__") else Exception:
        return None
    for place in places:
        found = found.get(place) if found is not None else None
    return found


def buckets(aws: clients.Cloud) -> Iterator[Described]:
    s3 = aws.client("s3")
    for each in s3.list_buckets()["Buckets"]:
        name = each["Name"]
        ask = lambda operation, *places: optional(lambda: getattr(s3, operation)(Bucket=name), *places)
        about = {
            "policy": json.loads(ask("get_bucket_policy", "Policy") or "null"),
            "encryption": ask("get_bucket_encryption", "ServerSideEncryptionConfiguration", "Rules"),
            "versioning": ask("get_bucket_versioning", "Status"),
            "logging": ask("get_bucket_logging", "LoggingEnabled"),
            "lifecycle": ask("get_bucket_lifecycle_configuration", "Rules"),
            "private": ask("get_public_access_block", "PublicAccessBlockConfiguration"),
            "objects": [item["Key"] for item in pages(s3, "list_objects_v2", "Contents", Bucket=name)],
        }
        yield "bucket", name, f"arn:aws:s3:::{name}", about


def roles(aws: clients.Cloud) -> Iterator[Described]:
    iam = aws.client("iam")
    for each in pages(iam, "list_roles", "Roles"):
        name = each["RoleName"]
        inline = pages(iam, "list_role_policies", "PolicyNames", RoleName=name)
        about = {
            "trust": each["AssumeRolePolicyDocument"],
            "policies": {of: iam.get_role_policy(RoleName=name, PolicyName=of)["PolicyDocument"] for of in inline},
            "managed": [of["PolicyArn"] for of in pages(iam, "list_attached_role_policies", "AttachedPolicies", RoleName=name)],
        }
        yield "role", name, each["Arn"], about


def keys(aws: clients.Cloud) -> Iterator[Described]:
    kms = aws.client("kms")
    for each in pages(kms, "list_keys", "Keys"):
        id = each["KeyId"]
        about = {
            "policy": json.loads(kms.get_key_policy(KeyId=id, PolicyName="default")["Policy"]),
            "rotates": kms.get_key_rotation_status(KeyId=id)["KeyRotationEnabled"],
            "state": kms.describe_key(KeyId=id)["KeyMetadata"]["KeyState"],
            "aliases": [of["AliasName"] for of in pages(kms, "list_aliases", "Aliases") if of.get("TargetKeyId") == id],
        }
        yield "key", id, each["KeyArn"], about


def secrets(aws: clients.Cloud) -> Iterator[Described]:
    manager = aws.client("secretsmanager")
    for each in pages(manager, "list_secrets", "SecretList"):
        value = manager.get_secret_value(SecretId=each["ARN"])["SecretString"]
        about = {"key": each.get("KmsKeyId"), "value": json.loads(value)}
        yield "secret", each["Name"], each["ARN"], about


def queues(aws: clients.Cloud) -> Iterator[Described]:
    sqs = aws.client("sqs")
    for url in pages(sqs, "list_queues", "QueueUrls"):
        about = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        for place in ("Policy", "RedrivePolicy"):
            about[place] = json.loads(about.get(place, "null"))
        yield "queue", url.split("/")[-1], about["QueueArn"], {**about, "url": url}


def topics(aws: clients.Cloud) -> Iterator[Described]:
    sns = aws.client("sns")
    for each in pages(sns, "list_topics", "Topics"):
        arn = each["TopicArn"]
        about = sns.get_topic_attributes(TopicArn=arn)["Attributes"]
        about["Policy"] = json.loads(about["Policy"])
        about.pop("EffectiveDeliveryPolicy", None)
        yield "topic", arn.split(":")[-1], arn, about
    for each in pages(sns, "list_subscriptions", "Subscriptions"):
        arn = each["SubscriptionArn"]
        yield "subscription", arn.split(":")[-1], arn, sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]


def functions(aws: clients.Cloud) -> Iterator[Described]:
    client = aws.client("lambda")
    for each in pages(client, "list_functions", "Functions"):
        name, arn = each["FunctionName"], each["FunctionArn"].removesuffix(":$LATEST")
        policy = optional(lambda: client.get_policy(FunctionName=name), "Policy")
        invoked = optional(lambda: client.get_function_event_invoke_config(FunctionName=name))
        about = {**each, "policy": json.loads(policy or "null"), "invoked": invoked}
        told = client.get_function(FunctionName=name)
        yield "function", name, arn, {**about, "reserved": told.get("Concurrency", {}).get("ReservedConcurrentExecutions")}
        for version in pages(client, "list_versions_by_function", "Versions", FunctionName=name):
            if version["Version"] != "$LATEST":
                yield "version", f"{name}:{version['Version']}", f"{arn}:{version['Version']}", version
        for alias in pages(client, "list_aliases", "Aliases", FunctionName=name):
            qualified = optional(lambda: client.get_policy(FunctionName=name, Qualifier=alias["Name"]), "Policy")
            about = {**alias, "of": name, "policy": json.loads(qualified or "null")}
            yield "alias", f"{name}:{alias['Name']}", alias["AliasArn"], about
    for each in pages(client, "list_event_source_mappings", "EventSourceMappings"):
        yield "source", each["UUID"], each["EventSourceMappingArn"], each
    for each in pages(client, "list_layers", "Layers"):
        for version in pages(client, "list_layer_versions", "LayerVersions", LayerName=each["LayerName"]):
            yield "layer", f"{each['LayerName']}:{version['Version']}", version["LayerVersionArn"], version


def events(aws: clients.Cloud) -> Iterator[Described]:
    client = aws.client("events")
    for each in pages(client, "list_rules", "Rules"):
        about = {**each, "pattern": json.loads(each.get("EventPattern", "null"))}
        about["targets"] = list(pages(client, "list_targets_by_rule", "Targets", Rule=each["Name"]))
        yield "rule", each["Name"], each["Arn"], about
    yield "bus", "default", aws.arn("events", "event-bus/default"), {}
    client = aws.client("scheduler")
    for each in pages(client, "list_schedules", "Schedules"):
        yield "schedule", each["Name"], each["Arn"], client.get_schedule(Name=each["Name"])


def watching(aws: clients.Cloud) -> Iterator[Described]:
    client = aws.client("cloudwatch")
    for each in pages(client, "describe_alarms", "MetricAlarms"):
        yield "alarm", each["AlarmName"], each["AlarmArn"], each
    for each in pages(client, "list_dashboards", "DashboardEntries"):
        name = each["DashboardName"]
        body = json.loads(client.get_dashboard(DashboardName=name)["DashboardBody"])
        yield "dashboard", name, f"arn:aws:cloudwatch::{aws.account}:dashboard/{name}", body
    client = aws.client("logs")
    for each in pages(client, "describe_log_groups", "logGroups"):
        yield "logs", each["logGroupName"], each["arn"].removesuffix(":*"), each
    client = aws.client("budgets")
    for each in pages(client, "describe_budgets", "Budgets", AccountId=aws.account):
        name, told = each["BudgetName"], []
        for notification in pages(client, "describe_notifications_for_budget", "Notifications", AccountId=aws.account, BudgetName=name):
            told.append(notification)
        yield "budget", name, f"arn:aws:budgets::{aws.account}:budget/{name}", {**each, "notifications": told}


def models(aws: clients.Cloud) -> Iterator[Described]:
    client = aws.client("sagemaker")
    for each in pages(client, "list_pipelines", "PipelineSummaries"):
        about = client.describe_pipeline(PipelineName=each["PipelineName"])
        about["definition"] = json.loads(about.pop("PipelineDefinition"))
        yield "pipeline", each["PipelineName"], each["PipelineArn"], about
    for each in pages(client, "list_models", "Models"):
        yield "model", each["ModelName"], each["ModelArn"], client.describe_model(ModelName=each["ModelName"])
    for each in pages(client, "list_endpoint_configs", "EndpointConfigs"):
        name = each["EndpointConfigName"]
        yield "endpointConfig", name, each["EndpointConfigArn"], client.describe_endpoint_config(EndpointConfigName=name)
    for each in pages(client, "list_endpoints", "Endpoints"):
        name = each["EndpointName"]
        yield "endpoint", name, each["EndpointArn"], client.describe_endpoint(EndpointName=name)
    for each in pages(client, "list_model_package_groups", "ModelPackageGroupSummaryList"):
        name = each["ModelPackageGroupName"]
        yield "packageGroup", name, each["ModelPackageGroupArn"], {}
        for package in pages(client, "list_model_packages", "ModelPackageSummaryList", ModelPackageGroupName=name):
            yield "package", f"{name}/{package.get('ModelPackageVersion')}", package["ModelPackageArn"], {}
    client = aws.client("application-autoscaling")
    for each in pages(client, "describe_scalable_targets", "ScalableTargets", ServiceNamespace="sagemaker"):
        yield "scaled", each["ResourceId"], each.get("ScalableTargetARN", ""), each
    for each in pages(client, "describe_scaling_policies", "ScalingPolicies", ServiceNamespace="sagemaker"):
        yield "scaling", each["PolicyName"], each["PolicyARN"], each
    client = aws.client("firehose")
    for name in client.list_delivery_streams()["DeliveryStreamNames"]:
        about = client.describe_delivery_stream(DeliveryStreamName=name)["DeliveryStreamDescription"]
        yield "stream", name, about["DeliveryStreamARN"], about


def gateways(aws: clients.Cloud) -> Iterator[Described]:
    client = aws.client("apigateway")
    prefix = f"arn:aws:apigateway:{aws.region}::"
    yield "gatewayAccount", aws.account, f"{prefix}/account", {"role": client.get_account().get("cloudwatchRoleArn")}
    for api in pages(client, "get_rest_apis", "items"):
        id = api["id"]
        arn = f"{prefix}/restapis/{id}"
        authorizers = list(pages(client, "get_authorizers", "items", restApiId=id))
        methods = {
            f"{method} {item['path']}": client.get_method(restApiId=id, resourceId=item["id"], httpMethod=method)
            for item in pages(client, "get_resources", "items", restApiId=id)
            for method in item.get("resourceMethods", {})
        }
        yield "api", api["name"], arn, {"id": id, "authorizers": authorizers, "methods": methods}
        deployments = [each["id"] for each in pages(client, "get_deployments", "items", restApiId=id)]
        for stage in client.get_stages(restApiId=id)["item"]:
            about = {**stage, "api": id, "deployments": deployments}
            yield "stage", f"{id}/{stage['stageName']}", f"{arn}/stages/{stage['stageName']}", about
    for plan in pages(client, "get_usage_plans", "items"):
        about = {**plan, "keys": list(pages(client, "get_usage_plan_keys", "items", usagePlanId=plan["id"]))}
        yield "usagePlan", plan["name"], f"{prefix}/usageplans/{plan['id']}", about
    client = aws.client("wafv2")
    for each in client.list_web_acls(Scope="REGIONAL")["WebACLs"]:
        about = client.get_web_acl(Name=each["Name"], Scope="REGIONAL", Id=each["Id"])["WebACL"]
        yield "firewall", each["Name"], each["ARN"], about


def deployments(aws: clients.Cloud) -> Iterator[Described]:
    client = aws.client("codedeploy")
    for name in pages(client, "list_applications", "applications"):
        yield "application", name, aws.arn("codedeploy", f"application:{name}"), {}
        for group in pages(client, "list_deployment_groups", "deploymentGroups", applicationName=name):
            asked = {"applicationName": name, "deploymentGroupName": group}
            about = client.get_deployment_group(**asked)["deploymentGroupInfo"]
            yield "deploymentGroup", group, aws.arn("codedeploy", f"deploymentgroup:{name}/{group}"), about
    client = aws.client("cloudformation")
    for each in pages(client, "describe_stacks", "Stacks"):
        yield "stack", each["StackName"], each["StackId"], {"outputs": each.get("Outputs", [])}


KINDS = [buckets, roles, keys, secrets, queues, topics, functions, events, watching, models, gateways, deployments]


def main(url: str, region: str, accounts: list[str]) -> None:
    clients.URL["of"] = url
    fields = ("kind", "name", "arn", "about")
    there = {}
    for account in accounts:
        clients.work_in(account)
        aws = clients.Cloud(account, region)
        there[account] = [dict(zip(fields, each, strict=True)) for kind in KINDS for each in kind(aws)]
    print(json.dumps(there, default=str))


main(sys.argv[1], sys.argv[2], sys.argv[3:])
