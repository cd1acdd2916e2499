"""CloudWatch as boto3 sees it: metrics, alarms, dashboards."""

from __future__ import annotations

import json
import secrets
import time
import unittest
from datetime import datetime, timedelta, timezone

from botocore.exceptions import ClientError
from clients import client


def minute_ago(minutes: int) -> datetime:
    """The beginning of a minute in the past."""
    return datetime.now(timezone.utc).replace(second=0, microsecond=0) - timedelta(minutes=minutes)


class MetricsTest(unittest.TestCase):
    """Metrics of a namespace of their own."""

    def setUp(self) -> None:
        """Makes the client."""
        self.metrics = client("cloudwatch")
        self.namespace = f"Test/{secrets.token_hex(4)}"
        self.dimensions = [{"Name": "Model", "Value": "churn"}]

    def put(self, **datum: object) -> None:
        """Writes one datum."""
        self.metrics.put_metric_data(
            Namespace=self.namespace, MetricData=[{"MetricName": "Latency", "Dimensions": self.dimensions, **datum}]
        )

    def test_statistics_of_values_counts_and_statistic_sets(self) -> None:
        """Values, values with counts and statistic sets make one statistic."""
        at = minute_ago(10)
        self.put(Timestamp=at, Value=10.0, Unit="Milliseconds")
        self.put(Timestamp=at, Values=[20.0, 30.0], Counts=[2.0, 1.0], Unit="Milliseconds")
        window = {"StartTime": at - timedelta(minutes=5), "EndTime": at + timedelta(minutes=5)}
        found = self.metrics.get_metric_statistics(
            Namespace=self.namespace,
            MetricName="Latency",
            Dimensions=self.dimensions,
            Period=60,
            Statistics=["Sum", "Average", "Minimum", "Maximum", "SampleCount"],
            **window,
        )
        self.assertEqual(found["Label"], "Latency")
        (point,) = found["Datapoints"]
        self.assertEqual(point["Timestamp"], at)
        self.assertEqual(
            [point[name] for name in ["Sum", "Average", "Minimum", "Maximum", "SampleCount", "Unit"]],
            [80.0, 20.0, 10.0, 30.0, 4.0, "Milliseconds"],
        )
        extended = self.metrics.get_metric_statistics(
            Namespace=self.namespace,
            MetricName="Latency",
            Dimensions=self.dimensions,
            Period=60,
            ExtendedStatistics=["p50", "p100"],
            **window,
        )["Datapoints"]
        self.assertEqual(extended[0]["ExtendedStatistics"], {"p50": 20.0, "p100": 30.0})
        self.put(
            Timestamp=at,
            StatisticValues={"SampleCount": 2, "Sum": 200, "Minimum": 90, "Maximum": 110},
            Unit="Milliseconds",
        )
        found = self.metrics.get_metric_statistics(
            Namespace=self.namespace,
            MetricName="Latency",
            Dimensions=self.dimensions,
            Period=300,
            Statistics=["Sum", "Maximum", "SampleCount"],
            **window,
        )
        self.assertEqual([(one["Sum"], one["Maximum"], one["SampleCount"]) for one in found["Datapoints"]], [(280.0, 110.0, 6.0)])

    def test_metric_data_with_expressions(self) -> None:
        """Arithmetic, functions and FILL over metrics."""
        start = minute_ago(10)
        for minute, value in [(0, 1.0), (1, 3.0), (3, 5.0)]:
            self.put(Timestamp=start + timedelta(minutes=minute), Value=value)
        stat = {
            "Metric": {"Namespace": self.namespace, "MetricName": "Latency", "Dimensions": self.dimensions},
            "Period": 60,
            "Stat": "Average",
        }
        answer = self.metrics.get_metric_data(
            MetricDataQueries=[
                {"Id": "m1", "MetricStat": stat, "ReturnData": False},
                {"Id": "e1", "Expression": "m1 * 2 + 1", "Label": "twice"},
                {"Id": "e2", "Expression": "FILL(m1, 0)"},
                {"Id": "e3", "Expression": "m1 / SUM(m1) * 100"},
            ],
            StartTime=start,
            EndTime=start + timedelta(minutes=4),
            ScanBy="TimestampAscending",
        )
        results = {one["Id"]: one for one in answer["MetricDataResults"]}
        self.assertEqual(results["e1"]["Values"], [3.0, 7.0, 11.0])
        self.assertEqual(results["e1"]["Label"], "twice")
        self.assertEqual(results["e2"]["Values"], [1.0, 3.0, 0.0, 5.0])
        self.assertEqual([round(one, 3) for one in results["e3"]["Values"]], [11.111, 33.333, 55.556])
        self.assertEqual(results["e2"]["Timestamps"][0], start)
        for expression in ["ANOMALY_DETECTION_BAND(m1, 2)", "SEARCH('x', 'Sum')"]:
            with self.assertRaises(ClientError) as caught:
                self.metrics.get_metric_data(
                    MetricDataQueries=[{"Id": "e1", "Expression": expression}],
                    StartTime=start,
                    EndTime=start + timedelta(minutes=4),
                )
            self.assertIn("is not emulated", str(caught.exception))

    def test_metrics_are_listed(self) -> None:
        """By namespace, name and dimension."""
        self.put(Value=1.0)
        listed = self.metrics.list_metrics(Namespace=self.namespace, Dimensions=[{"Name": "Model"}])["Metrics"]
        self.assertEqual(
            listed, [{"Namespace": self.namespace, "MetricName": "Latency", "Dimensions": self.dimensions}]
        )
        self.assertEqual(self.metrics.list_metrics(Namespace=self.namespace, MetricName="Other")["Metrics"], [])

    def test_wrong_data_is_refused(self) -> None:
        """In CloudWatch's codes."""
        for datum in [{"Value": 1.0, "Values": [1.0]}, {"Value": 1.0, "Timestamp": minute_ago(60 * 24 * 20)}]:
            with self.assertRaises(ClientError) as caught:
                self.put(**datum)
            self.assertIn(
                caught.exception.response["Error"]["Code"], ["InvalidParameterValue", "InvalidParameterCombination"]
            )
        with self.assertRaises(ClientError) as caught:
            self.metrics.put_metric_data(Namespace="AWS/Mine", MetricData=[{"MetricName": "a", "Value": 1}])
        self.assertEqual(caught.exception.response["Error"]["Code"], "InvalidParameterValue")

    def test_embedded_metric_format(self) -> None:
        """A log event with metadata is a metric."""
        logs = client("logs")
        group = f"/emf/{secrets.token_hex(4)}"
        logs.create_log_group(logGroupName=group)
        logs.create_log_stream(logGroupName=group, logStreamName="s")
        now = int(time.time() * 1000)
        event = {
            "_aws": {
                "Timestamp": now,
                "CloudWatchMetrics": [
                    {
                        "Namespace": self.namespace,
                        "Dimensions": [["Model"]],
                        "Metrics": [{"Name": "Drift", "Unit": "Count"}],
                    }
                ],
            },
            "Model": "churn",
            "Drift": [0.25, 0.75],
        }
        logs.put_log_events(
            logGroupName=group, logStreamName="s", logEvents=[{"timestamp": now, "message": json.dumps(event)}]
        )
        found = self.metrics.get_metric_statistics(
            Namespace=self.namespace,
            MetricName="Drift",
            Dimensions=self.dimensions,
            StartTime=minute_ago(5),
            EndTime=minute_ago(-5),
            Period=60,
            Statistics=["Average", "SampleCount"],
        )["Datapoints"]
        self.assertEqual([(one["Average"], one["SampleCount"], one["Unit"]) for one in found], [(0.5, 2.0, "Count")])


class AlarmsTest(unittest.TestCase):
    """Alarms of their own."""

    def setUp(self) -> None:
        """Makes the client."""
        self.metrics = client("cloudwatch")
        self.name = f"alarm-{secrets.token_hex(4)}"
        self.metric = {"Namespace": f"Test/{self.name}", "MetricName": "Errors"}

    def make(self, **more: object) -> None:
        """Makes an alarm for more than one error a minute."""
        settings = {
            "Statistic": "Sum",
            "Period": 60,
            "EvaluationPeriods": 1,
            "Threshold": 1.0,
            "ComparisonOperator": "GreaterThanThreshold",
        }
        self.metrics.put_metric_alarm(AlarmName=self.name, **{**self.metric, **settings, **more})

    def test_an_alarm_is_described_set_and_deleted(self) -> None:
        """The life of an alarm."""
        self.make(AlarmDescription="too many", AlarmActions=["arn:aws:sns:us-east-1:000000000000:none"])
        (alarm,) = self.metrics.describe_alarms(AlarmNames=[self.name])["MetricAlarms"]
        self.assertEqual(alarm["StateValue"], "INSUFFICIENT_DATA")
        self.assertEqual(alarm["AlarmArn"], f"arn:aws:cloudwatch:us-east-1:000000000000:alarm:{self.name}")
        self.assertEqual(alarm["Threshold"], 1.0)
        self.metrics.set_alarm_state(AlarmName=self.name, StateValue="ALARM", StateReason="by hand")
        (alarm,) = self.metrics.describe_alarms(AlarmNamePrefix=self.name, StateValue="ALARM")["MetricAlarms"]
        self.assertEqual(alarm["StateReason"], "by hand")
        named = self.metrics.describe_alarms_for_metric(**self.metric)["MetricAlarms"]
        self.assertEqual([one["AlarmName"] for one in named], [self.name])
        kinds = [
            item["HistoryItemType"]
            for item in self.metrics.describe_alarm_history(AlarmName=self.name)["AlarmHistoryItems"]
        ]
        self.assertEqual(kinds, ["Action", "StateUpdate", "ConfigurationUpdate"])
        self.metrics.disable_alarm_actions(AlarmNames=[self.name])
        self.assertFalse(self.metrics.describe_alarms(AlarmNames=[self.name])["MetricAlarms"][0]["ActionsEnabled"])
        self.metrics.enable_alarm_actions(AlarmNames=[self.name])
        self.metrics.delete_alarms(AlarmNames=[self.name])
        self.assertEqual(self.metrics.describe_alarms(AlarmNames=[self.name])["MetricAlarms"], [])
        with self.assertRaises(ClientError) as caught:
            self.metrics.delete_alarms(AlarmNames=[self.name])
        self.assertEqual(caught.exception.response["Error"]["Code"], "ResourceNotFound")

    def test_composite_alarms_follow_their_children(self) -> None:
        """At once."""
        self.make()
        whole = f"{self.name}-whole"
        self.metrics.put_composite_alarm(AlarmName=whole, AlarmRule=f'ALARM("{self.name}") AND NOT FALSE')
        self.metrics.set_alarm_state(AlarmName=self.name, StateValue="ALARM", StateReason="by hand")
        answer = self.metrics.describe_alarms(AlarmNames=[whole], AlarmTypes=["CompositeAlarm"])
        self.assertEqual([one["StateValue"] for one in answer["CompositeAlarms"]], ["ALARM"])
        self.metrics.delete_alarms(AlarmNames=[whole, self.name])

    def test_what_is_wrong_is_refused(self) -> None:
        """By the parameter's name."""
        for more in [{"Period": 45}, {"DatapointsToAlarm": 2}, {"TreatMissingData": "maybe"}, {"Statistic": "tm99"}]:
            with self.assertRaises(ClientError):
                self.make(**more)
        with self.assertRaises(ClientError) as caught:
            self.make(ComparisonOperator="GreaterThanUpperThreshold")
        self.assertIn("not emulated", str(caught.exception))


class DashboardsTest(unittest.TestCase):
    """Dashboards are kept."""

    def test_the_life_of_a_dashboard(self) -> None:
        """Put, read, listed, refused, deleted."""
        metrics = client("cloudwatch")
        name = f"board-{secrets.token_hex(4)}"
        body = json.dumps({"widgets": [{"type": "text", "properties": {"markdown": "hello"}}]})
        metrics.put_dashboard(DashboardName=name, DashboardBody=body)
        self.assertEqual(metrics.get_dashboard(DashboardName=name)["DashboardBody"], body)
        listed = metrics.list_dashboards(DashboardNamePrefix=name)["DashboardEntries"]
        self.assertEqual([one["Size"] for one in listed], [len(body)])
        with self.assertRaises(metrics.exceptions.DashboardInvalidInputError):
            metrics.put_dashboard(DashboardName=name, DashboardBody="no json")
        metrics.delete_dashboards(DashboardNames=[name])
        with self.assertRaises(ClientError) as caught:
            metrics.get_dashboard(DashboardName=name)
        self.assertEqual(caught.exception.response["Error"]["Code"], "ResourceNotFound")


if __name__ == "__main__":
    unittest.main()
