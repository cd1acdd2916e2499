"""Queues, topics, rules and schedules."""

import json
from typing import Any

from aws import Cloud
from engine import Made, makes

Properties = dict[str, Any]


def tags(given: Properties) -> dict[str, str]:
    return {each["Key"]: each["Value"] for each in given.get("Tags", [])}


def text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value) if isinstance(value, dict | list) else str(value)


@makes("AWS::SQS::Queue", name="QueueName")
def queue(cloud: Cloud, name: str, given: Properties) -> Made:
    sqs, name = cloud.client("sqs"), name[:80]
    settings = lambda now: {key: text(value) for key, value in now.items() if key not in ("QueueName", "Tags")}
    url = sqs.create_queue(QueueName=name, Attributes=settings(given), tags=tags(given))["QueueUrl"]
    change = lambda now: sqs.set_queue_attributes(QueueUrl=url, Attributes=settings(now))
    remove = lambda: sqs.delete_queue(QueueUrl=url)
    return Made(url, {"Arn": cloud.arn("sqs", name), "QueueName": name, "QueueUrl": url}, remove, change)


@makes("AWS::SQS::QueuePolicy")
def queue_policy(cloud: Cloud, name: str, given: Properties) -> Made:
    sqs = cloud.client("sqs")

    def put(now: Properties) -> None:
        for url in now["Queues"]:
            sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(now["PolicyDocument"])})

    put(given)
    return Made(name, change=put)


@makes("AWS::SNS::Topic", name="TopicName")
def topic(cloud: Cloud, name: str, given: Properties) -> Made:
    sns = cloud.client("sns")
    attributes = lambda now: {key: text(value) for key, value in now.items() if key not in ("TopicName", "Tags")}
    arn = sns.create_topic(Name=name, Attributes=attributes(given), Tags=given.get("Tags", []))["TopicArn"]

    def change(now: Properties) -> None:
        for key, value in attributes(now).items():
            sns.set_topic_attributes(TopicArn=arn, AttributeName=key, AttributeValue=value)

    return Made(arn, {"TopicArn": arn, "TopicName": name}, lambda: sns.delete_topic(TopicArn=arn), change)


@makes("AWS::SNS::TopicPolicy")
def topic_policy(cloud: Cloud, name: str, given: Properties) -> Made:
    sns = cloud.client("sns")

    def put(now: Properties) -> None:
        for arn in now["Topics"]:
            document = json.dumps(now["PolicyDocument"])
            sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=document)

    put(given)
    return Made(name, change=put)


@makes("AWS::SNS::Subscription")
def subscription(cloud: Cloud, _name: str, given: Properties) -> Made:
    sns = cloud.client("sns")
    called = {"TopicArn", "Protocol", "Endpoint"}
    attributes = {key: text(value) for key, value in given.items() if key not in called}
    asked = {key: given[key] for key in called}
    arn = sns.subscribe(**asked, Attributes=attributes, ReturnSubscriptionArn=True)["SubscriptionArn"]
    return Made(arn, {"Arn": arn}, lambda: sns.unsubscribe(SubscriptionArn=arn))


@makes("AWS::Events::Rule", name="Name")
def rule(cloud: Cloud, name: str, given: Properties) -> Made:
    events, name = cloud.client("events"), name[:64]

    def put(now: Properties) -> str:
        asked = {key: value for key, value in now.items() if key not in ("Targets", "EventPattern", "Name")}
        if "EventPattern" in now:
            asked["EventPattern"] = json.dumps(now["EventPattern"])
        arn: str = events.put_rule(Name=name, **asked)["RuleArn"]
        events.put_targets(Rule=name, Targets=now["Targets"])
        return arn

    def remove() -> None:
        ids = [each["Id"] for each in events.list_targets_by_rule(Rule=name)["Targets"]]
        events.remove_targets(Rule=name, Ids=ids)
        events.delete_rule(Name=name)

    return Made(name, {"Arn": put(given)}, remove, put)


@makes("AWS::Scheduler::Schedule", name="Name")
def schedule(cloud: Cloud, name: str, given: Properties) -> Made:
    scheduler, name = cloud.client("scheduler"), name[:64]
    asked = lambda now: {key: value for key, value in now.items() if key != "Name"}
    arn = scheduler.create_schedule(Name=name, **asked(given))["ScheduleArn"]
    change = lambda now: scheduler.update_schedule(Name=name, **asked(now))
    return Made(name, {"Arn": arn}, lambda: scheduler.delete_schedule(Name=name), change)
