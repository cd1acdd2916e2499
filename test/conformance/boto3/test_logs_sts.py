"""CloudWatch Logs and STS as boto3 sees them."""

from __future__ import annotations

import secrets
import time
import unittest

from botocore.exceptions import ClientError
from clients import client


class LogsTest(unittest.TestCase):
    """Log groups of their own."""

    def setUp(self) -> None:
        """Makes a group."""
        self.logs = client("logs")
        self.group = f"/test/{secrets.token_hex(6)}"
        self.logs.create_log_group(logGroupName=self.group)

    def write(self, stream: str, count: int, start: int) -> None:
        """Writes numbered lines, one a millisecond."""
        self.logs.create_log_stream(logGroupName=self.group, logStreamName=stream)
        events = [{"timestamp": start + number, "message": f"line {number} of {stream}"} for number in range(count)]
        self.logs.put_log_events(logGroupName=self.group, logStreamName=stream, logEvents=events)

    def test_events_forward_and_backward(self) -> None:
        """Tokens go on from where a page ended and stay the same at the end."""
        start = int(time.time() * 1000)
        self.write("job/algo-1", 25, start)
        where = {"logGroupName": self.group, "logStreamName": "job/algo-1"}
        seen, token = [], None
        while True:
            more = {"nextToken": token} if token else {}
            page = self.logs.get_log_events(**where, startFromHead=True, limit=10, **more)
            seen += [event["message"] for event in page["events"]]
            if page["nextForwardToken"] == token:
                break
            token = page["nextForwardToken"]
        self.assertEqual(seen, [f"line {number} of job/algo-1" for number in range(25)])
        last = self.logs.get_log_events(**where, limit=3)
        self.assertEqual([event["timestamp"] for event in last["events"]], [start + 22, start + 23, start + 24])
        before = self.logs.get_log_events(**where, limit=3, nextToken=last["nextBackwardToken"])
        self.assertEqual([event["timestamp"] for event in before["events"]], [start + 19, start + 20, start + 21])

    def test_streams_by_prefix_end_without_token(self) -> None:
        """The SageMaker SDK goes on for ever when a complete page has a token."""
        start = int(time.time() * 1000)
        for number in range(3):
            self.write(f"job-{number}/algo-1", 2, start + number)
        page = self.logs.describe_log_streams(logGroupName=self.group, logStreamNamePrefix="job-1/", limit=1)
        self.assertEqual([one["logStreamName"] for one in page["logStreams"]], ["job-1/algo-1"])
        self.assertNotIn("nextToken", page)
        self.assertEqual(page["logStreams"][0]["firstEventTimestamp"], start + 1)
        pages = self.logs.get_paginator("describe_log_streams").paginate(
            logGroupName=self.group, orderBy="LastEventTime", descending=True, PaginationConfig={"PageSize": 2}
        )
        names = [one["logStreamName"] for page in pages for one in page["logStreams"]]
        self.assertEqual(names, ["job-2/algo-1", "job-1/algo-1", "job-0/algo-1"])

    def test_filter(self) -> None:
        """Over streams, by words and by time."""
        start = int(time.time() * 1000)
        self.write("a", 10, start)
        self.write("b", 10, start)
        found = self.logs.filter_log_events(logGroupName=self.group, filterPattern='"line 3"')["events"]
        self.assertEqual(sorted(event["message"] for event in found), ["line 3 of a", "line 3 of b"])
        found = self.logs.filter_log_events(logGroupName=self.group, startTime=start + 2, endTime=start + 4)["events"]
        self.assertEqual(len(found), 4)

    def test_errors(self) -> None:
        """Missing group, missing stream, made twice."""
        for call, arguments in [
            (self.logs.describe_log_streams, {"logGroupName": "/none"}),
            (self.logs.get_log_events, {"logGroupName": self.group, "logStreamName": "none"}),
        ]:
            with self.assertRaises(self.logs.exceptions.ResourceNotFoundException):
                call(**arguments)
        with self.assertRaises(self.logs.exceptions.ResourceAlreadyExistsException):
            self.logs.create_log_group(logGroupName=self.group)
        with self.assertRaises(ClientError) as caught:
            self.logs.start_query(logGroupName=self.group, startTime=0, endTime=1, queryString="fields @message")
        self.assertIn("StartQuery is not emulated", str(caught.exception))

    def test_groups(self) -> None:
        """Listed by prefix, deleted."""
        groups = self.logs.describe_log_groups(logGroupNamePrefix=self.group)["logGroups"]
        self.assertEqual([one["logGroupName"] for one in groups], [self.group])
        self.logs.delete_log_group(logGroupName=self.group)
        self.assertEqual(self.logs.describe_log_groups(logGroupNamePrefix=self.group)["logGroups"], [])


class IdentityTest(unittest.TestCase):
    """STS and services that are not there."""

    def test_caller_identity(self) -> None:
        """The account that ARNs are made of."""
        answer = client("sts").get_caller_identity()
        self.assertEqual(answer["Account"], "000000000000")
        self.assertIn(":assumed-role/", answer["Arn"])

    def test_what_is_not_emulated_says_so(self) -> None:
        """Neither operations nor services pretend to succeed."""
        with self.assertRaises(ClientError) as caught:
            client("sts").get_session_token()
        self.assertIn("GetSessionToken is not emulated", str(caught.exception))
        with self.assertRaises(ClientError) as caught:
            client("dynamodb").list_tables()
        self.assertIn("is not emulated", str(caught.exception))


if __name__ == "__main__":
    unittest.main()
