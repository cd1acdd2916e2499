"""Log groups, alarms, dashboards and budgets."""

from typing import Any

from aws import Cloud
from engine import Made, makes
from makers_events import tags

Properties = dict[str, Any]


@makes("AWS::Logs::LogGroup", name="LogGroupName")
def group(cloud: Cloud, name: str, given: Properties) -> Made:
    logs = cloud.client("logs")
    logs.create_log_group(logGroupName=name, tags=tags(given))
    put = lambda now: logs.put_retention_policy(logGroupName=name, retentionInDays=now["RetentionInDays"])
    put(given)
    attributes = {"Arn": cloud.arn("logs", f"log-group:{name}:*")}
    return Made(name, attributes, lambda: logs.delete_log_group(logGroupName=name), put)


@makes("AWS::CloudWatch::Alarm", name="AlarmName")
def alarm(cloud: Cloud, name: str, given: Properties) -> Made:
    watch = cloud.client("cloudwatch")
    if name in [each["AlarmName"] for each in watch.describe_alarms(AlarmNames=[name])["MetricAlarms"]]:
        raise ValueError(f"{name} already exists")
    put = lambda now: watch.put_metric_alarm(**{**now, "AlarmName": name})
    put(given)
    attributes = {"Arn": cloud.arn("cloudwatch", f"alarm:{name}")}
    return Made(name, attributes, lambda: watch.delete_alarms(AlarmNames=[name]), put)


@makes("AWS::CloudWatch::Dashboard", name="DashboardName")
def dashboard(cloud: Cloud, name: str, given: Properties) -> Made:
    watch = cloud.client("cloudwatch")
    put = lambda now: watch.put_dashboard(DashboardName=name, DashboardBody=now["DashboardBody"])
    put(given)
    return Made(name, {}, lambda: watch.delete_dashboards(DashboardNames=[name]), put)


@makes("AWS::Budgets::Budget")
def budget(cloud: Cloud, _name: str, given: Properties) -> Made:
    budgets = cloud.client("budgets")
    name = given["Budget"]["BudgetName"]

    def make(now: Properties) -> None:
        told = now["Budget"]
        limit = {"Amount": str(told["BudgetLimit"]["Amount"]), "Unit": told["BudgetLimit"]["Unit"]}
        more = {"NotificationsWithSubscribers": now["NotificationsWithSubscribers"], "ResourceTags": now.get("ResourceTags", [])}
        budgets.create_budget(AccountId=cloud.account, Budget={**told, "BudgetLimit": limit}, **more)

    remove = lambda: budgets.delete_budget(AccountId=cloud.account, BudgetName=name)

    def change(now: Properties) -> None:
        """moto updates no budget, so it is made again."""
        remove()
        make(now)

    make(given)
    return Made(name, {}, remove, change)
