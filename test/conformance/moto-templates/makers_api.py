"""The REST API, its stage, its usage plan and its firewall."""

import json
from typing import Any

from aws import Cloud
from engine import Made, makes
from makers_events import tags

Properties = dict[str, Any]


@makes("AWS::ApiGateway::RestApi", name="Name")
def rest_api(cloud: Cloud, name: str, given: Properties) -> Made:
    gateway = cloud.client("apigateway")
    id = gateway.create_rest_api(name=name, tags=tags(given))["id"]

    def put(now: Properties) -> None:
        gateway.put_rest_api(restApiId=id, mode="overwrite", body=json.dumps(now["Body"]))
        authorize(gateway, id, now["Body"])

    put(given)
    attributes = {"RestApiId": id, "RootResourceId": gateway.get_resources(restApiId=id)["items"][0]["id"]}
    return Made(id, attributes, lambda: gateway.delete_rest_api(restApiId=id), put)


def authorize(gateway: Any, id: str, document: Properties) -> None:
    """moto reads paths and integrations of a document; who judges a method's callers stands in the same document."""
    for each in gateway.get_authorizers(restApiId=id)["items"]:
        gateway.delete_authorizer(restApiId=id, authorizerId=each["id"])
    made = {}
    for scheme, told in document["components"]["securitySchemes"].items():
        asked = dict(told["x-amazon-apigateway-authorizer"])
        asked["type"] = asked["type"].upper()
        made[scheme] = gateway.create_authorizer(restApiId=id, name=scheme, **asked)["id"]
    for item in gateway.get_resources(restApiId=id, limit=500)["items"]:
        for method in item.get("resourceMethods", {}):
            told = document["paths"][item["path"]][method.lower()]
            integration = told["x-amazon-apigateway-integration"]
            whose = {"restApiId": id, "resourceId": item["id"], "httpMethod": method}
            for scheme in (name for each in told.get("security", []) for name in each):
                gateway.put_method(**whose, authorizationType="CUSTOM", authorizerId=made[scheme])
                same = {key: integration[key] for key in ("type", "uri", "passthroughBehavior", "timeoutInMillis")}
                gateway.put_integration(**whose, integrationHttpMethod=integration["httpMethod"], **same)


@makes("AWS::ApiGateway::Account")
def account(cloud: Cloud, name: str, given: Properties) -> Made:
    gateway = cloud.client("apigateway")

    def put(now: Properties) -> None:
        role = {"op": "replace", "path": "/cloudwatchRoleArn", "value": now["CloudWatchRoleArn"]}
        gateway.update_account(patchOperations=[role])

    put(given)
    return Made(name, change=put)


@makes("AWS::ApiGateway::Deployment")
def deployment(cloud: Cloud, _name: str, given: Properties) -> Made:
    gateway, of = cloud.client("apigateway"), given["RestApiId"]
    id = gateway.create_deployment(restApiId=of, description=given["Description"])["id"]
    return Made(id, {"DeploymentId": id}, lambda: gateway.delete_deployment(restApiId=of, deploymentId=id))


@makes("AWS::ApiGateway::Stage", name="StageName")
def stage(cloud: Cloud, name: str, given: Properties) -> Made:
    gateway, whose = cloud.client("apigateway"), {"restApiId": given["RestApiId"], "stageName": name}
    asked = {"deploymentId": given["DeploymentId"], "tracingEnabled": given["TracingEnabled"], "tags": tags(given)}
    gateway.create_stage(**whose, **asked)

    def put(now: Properties) -> None:
        access = now["AccessLogSetting"]
        values = {"deploymentId": now["DeploymentId"]}
        values |= {"accessLogSettings/destinationArn": access["DestinationArn"], "accessLogSettings/format": access["Format"]}
        for settings in now["MethodSettings"]:
            # A slash within a path is written as a patch of JSON writes it.
            method = f"{settings['ResourcePath'].lstrip('/').replace('/', '~1')}/{settings['HttpMethod']}"
            for key, place in SETTINGS.items():
                if key in settings:
                    values[f"{method}/{place}"] = json.dumps(settings[key]).strip('"')
        operations = [{"op": "replace", "path": f"/{path}", "value": value} for path, value in values.items()]
        gateway.update_stage(**whose, patchOperations=operations)

    put(given)
    return Made(name, {}, lambda: gateway.delete_stage(**whose), put)


#: Where a stage's API has what a template says of a method.
SETTINGS = {
    "DataTraceEnabled": "logging/dataTrace",
    "LoggingLevel": "logging/loglevel",
    "MetricsEnabled": "metrics/enabled",
    "ThrottlingBurstLimit": "throttling/burstLimit",
    "ThrottlingRateLimit": "throttling/rateLimit",
}


@makes("AWS::ApiGateway::UsagePlan", name="UsagePlanName")
def usage_plan(cloud: Cloud, name: str, given: Properties) -> Made:
    gateway = cloud.client("apigateway")
    limits = lambda told: {"burstLimit": told["BurstLimit"], "rateLimit": told["RateLimit"]}
    stages = [{"apiId": each["ApiId"], "stage": each["Stage"]} for each in given["ApiStages"]]
    asked = {"name": name, "description": given["Description"], "throttle": limits(given["Throttle"]), "apiStages": stages}
    id = gateway.create_usage_plan(**asked, tags=tags(given))["id"]

    def change(now: Properties) -> None:
        operations = [
            {"op": "replace", "path": f"/throttle/{key}", "value": str(value)} for key, value in limits(now["Throttle"]).items()
        ]
        gateway.update_usage_plan(usagePlanId=id, patchOperations=operations)

    return Made(id, {"Id": id}, lambda: gateway.delete_usage_plan(usagePlanId=id), change)


@makes("AWS::WAFv2::WebACL", name="Name")
def firewall(cloud: Cloud, name: str, given: Properties) -> Made:
    waf = cloud.client("wafv2")
    made = waf.create_web_acl(**{**given, "Name": name})["Summary"]
    whose = {"Name": name, "Scope": given["Scope"], "Id": made["Id"]}

    def change(now: Properties) -> None:
        told = {key: value for key, value in now.items() if key not in ("Name", "Scope", "Tags")}
        waf.update_web_acl(**whose, **told, LockToken=waf.get_web_acl(**whose)["LockToken"])

    remove = lambda: waf.delete_web_acl(**whose, LockToken=waf.get_web_acl(**whose)["LockToken"])
    return Made("|".join([name, made["Id"], given["Scope"]]), {"Arn": made["ARN"], "Id": made["Id"]}, remove, change)


@makes("AWS::WAFv2::WebACLAssociation")
def association(cloud: Cloud, name: str, given: Properties) -> Made:
    waf = cloud.client("wafv2")
    waf.associate_web_acl(**given)
    return Made(name, remove=lambda: waf.disassociate_web_acl(ResourceArn=given["ResourceArn"]))
