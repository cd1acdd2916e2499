"""Clients of moto's own API. moto takes the account of a request from a header; each thread works in one account at a time."""

import threading
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import boto3

URL = {"of": ""}
WORKING = threading.local()


def work_in(account: str) -> None:
    WORKING.account = account


@dataclass
class Cloud:
    """Where a resource is made, or looked for."""

    account: str
    region: str
    stack: str = ""

    def client(self, service: str) -> Any:
        return client_of(service, self.region)

    def arn(self, service: str, resource: str) -> str:
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"


@lru_cache
def client_of(service: str, region: str) -> Any:
    keys = {"aws_access_key_id": "key", "aws_secret_access_key": "secret"}
    client = boto3.client(service, region_name=region, endpoint_url=URL["of"], **keys)
    client.meta.events.register("before-sign.*.*", say_account)
    return client


def say_account(request: Any, **_: Any) -> None:
    request.headers["x-moto-account-id"] = WORKING.account
