"""EventBridge and its Scheduler as boto3 sees them."""

from __future__ import annotations

import json
import secrets
import time
import unittest
from datetime import datetime, timedelta, timezone
from typing import Any

from botocore.exceptions import ClientError
from clients import client

ACCOUNT = "000000000000"


class Base(unittest.TestCase):
    """Clients, and a queue that targets write to."""

    def setUp(self) -> None:
        """Makes them."""
        self.events = client("events")
        self.scheduler = client("scheduler")
        self.sqs = client("sqs")
        self.name = f"test-{secrets.token_hex(4)}"
        self.url = self.sqs.create_queue(QueueName=self.name)["QueueUrl"]
        self.arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:{self.name}"

    def received(self, seconds: int = 20) -> list[dict[str, Any]]:
        """Messages as soon as there is one; none when none comes in time."""
        return self.sqs.receive_message(
            QueueUrl=self.url, MaxNumberOfMessages=10, WaitTimeSeconds=seconds, MessageAttributeNames=["All"]
        ).get("Messages", [])


class RulesTest(Base):
    """Rules of their own."""

    def rule(self, pattern: dict[str, Any], **target: Any) -> str:
        """A rule with one target."""
        arn = self.events.put_rule(Name=self.name, EventPattern=json.dumps(pattern))["RuleArn"]
        answer = self.events.put_targets(Rule=self.name, Targets=[{"Id": "t", "Arn": self.arn, **target}])
        self.assertEqual(answer["FailedEntryCount"], 0)
        return arn

    def put(self, detail: dict[str, Any]) -> dict[str, Any]:
        """Puts one event."""
        return self.events.put_events(
            Entries=[{"Source": self.name, "DetailType": "Finding", "Detail": json.dumps(detail), "Resources": ["r"]}]
        )

    def test_an_event_reaches_the_targets_of_the_rules_it_matches(self) -> None:
        """In EventBridge's envelope."""
        self.rule({"source": [self.name], "detail": {"auc": [{"numeric": ["<", 0.8]}]}})
        self.put({"auc": 0.9})
        answer = self.put({"auc": 0.7})
        self.assertEqual(answer["FailedEntryCount"], 0)
        (message,) = self.received()
        event = json.loads(message["Body"])
        self.assertEqual(event["id"], answer["Entries"][0]["EventId"])
        self.assertEqual(
            [event[key] for key in ["version", "detail-type", "source", "account", "region", "resources", "detail"]],
            ["0", "Finding", self.name, ACCOUNT, "us-east-1", ["r"], {"auc": 0.7}],
        )

    def test_input_is_transformed(self) -> None:
        """Paths, templates, reserved names."""
        arn = self.rule(
            {"source": [self.name]},
            InputTransformer={
                "InputPathsMap": {"auc": "$.detail.auc", "who": "$.detail.who"},
                "InputTemplate": '{"auc": <auc>, "text": "<who> has <auc>", "who": <who>, "rule": <aws.events.rule-arn>}',
            },
        )
        self.put({"auc": 0.7, "who": 'model "churn"'})
        (message,) = self.received()
        self.assertEqual(
            json.loads(message["Body"]),
            {"auc": 0.7, "text": 'model "churn" has 0.7', "who": 'model "churn"', "rule": arn},
        )

    def test_what_cannot_be_delivered_becomes_a_dead_letter(self) -> None:
        """With the reason."""
        missing = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:none"
        self.events.put_rule(Name=self.name, EventPattern=json.dumps({"source": [self.name]}))
        self.events.put_targets(
            Rule=self.name, Targets=[{"Id": "t", "Arn": missing, "DeadLetterConfig": {"Arn": self.arn}}]
        )
        self.put({"a": 1})
        (letter,) = self.received()
        self.assertEqual(json.loads(letter["Body"])["detail"], {"a": 1})
        attributes = {name: value["StringValue"] for name, value in letter["MessageAttributes"].items()}
        self.assertEqual(attributes["ERROR_CODE"], "ResourceNotFoundException")
        self.assertEqual(attributes["TARGET_ARN"], missing)

    def test_the_clouds_own_events_come_on_the_default_bus(self) -> None:
        """A change of approval of a model package, an alarm."""
        self.rule({"source": ["aws.cloudwatch"], "detail": {"alarmName": [self.name], "state": {"value": ["ALARM"]}}})
        metrics = client("cloudwatch")
        metrics.put_metric_alarm(
            AlarmName=self.name,
            Namespace="Test",
            MetricName=self.name,
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
        )
        metrics.set_alarm_state(AlarmName=self.name, StateValue="ALARM", StateReason="test")
        (message,) = self.received()
        event = json.loads(message["Body"])
        self.assertEqual(event["detail-type"], "CloudWatch Alarm State Change")
        self.assertEqual(event["detail"]["previousState"]["value"], "INSUFFICIENT_DATA")

    def test_the_life_of_a_rule(self) -> None:
        """Described, listed, disabled, deleted; buses of one's own."""
        self.rule({"source": [self.name]})
        self.events.disable_rule(Name=self.name)
        self.assertEqual(self.events.describe_rule(Name=self.name)["State"], "DISABLED")
        self.put({})
        self.assertEqual(self.received(seconds=2), [])
        self.assertEqual([one["Name"] for one in self.events.list_rules(NamePrefix=self.name)["Rules"]], [self.name])
        self.assertEqual(self.events.list_rule_names_by_target(TargetArn=self.arn)["RuleNames"], [self.name])
        with self.assertRaises(ClientError):
            self.events.delete_rule(Name=self.name)
        self.events.remove_targets(Rule=self.name, Ids=["t"])
        self.events.delete_rule(Name=self.name)
        with self.assertRaises(self.events.exceptions.ResourceNotFoundException):
            self.events.describe_rule(Name=self.name)
        self.events.create_event_bus(Name=self.name)
        self.events.put_rule(Name="own", EventBusName=self.name, EventPattern=json.dumps({"source": ["x"]}))
        self.assertEqual(len(self.events.list_rules(EventBusName=self.name)["Rules"]), 1)

    def test_what_is_wrong_is_refused(self) -> None:
        """Patterns, schedules, targets, entries."""
        with self.assertRaises(self.events.exceptions.InvalidEventPatternException):
            self.events.put_rule(Name=self.name, EventPattern='{"source": "text"}')
        for schedule in ["rate(1 minutes)", "cron(0 9 * * * *)", "at(2030-01-01T00:00:00)", "every day"]:
            with self.assertRaises(ClientError):
                self.events.put_rule(Name=self.name, ScheduleExpression=schedule)
        self.events.put_rule(Name=self.name, ScheduleExpression="rate(1 day)")
        with self.assertRaises(ClientError) as caught:
            self.events.put_targets(Rule=self.name, Targets=[{"Id": "t", "Arn": "arn:aws:ecs:us-east-1:1:cluster/x"}])
        self.assertIn("is not emulated", str(caught.exception))
        answer = self.events.put_events(Entries=[{"Source": "aws.mine", "DetailType": "x", "Detail": "{}"}])
        self.assertEqual(answer["Entries"][0]["ErrorCode"], "NotAuthorizedForSourceException")

    def test_patterns(self) -> None:
        """Everything a pattern can say."""
        event = {
            "id": "1",
            "account": ACCOUNT,
            "source": "sagewright.monitoring",
            "time": "2026-11-21T10:00:00Z",
            "region": "us-east-1",
            "resources": ["arn:aws:s3:::bucket/raw/telecom.csv", "other"],
            "detail-type": "Drift",
            "detail": {"psi": 0.31, "feature": "Tenure", "ip": "10.1.2.3", "none": None, "list": [{"a": 1, "b": 2}]},
        }
        cases: list[tuple[dict[str, Any], bool]] = [
            ({"source": [{"prefix": "sagewright."}]}, True),
            ({"resources": [{"suffix": ".csv"}]}, True),
            ({"detail": {"feature": [{"equals-ignore-case": "tenure"}]}}, True),
            ({"detail": {"feature": [{"anything-but": ["Tenure"]}]}}, False),
            ({"detail": {"feature": [{"anything-but": {"prefix": "Mon"}}]}}, True),
            ({"detail": {"psi": [{"numeric": [">", 0.1, "<=", 0.31]}]}}, True),
            ({"detail": {"psi": [{"numeric": ["=", 0.3]}]}}, False),
            ({"detail": {"missing": [{"exists": False}]}}, True),
            ({"detail": {"psi": [{"exists": True}]}}, True),
            ({"detail": {"ip": [{"cidr": "10.1.0.0/16"}]}}, True),
            ({"detail": {"ip": [{"cidr": "10.2.0.0/16"}]}}, False),
            ({"resources": [{"wildcard": "arn:aws:s3:::*/raw/*.csv"}]}, True),
            ({"detail": {"none": [None]}}, True),
            ({"$or": [{"source": ["x"]}, {"detail-type": ["Drift"]}]}, True),
            ({"detail": {"list": {"a": [1], "b": [2]}}}, True),
            ({"detail": {"psi": ["0.31"]}}, False),
        ]
        for pattern, expected in cases:
            with self.subTest(pattern=pattern):
                answer = self.events.test_event_pattern(EventPattern=json.dumps(pattern), Event=json.dumps(event))
                self.assertEqual(answer["Result"], expected)


class SchedulesTest(Base):
    """Schedules of their own."""

    def make(self, expression: str, target: dict[str, Any] | None = None, **more: Any) -> str:
        """A schedule that writes to the queue."""
        given = target or {"Arn": self.arn, "RoleArn": "arn:aws:iam::000000000000:role/x", "Input": '{"hello": 1}'}
        window = {"FlexibleTimeWindow": {"Mode": "OFF"}}
        return self.scheduler.create_schedule(
            Name=self.name, ScheduleExpression=expression, Target=given, **{**window, **more}
        )["ScheduleArn"]

    def test_one_time_schedules_call_their_target(self) -> None:
        """Once; then they are deleted when asked to."""
        # Whole seconds: this is one to two from now. What is over when the request arrives would never come.
        soon = (datetime.now(timezone.utc) + timedelta(seconds=2)).strftime("%Y-%m-%dT%H:%M:%S")
        self.make(f"at({soon})", ActionAfterCompletion="DELETE")
        (message,) = self.received()
        self.assertEqual(json.loads(message["Body"]), {"hello": 1})
        end = time.monotonic() + 20
        while self.scheduler.list_schedules(NamePrefix=self.name)["Schedules"]:
            self.assertLess(time.monotonic(), end, "the schedule is still there")
            time.sleep(0.02)

    def test_universal_targets(self) -> None:
        """Any operation of a service that is there."""
        target = {
            "Arn": "arn:aws:scheduler:::aws-sdk:sqs:sendMessage",
            "RoleArn": "arn:aws:iam::000000000000:role/x",
            "Input": json.dumps({"QueueUrl": self.url, "MessageBody": "by <aws.scheduler.schedule-arn>"}),
        }
        arn = self.make("rate(1 hour)", target)
        (message,) = self.received()
        self.assertEqual(message["Body"], f"by {arn}")

    def test_the_life_of_a_schedule(self) -> None:
        """Described, updated, listed by group, deleted with it."""
        self.scheduler.create_schedule_group(Name=self.name)
        arn = self.make(
            "cron(0 9 1 * ? *)",
            ScheduleExpressionTimezone="Europe/Berlin",
            GroupName=self.name,
            FlexibleTimeWindow={"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 15},
        )
        self.assertEqual(arn, f"arn:aws:scheduler:us-east-1:{ACCOUNT}:schedule/{self.name}/{self.name}")
        found = self.scheduler.get_schedule(Name=self.name, GroupName=self.name)
        self.assertEqual(found["ScheduleExpressionTimezone"], "Europe/Berlin")
        self.assertEqual(found["Target"]["RetryPolicy"]["MaximumRetryAttempts"], 185)
        with self.assertRaises(self.scheduler.exceptions.ConflictException):
            self.make("rate(1 day)", GroupName=self.name)
        self.scheduler.update_schedule(
            Name=self.name,
            GroupName=self.name,
            ScheduleExpression="rate(2 days)",
            FlexibleTimeWindow={"Mode": "OFF"},
            State="DISABLED",
            Target={"Arn": self.arn, "RoleArn": "arn:aws:iam::000000000000:role/x"},
        )
        listed = self.scheduler.list_schedules(GroupName=self.name, State="DISABLED")["Schedules"]
        self.assertEqual([one["Name"] for one in listed], [self.name])
        self.scheduler.delete_schedule_group(Name=self.name)
        with self.assertRaises(self.scheduler.exceptions.ResourceNotFoundException):
            self.scheduler.get_schedule(Name=self.name, GroupName=self.name)

    def test_what_is_wrong_is_refused(self) -> None:
        """Expression, zone, window, target."""
        for expression, more in [
            ("cron(0 9 * *)", {}),
            ("rate(0 minutes)", {}),
            ("rate(1 hour)", {"ScheduleExpressionTimezone": "Mars/Olympus"}),
            ("rate(1 hour)", {"FlexibleTimeWindow": {"Mode": "FLEXIBLE"}}),
        ]:
            with self.assertRaises(self.scheduler.exceptions.ValidationException):
                self.make(expression, **more)
        with self.assertRaises(ClientError) as caught:
            self.make("rate(1 hour)", {"Arn": "arn:aws:ecs:us-east-1:1:cluster/x", "RoleArn": "arn:aws:iam::1:role/x"})
        self.assertIn("is not emulated", str(caught.exception))


if __name__ == "__main__":
    unittest.main()
