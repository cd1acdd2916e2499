"""S3 as boto3 sees it."""

from __future__ import annotations

import base64
import datetime
import hashlib
import io
import json
import os
import secrets
import socket
import unittest
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlparse

from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError
from clients import ENDPOINT, client

ODD_KEYS = [
    "plain.txt",
    "a/b/c.csv",
    "spaces and + plus.txt",
    "ümläut/日本/😀.bin",
    "a//b///c",
    "folder/",
    "./dot/../dots/..",
    "..",
    "../../../etc/passwd",
    "percent%20%2F%.txt",
    "quote\"'`<>&;|?*:\\.txt",
    "tab\there\nnewline",
    "UPPER/lower",
    "upper/LOWER",
    "x" * 1024,
    "/leading/slash",
    ".hidden",
    "con",
    "trailing.dot.",
    "~tilde!(parens)'s",
    "e\u0301 decomposed",
    "\u00e9 composed",
    "a=b&c=d#frag",
]


class S3Test(unittest.TestCase):
    """Every test works in a bucket of its own."""

    def setUp(self) -> None:
        """Makes the bucket."""
        self.s3 = client("s3")
        self.bucket = f"test-{secrets.token_hex(6)}"
        self.s3.create_bucket(Bucket=self.bucket)

    def refuses(self, code: str, status: int, call: Any, **arguments: Any) -> ClientError:
        """Asserts that a call fails with an error code and an HTTP status."""
        with self.assertRaises(ClientError) as caught:
            call(**arguments)
        error = caught.exception
        self.assertEqual(error.response["Error"]["Code"], code)
        self.assertEqual(error.response["ResponseMetadata"]["HTTPStatusCode"], status)
        return error

    def put(self, key: str, body: bytes = b"x", **more: Any) -> Any:
        """Puts an object."""
        return self.s3.put_object(Bucket=self.bucket, Key=key, Body=body, **more)

    def body(self, key: str, **more: Any) -> bytes:
        """Reads an object."""
        return self.s3.get_object(Bucket=self.bucket, Key=key, **more)["Body"].read()

    def test_odd_keys_round_trip_and_are_listed_in_byte_order(self) -> None:
        """No key is refused, lost, merged with another or changed."""
        for number, key in enumerate(ODD_KEYS):
            self.put(key, f"{number}".encode())
        for number, key in enumerate(ODD_KEYS):
            self.assertEqual(self.body(key), f"{number}".encode(), key)
            self.assertEqual(self.s3.head_object(Bucket=self.bucket, Key=key)["ContentLength"], len(str(number)))
        listed = [one["Key"] for one in self.s3.list_objects_v2(Bucket=self.bucket)["Contents"]]
        self.assertEqual(listed, sorted(ODD_KEYS, key=lambda key: key.encode()))
        listed = [one["Key"] for one in self.s3.list_objects(Bucket=self.bucket)["Contents"]]
        self.assertEqual(listed, sorted(ODD_KEYS, key=lambda key: key.encode()))
        for key in ODD_KEYS:
            self.s3.delete_object(Bucket=self.bucket, Key=key)
        self.assertNotIn("Contents", self.s3.list_objects_v2(Bucket=self.bucket))
        self.s3.delete_bucket(Bucket=self.bucket)

    def test_a_key_may_be_file_and_prefix(self) -> None:
        """`a` and `a/b` live side by side, put in either order."""
        for first, second in [("a", "a/b"), ("c/d", "c"), ("e/f/g", "e/f")]:
            self.put(first, b"first")
            self.put(second, b"second")
            self.assertEqual(self.body(first), b"first")
            self.assertEqual(self.body(second), b"second")
            self.s3.delete_object(Bucket=self.bucket, Key=first)
            self.assertEqual(self.body(second), b"second")

    def test_sizes_round_trip_with_md5_as_etag(self) -> None:
        """Empty, small, at buffer borders and larger than them."""
        for size in [0, 1, 255, 256 * 1024, 256 * 1024 + 1, 3_000_001]:
            data = os.urandom(size)
            etag = self.put("data", data)["ETag"]
            self.assertEqual(etag, f'"{hashlib.md5(data).hexdigest()}"')
            self.assertEqual(self.body("data"), data)

    def test_ranges(self) -> None:
        """First bytes, last bytes, middle, beyond the end."""
        data = os.urandom(700_000)
        self.put("data", data)
        for text, expected in [
            ("bytes=0-0", data[:1]),
            ("bytes=100-299999", data[100:300_000]),
            ("bytes=699990-", data[-10:]),
            ("bytes=-5", data[-5:]),
            ("bytes=-800000", data),
            ("bytes=10-99999999", data[10:]),
        ]:
            answer = self.s3.get_object(Bucket=self.bucket, Key="data", Range=text)
            self.assertEqual(answer["ResponseMetadata"]["HTTPStatusCode"], 206)
            self.assertEqual(answer["Body"].read(), expected, text)
        self.refuses("InvalidRange", 416, self.s3.get_object, Bucket=self.bucket, Key="data", Range="bytes=700000-")

    def test_metadata_and_headers_come_back(self) -> None:
        """What was said about an object at put."""
        self.put(
            "data",
            b"x",
            ContentType="text/csv",
            CacheControl="no-store",
            ContentEncoding="gzip",
            ContentDisposition='attachment; filename="x.csv"',
            Metadata={"Owner": "churn team", "run": "42"},
        )
        head = self.s3.head_object(Bucket=self.bucket, Key="data")
        self.assertEqual(head["ContentType"], "text/csv")
        self.assertEqual(head["CacheControl"], "no-store")
        self.assertEqual(head["ContentEncoding"], "gzip")
        self.assertEqual(head["ContentDisposition"], 'attachment; filename="x.csv"')
        self.assertEqual(head["Metadata"], {"owner": "churn team", "run": "42"})
        self.assertLess(abs((datetime.datetime.now(datetime.timezone.utc) - head["LastModified"]).total_seconds()), 60)

    def test_conditions(self) -> None:
        """If-Match and If-None-Match, for reading and for writing."""
        etag = self.put("data", b"one")["ETag"]
        where = {"Bucket": self.bucket, "Key": "data"}
        self.assertEqual(self.s3.get_object(**where, IfMatch=etag)["Body"].read(), b"one")
        self.refuses("PreconditionFailed", 412, self.s3.get_object, **where, IfMatch='"other"')
        self.refuses("304", 304, self.s3.get_object, **where, IfNoneMatch=etag)
        self.refuses("304", 304, self.s3.head_object, **where, IfNoneMatch=etag)
        self.refuses("PreconditionFailed", 412, self.s3.put_object, **where, Body=b"two", IfNoneMatch="*")
        self.refuses("PreconditionFailed", 412, self.s3.put_object, **where, Body=b"two", IfMatch='"other"')
        self.assertEqual(self.body("data"), b"one")
        self.s3.put_object(**where, Body=b"two", IfMatch=etag)
        self.assertEqual(self.body("data"), b"two")
        self.s3.put_object(Bucket=self.bucket, Key="new", Body=b"x", IfNoneMatch="*")
        self.refuses("NoSuchKey", 404, self.s3.put_object, Bucket=self.bucket, Key="none", Body=b"x", IfMatch=etag)

    def test_checksums_are_verified(self) -> None:
        """A wrong digest stores nothing."""
        for algorithm in ["CRC32", "SHA1", "SHA256"]:
            answer = self.put(f"with-{algorithm}", b"hello world", ChecksumAlgorithm=algorithm)
            self.assertIn(f"Checksum{algorithm}", answer)
            got = self.s3.get_object(Bucket=self.bucket, Key=f"with-{algorithm}", ChecksumMode="ENABLED")
            self.assertEqual(got["Body"].read(), b"hello world")
            self.assertEqual(got[f"Checksum{algorithm}"], answer[f"Checksum{algorithm}"])
        wrong = base64.b64encode(hashlib.sha256(b"other").digest()).decode()
        where = {"Bucket": self.bucket, "Key": "bad"}
        self.refuses("BadDigest", 400, self.s3.put_object, **where, Body=b"x", ChecksumSHA256=wrong)
        self.refuses("BadDigest", 400, self.s3.put_object, **where, Body=b"x", ChecksumCRC32="AAAAAA==")
        wrong_md5 = base64.b64encode(hashlib.md5(b"other").digest()).decode()
        self.refuses("BadDigest", 400, self.s3.put_object, **where, Body=b"x", ContentMD5=wrong_md5)
        self.refuses("404", 404, self.s3.head_object, **where)

    def test_known_checksum_values(self) -> None:
        """CRC-32C and CRC-64/NVME of the usual check text."""
        for name, value in [("CRC32C", "4waSgw=="), ("CRC64NVME", "rosUhgp5mIg="), ("CRC32", "y/Q5Jg==")]:
            self.put("check", b"123456789", **{f"Checksum{name}": value})
            self.assertEqual(self.body("check"), b"123456789")
            wrong = {f"Checksum{name}": base64.b64encode(bytes(len(base64.b64decode(value)))).decode()}
            self.refuses("BadDigest", 400, self.s3.put_object, Bucket=self.bucket, Key="check", Body=b"1", **wrong)

    def test_signed_and_unsigned_chunks(self) -> None:
        """aws-chunked bodies with a trailing checksum, as sent for streams over HTTPS."""
        trailing = client("s3", s3={"payload_signing_enabled": False}, request_checksum_calculation="when_supported")
        data = os.urandom(200_000)
        trailing.put_object(Bucket=self.bucket, Key="stream", Body=io.BytesIO(data))
        self.assertEqual(self.body("stream"), data)
        raw = b"5\r\nhello\r\n6\r\n world\r\n0\r\nx-amz-checksum-crc32:DUoRhQ==\r\n\r\n"
        headers = {
            "content-encoding": "aws-chunked",
            "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
            "x-amz-decoded-content-length": "11",
            "x-amz-trailer": "x-amz-checksum-crc32",
        }
        url = f"{ENDPOINT}/{self.bucket}/chunked"
        urllib.request.urlopen(urllib.request.Request(url, data=raw, headers=headers, method="PUT"))
        self.assertEqual(self.body("chunked"), b"hello world")
        self.assertNotIn("ContentEncoding", self.s3.head_object(Bucket=self.bucket, Key="chunked"))
        bad = raw.replace(b"DUoRhQ==", b"AAAAAA==")
        with self.assertRaises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(urllib.request.Request(url, data=bad, headers=headers, method="PUT"))
        self.assertEqual(caught.exception.code, 400)
        self.assertEqual(self.body("chunked"), b"hello world")

    def test_list_pages_cover_everything_once(self) -> None:
        """Pagination with and without delimiter, any page size."""
        keys = [f"{folder}/{number:03d}" for folder in "abc" for number in range(7)] + ["root1", "root2", "b"]
        for key in keys:
            self.put(key)
        keys.sort()
        for operation in ["list_objects_v2", "list_objects"]:
            for size in [1, 2, 3, 5, 100]:
                pages = self.s3.get_paginator(operation).paginate(Bucket=self.bucket, PaginationConfig={"PageSize": size})
                self.assertEqual([one["Key"] for page in pages for one in page.get("Contents", [])], keys)
                found = []
                for page in self.s3.get_paginator(operation).paginate(
                    Bucket=self.bucket, Delimiter="/", PaginationConfig={"PageSize": size}
                ):
                    self.assertLessEqual(len(page.get("Contents", [])) + len(page.get("CommonPrefixes", [])), size)
                    found += [one["Key"] for one in page.get("Contents", [])]
                    found += [one["Prefix"] for one in page.get("CommonPrefixes", [])]
                self.assertEqual(sorted(found), ["a/", "b", "b/", "c/", "root1", "root2"])
        answer = self.s3.list_objects_v2(Bucket=self.bucket, Prefix="b/", StartAfter="b/003", MaxKeys=2)
        self.assertEqual([one["Key"] for one in answer["Contents"]], ["b/004", "b/005"])
        self.assertTrue(answer["IsTruncated"])
        self.assertEqual(answer["KeyCount"], 2)

    def test_delete_many(self) -> None:
        """DeleteObjects, also of keys that are not there."""
        for number in range(20):
            self.put(f"k/{number} &<>")
        wanted = [{"Key": f"k/{number} &<>"} for number in range(15)] + [{"Key": "none"}]
        answer = self.s3.delete_objects(Bucket=self.bucket, Delete={"Objects": wanted})
        self.assertEqual(len(answer["Deleted"]), 16)
        self.assertEqual(self.s3.list_objects_v2(Bucket=self.bucket)["KeyCount"], 5)
        quiet = self.s3.delete_objects(Bucket=self.bucket, Delete={"Objects": [{"Key": "k/15 &<>"}], "Quiet": True})
        self.assertNotIn("Deleted", quiet)

    def test_copy(self) -> None:
        """Between buckets, with and without its metadata."""
        self.put("source/é +.txt", b"content", Metadata={"a": "1"}, ContentType="text/plain")
        other = f"{self.bucket}-other"
        self.s3.create_bucket(Bucket=other)
        source = {"Bucket": self.bucket, "Key": "source/é +.txt"}
        answer = self.s3.copy_object(Bucket=other, Key="copy", CopySource=source)
        self.assertEqual(answer["CopyObjectResult"]["ETag"], f'"{hashlib.md5(b"content").hexdigest()}"')
        head = self.s3.head_object(Bucket=other, Key="copy")
        self.assertEqual((head["Metadata"], head["ContentType"]), ({"a": "1"}, "text/plain"))
        self.s3.copy_object(
            Bucket=other, Key="copy", CopySource=source, MetadataDirective="REPLACE", Metadata={"b": "2"}
        )
        self.assertEqual(self.s3.head_object(Bucket=other, Key="copy")["Metadata"], {"b": "2"})
        self.refuses("NoSuchKey", 404, self.s3.copy_object, Bucket=other, Key="x", CopySource=f"{self.bucket}/none")
        self.refuses("InvalidRequest", 400, self.s3.copy_object, Bucket=other, Key="copy", CopySource=f"{other}/copy")

    def test_multipart_through_the_transfer_manager(self) -> None:
        """upload_fileobj, download_fileobj and copy with several parts at once."""
        data = os.urandom(17 * 1024 * 1024 + 5)
        config = TransferConfig(multipart_threshold=6 * 1024 * 1024, multipart_chunksize=5 * 1024 * 1024, max_concurrency=4)
        self.s3.upload_fileobj(io.BytesIO(data), self.bucket, "big", Config=config, ExtraArgs={"Metadata": {"a": "b"}})
        head = self.s3.head_object(Bucket=self.bucket, Key="big")
        digests = b"".join(
            hashlib.md5(data[start : start + 5 * 1024 * 1024]).digest() for start in range(0, len(data), 5 * 1024 * 1024)
        )
        self.assertEqual(head["ETag"], f'"{hashlib.md5(digests).hexdigest()}-4"')
        self.assertEqual(head["Metadata"], {"a": "b"})
        target = io.BytesIO()
        self.s3.download_fileobj(self.bucket, "big", target, Config=config)
        self.assertEqual(target.getvalue(), data)
        self.s3.copy({"Bucket": self.bucket, "Key": "big"}, self.bucket, "big-copy", Config=config)
        self.assertEqual(self.body("big-copy"), data)

    def test_multipart_by_hand(self) -> None:
        """Parts in any order, replaced, listed, refused, aborted."""
        where = {"Bucket": self.bucket, "Key": "hand"}
        upload = self.s3.create_multipart_upload(**where)["UploadId"]
        five = os.urandom(5 * 1024 * 1024)
        last = self.s3.upload_part(**where, UploadId=upload, PartNumber=7, Body=b"end")["ETag"]
        self.s3.upload_part(**where, UploadId=upload, PartNumber=2, Body=b"replaced")
        first = self.s3.upload_part(**where, UploadId=upload, PartNumber=2, Body=five)["ETag"]
        listed = self.s3.list_parts(**where, UploadId=upload)["Parts"]
        self.assertEqual([(one["PartNumber"], one["Size"]) for one in listed], [(2, len(five)), (7, 3)])
        self.assertEqual(self.s3.list_multipart_uploads(Bucket=self.bucket)["Uploads"][0]["Key"], "hand")
        complete = self.s3.complete_multipart_upload

        def parts(*chosen: tuple[int, str]) -> dict[str, Any]:
            return {"Parts": [{"PartNumber": number, "ETag": etag} for number, etag in chosen]}

        self.refuses("InvalidPartOrder", 400, complete, **where, UploadId=upload, MultipartUpload=parts((7, last), (2, first)))
        self.refuses("InvalidPart", 400, complete, **where, UploadId=upload, MultipartUpload=parts((2, last)))
        complete(**where, UploadId=upload, MultipartUpload=parts((2, first), (7, last)))
        self.assertEqual(self.body("hand"), five + b"end")
        self.refuses("NoSuchUpload", 404, self.s3.list_parts, **where, UploadId=upload)
        again = self.s3.create_multipart_upload(**where)["UploadId"]
        small = [(n, self.s3.upload_part(**where, UploadId=again, PartNumber=n, Body=b"s")["ETag"]) for n in (1, 2)]
        self.refuses("EntityTooSmall", 400, complete, **where, UploadId=again, MultipartUpload=parts(*small))
        self.s3.abort_multipart_upload(**where, UploadId=again)
        self.assertNotIn("Uploads", self.s3.list_multipart_uploads(Bucket=self.bucket))

    def test_errors(self) -> None:
        """Codes, statuses and texts that clients look at."""
        missing = {"Bucket": self.bucket, "Key": "none"}
        error = self.refuses("NoSuchKey", 404, self.s3.get_object, **missing)
        self.assertIsInstance(error, self.s3.exceptions.NoSuchKey)
        self.assertEqual(error.response["Error"]["Key"], "none")
        self.assertEqual(self.refuses("404", 404, self.s3.head_object, **missing).response["Error"]["Message"], "Not Found")
        self.refuses("NoSuchBucket", 404, self.s3.list_objects_v2, Bucket="no-such-bucket-here")
        self.refuses("NoSuchBucket", 404, self.s3.put_object, Bucket="no-such-bucket-here", Key="a", Body=b"")
        self.refuses("404", 404, self.s3.head_bucket, Bucket="no-such-bucket-here")
        self.refuses("InvalidBucketName", 400, self.s3.create_bucket, Bucket="a..b")
        self.put("x")
        self.refuses("BucketNotEmpty", 409, self.s3.delete_bucket, Bucket=self.bucket)
        self.refuses("KeyTooLongError", 400, self.s3.put_object, Bucket=self.bucket, Key="k" * 1025, Body=b"")
        refused = self.refuses("NotImplemented", 501, self.s3.get_bucket_policy, Bucket=self.bucket)
        self.assertIn("GetBucketPolicy is not emulated", str(refused))
        self.assertEqual(self.s3.delete_object(**missing)["ResponseMetadata"]["HTTPStatusCode"], 204)

    def test_buckets(self) -> None:
        """Created, listed, located, created again."""
        self.assertIn(self.bucket, [one["Name"] for one in self.s3.list_buckets()["Buckets"]])
        self.assertIsNone(self.s3.get_bucket_location(Bucket=self.bucket)["LocationConstraint"])
        self.s3.create_bucket(Bucket=self.bucket)
        self.assertEqual(self.s3.head_bucket(Bucket=self.bucket)["BucketRegion"], "us-east-1")

    def test_virtual_host_style_and_presigned_urls(self) -> None:
        """The bucket in the host's name; a URL that works without a client."""
        self.put("hosted", b"by host")
        address = urlparse(ENDPOINT)
        with socket.create_connection((address.hostname, address.port)) as connection:
            host = f"{self.bucket}.s3.localhost:{address.port}"
            connection.sendall(f"GET /hosted HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
        self.assertTrue(answer.startswith(b"HTTP/1.1 200"), answer[:200])
        self.assertTrue(answer.endswith(b"by host"))
        url = self.s3.generate_presigned_url("get_object", Params={"Bucket": self.bucket, "Key": "hosted"})
        with urllib.request.urlopen(url) as response:
            self.assertEqual(response.read(), b"by host")

    def test_a_foreign_host_is_refused(self) -> None:
        """A web page that points its own name to 127.0.0.1 gets nothing."""
        request = urllib.request.Request(f"{ENDPOINT}/{self.bucket}", headers={"Host": "evil.example"})
        with self.assertRaises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(request)
        self.assertEqual(caught.exception.code, 403)
        self.assertIn("evil.example", json.loads(caught.exception.read())["message"])

    def test_a_broken_upload_stores_nothing(self) -> None:
        """The connection ends in the middle of the body."""
        self.put("kept", b"old")
        address = urlparse(ENDPOINT)
        with socket.create_connection((address.hostname, address.port)) as connection:
            connection.sendall(
                f"PUT /{self.bucket}/kept HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nhalf".encode()
            )
        self.assertEqual(self.body("kept"), b"old")

    def test_a_wrong_xml_document_is_refused(self) -> None:
        """Entities are not expanded, documents of another kind are not read."""
        bomb = b'<!DOCTYPE d [<!ENTITY a "aaaa">]><Delete><Object><Key>&a;</Key></Object></Delete>'
        for body in [bomb, b"<Delete>", b"<Other/>", b"not xml"]:
            request = urllib.request.Request(f"{ENDPOINT}/{self.bucket}?delete", data=body, method="POST")
            with self.assertRaises(urllib.error.HTTPError) as caught:
                urllib.request.urlopen(request)
            self.assertEqual(caught.exception.code, 400)
            self.assertIn(b"MalformedXML", caught.exception.read())


if __name__ == "__main__":
    unittest.main()
