"""SNS and SQS as boto3 sees them."""

from __future__ import annotations

import json
import secrets
import threading
import time
import unittest
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from botocore.exceptions import ClientError
from clients import client


class QueuesTest(unittest.TestCase):
    """Queues of their own."""

    def setUp(self) -> None:
        """Makes a queue."""
        self.sqs = client("sqs")
        self.name = f"queue-{secrets.token_hex(4)}"
        self.url = self.sqs.create_queue(QueueName=self.name, Attributes={"VisibilityTimeout": "60"})["QueueUrl"]
        self.addCleanup(lambda: self.sqs.delete_queue(QueueUrl=self.url))

    def test_messages_are_sent_received_and_deleted(self) -> None:
        """Attributes, digests (boto3 checks them), visibility, counts."""
        self.assertEqual(self.sqs.get_queue_url(QueueName=self.name)["QueueUrl"], self.url)
        attributes = {
            "Severity": {"DataType": "String", "StringValue": "critical"},
            "Raw": {"DataType": "Binary", "BinaryValue": b"\x00\x01"},
        }
        sent = self.sqs.send_message(QueueUrl=self.url, MessageBody="drift", MessageAttributes=attributes)
        (message,) = self.sqs.receive_message(
            QueueUrl=self.url, MessageAttributeNames=["All"], AttributeNames=["All"], WaitTimeSeconds=1
        )["Messages"]
        self.assertEqual((message["Body"], message["MessageId"]), ("drift", sent["MessageId"]))
        self.assertEqual(message["MessageAttributes"]["Raw"]["BinaryValue"], b"\x00\x01")
        self.assertEqual(message["Attributes"]["ApproximateReceiveCount"], "1")
        self.assertNotIn("Messages", self.sqs.receive_message(QueueUrl=self.url))
        counts = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["All"])["Attributes"]
        self.assertEqual(counts["ApproximateNumberOfMessagesNotVisible"], "1")
        self.sqs.change_message_visibility(
            QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
        )
        (again,) = self.sqs.receive_message(QueueUrl=self.url)["Messages"]
        self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=again["ReceiptHandle"])
        counts = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["All"])["Attributes"]
        self.assertEqual(counts["ApproximateNumberOfMessagesNotVisible"], "0")

    def test_dead_letters(self) -> None:
        """A message that is received too often moves on."""
        dead = self.sqs.create_queue(QueueName=f"{self.name}-dead")["QueueUrl"]
        arn = self.sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        self.sqs.set_queue_attributes(
            QueueUrl=self.url,
            Attributes={"RedrivePolicy": json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 2})},
        )
        self.sqs.send_message(QueueUrl=self.url, MessageBody="poison")
        for _ in range(2):
            self.sqs.receive_message(QueueUrl=self.url, VisibilityTimeout=0)
        self.assertNotIn("Messages", self.sqs.receive_message(QueueUrl=self.url))
        (letter,) = self.sqs.receive_message(QueueUrl=dead)["Messages"]
        self.assertEqual(letter["Body"], "poison")
        self.assertEqual(self.sqs.list_dead_letter_source_queues(QueueUrl=dead)["queueUrls"], [self.url])

    def test_fifo(self) -> None:
        """Order within a group, one at a time, duplicates once."""
        url = self.sqs.create_queue(QueueName=f"{self.name}.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
        for number in [1, 1, 2]:
            self.sqs.send_message(
                QueueUrl=url, MessageBody=str(number), MessageGroupId="incident", MessageDeduplicationId=f"d{number}"
            )
        first = self.sqs.receive_message(QueueUrl=url)["Messages"]
        self.assertEqual([one["Body"] for one in first], ["1"])
        self.assertNotIn("Messages", self.sqs.receive_message(QueueUrl=url))
        self.sqs.delete_message(QueueUrl=url, ReceiptHandle=first[0]["ReceiptHandle"])
        rest = self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
        self.assertEqual([one["Body"] for one in rest], ["2"])

    def test_a_batch_and_a_long_poll(self) -> None:
        """Ten at a time; a waiting receiver is woken."""
        entries = [{"Id": str(number), "MessageBody": f"m{number}"} for number in range(3)]
        threading.Timer(0.3, lambda: self.sqs.send_message_batch(QueueUrl=self.url, Entries=entries)).start()
        started = time.monotonic()
        first = self.sqs.receive_message(QueueUrl=self.url, WaitTimeSeconds=10, MaxNumberOfMessages=10)["Messages"]
        self.assertLess(time.monotonic() - started, 5)
        self.assertTrue(first[0]["Body"].startswith("m"))

    def test_errors(self) -> None:
        """Codes that clients know."""
        with self.assertRaises(self.sqs.exceptions.QueueDoesNotExist) as caught:
            self.sqs.send_message(QueueUrl=self.url + "-none", MessageBody="x")
        self.assertEqual(caught.exception.response["Error"]["Code"], "AWS.SimpleQueueService.NonExistentQueue")
        with self.assertRaises(ClientError):
            self.sqs.create_queue(QueueName=self.name, Attributes={"VisibilityTimeout": "61"})
        with self.assertRaises(ClientError):
            self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle="nonsense")


class Receiver(BaseHTTPRequestHandler):
    """Keeps what is posted."""

    seen: list[dict[str, Any]] = []

    def do_POST(self) -> None:  # noqa: N802
        """Takes a message."""
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        self.seen.append({"type": self.headers["x-amz-sns-message-type"], "body": body})
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_args: object) -> None:
        """Says nothing."""


def eventually(check: Any, seconds: float = 30) -> Any:
    """Waits until a check gives something."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = check()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError("nothing came")


class TopicsTest(unittest.TestCase):
    """Topics of their own."""

    def setUp(self) -> None:
        """Makes a topic."""
        self.sns = client("sns")
        self.sqs = client("sqs")
        self.name = f"topic-{secrets.token_hex(4)}"
        self.topic = self.sns.create_topic(Name=self.name, Tags=[{"Key": "team", "Value": "ml"}])["TopicArn"]

    def queue(self, **attributes: str) -> tuple[str, str]:
        """A subscribed queue: its URL and the subscription."""
        name = f"{self.name}-{secrets.token_hex(3)}"
        url = self.sqs.create_queue(QueueName=name)["QueueUrl"]
        subscription = self.sns.subscribe(
            TopicArn=self.topic,
            Protocol="sqs",
            Endpoint=f"arn:aws:sqs:us-east-1:000000000000:{name}",
            Attributes=attributes,
        )["SubscriptionArn"]
        return url, subscription

    def received(self, url: str) -> list[str]:
        """Bodies that have come to a queue."""
        return [
            one["Body"]
            for one in self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages", [])
        ]

    def test_queues_get_what_passes_their_filter(self) -> None:
        """As an envelope, or raw."""
        everything, _ = self.queue()
        critical, subscription = self.queue(RawMessageDelivery="true", FilterPolicy=json.dumps({"severity": ["critical"]}))
        attributes = self.sns.get_subscription_attributes(SubscriptionArn=subscription)["Attributes"]
        self.assertEqual(attributes["RawMessageDelivery"], "true")
        for severity in ["minor", "critical"]:
            self.sns.publish(
                TopicArn=self.topic,
                Subject="finding",
                Message=f"a {severity} one",
                MessageAttributes={"severity": {"DataType": "String", "StringValue": severity}},
            )
        bodies = [json.loads(body) for body in self.received(everything)]
        self.assertEqual(sorted(body["Message"] for body in bodies), ["a critical one", "a minor one"])
        self.assertEqual(bodies[0]["Subject"], "finding")
        self.assertEqual(self.received(critical), ["a critical one"])

    def test_a_receiver_confirms_and_is_told(self) -> None:
        """HTTP on this machine."""
        server = HTTPServer(("127.0.0.1", 0), Receiver)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        Receiver.seen.clear()
        pending = self.sns.subscribe(
            TopicArn=self.topic, Protocol="http", Endpoint=f"http://127.0.0.1:{server.server_port}/hook"
        )
        self.assertEqual(pending["SubscriptionArn"], "pending confirmation")
        asked = json.loads(eventually(lambda: Receiver.seen and Receiver.seen[0])["body"])
        self.assertEqual(asked["Type"], "SubscriptionConfirmation")
        with urllib.request.urlopen(asked["SubscribeURL"]) as answer:
            self.assertIn(b"ConfirmSubscriptionResult", answer.read())
        self.sns.publish(TopicArn=self.topic, Message="hello")
        told = eventually(lambda: len(Receiver.seen) > 1 and Receiver.seen[1])
        self.assertEqual(json.loads(told["body"])["Message"], "hello")
        listed = self.sns.list_subscriptions_by_topic(TopicArn=self.topic)["Subscriptions"]
        self.assertTrue(listed[0]["SubscriptionArn"].startswith(self.topic))

    def test_what_is_wrong_or_elsewhere_is_refused(self) -> None:
        """Nothing leaves this machine."""
        with self.assertRaises(self.sns.exceptions.NotFoundException):
            self.sns.publish(TopicArn=self.topic + "x", Message="hello")
        for protocol, endpoint in [("https", "https://example.com"), ("http", "http://example.com"), ("sms", "+4912")]:
            with self.assertRaises(self.sns.exceptions.InvalidParameterException):
                self.sns.subscribe(TopicArn=self.topic, Protocol=protocol, Endpoint=endpoint)
        self.assertEqual(
            self.sns.list_tags_for_resource(ResourceArn=self.topic)["Tags"], [{"Key": "team", "Value": "ml"}]
        )
        self.sns.delete_topic(TopicArn=self.topic)
        self.assertNotIn({"TopicArn": self.topic}, self.sns.list_topics()["Topics"])


if __name__ == "__main__":
    unittest.main()
