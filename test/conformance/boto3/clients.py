"""Clients of the cloud under test; its address comes from the environment."""

from __future__ import annotations

import os
from typing import Any

import boto3
from botocore.config import Config

ENDPOINT = os.environ["SAGEWRIGHT_ENDPOINT"]


def client(service: str, **config: Any) -> Any:
    """A boto3 client for the cloud under test.

    Args:
        service: Name of the AWS service.
        **config: Passed to botocore's ``Config``.

    Returns:
        The client. It does not retry, so that a test sees every failure.
    """
    return boto3.client(
        service,
        endpoint_url=ENDPOINT,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}, **config),
    )
