"""Keys, buckets, secrets, and who may do what."""

import io
import json
import zipfile
from collections import defaultdict
from typing import Any, Callable

from aws import Cloud
from botocore.exceptions import ClientError
from engine import Made, makes

Properties = dict[str, Any]
#: Access logs that wait for the policy of the bucket that takes them.
UNLOGGED: dict[str, list[Callable[[], Any]]] = defaultdict(list)


@makes("AWS::KMS::Key")
def key(cloud: Cloud, _name: str, given: Properties) -> Made:
    kms = cloud.client("kms")
    asked = {"Description": given.get("Description", ""), "Policy": json.dumps(given["KeyPolicy"]), "Tags": kms_tags(given)}
    meta = kms.create_key(**asked)["KeyMetadata"]
    id = meta["KeyId"]
    if given.get("EnableKeyRotation"):
        kms.enable_key_rotation(KeyId=id)

    def change(now: Properties) -> None:
        kms.put_key_policy(KeyId=id, PolicyName="default", Policy=json.dumps(now["KeyPolicy"]))

    days = given.get("PendingWindowInDays", 30)
    remove = lambda: kms.schedule_key_deletion(KeyId=id, PendingWindowInDays=days)
    return Made(id, {"Arn": meta["Arn"], "KeyId": id}, remove, change)


def kms_tags(given: Properties) -> list[Properties]:
    return [{"TagKey": each["Key"], "TagValue": each["Value"]} for each in given.get("Tags", [])]


@makes("AWS::KMS::Alias", name="AliasName")
def alias(cloud: Cloud, name: str, given: Properties) -> Made:
    kms = cloud.client("kms")
    kms.create_alias(AliasName=name, TargetKeyId=given["TargetKeyId"])
    return Made(name, remove=lambda: kms.delete_alias(AliasName=name))


@makes("AWS::S3::Bucket", name="BucketName")
def bucket(cloud: Cloud, name: str, given: Properties) -> Made:
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": cloud.region})

    def put(now: Properties) -> None:
        rules = now["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        for rule in rules:
            rule["ApplyServerSideEncryptionByDefault"] = rule.pop("ServerSideEncryptionByDefault")
        s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": rules})
        s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=now["PublicAccessBlockConfiguration"])
        s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": now["Tags"]})
        if "VersioningConfiguration" in now:
            s3.put_bucket_versioning(Bucket=name, VersioningConfiguration=now["VersioningConfiguration"])
        if "OwnershipControls" in now:
            s3.put_bucket_ownership_controls(Bucket=name, OwnershipControls=now["OwnershipControls"])
        if "LifecycleConfiguration" in now:
            rules = [lifecycle(rule) for rule in now["LifecycleConfiguration"]["Rules"]]
            s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": rules})
        if "LoggingConfiguration" in now:
            told = now["LoggingConfiguration"]
            status = {"TargetBucket": told["DestinationBucketName"], "TargetPrefix": told["LogFilePrefix"]}
            log = lambda: s3.put_bucket_logging(Bucket=name, BucketLoggingStatus={"LoggingEnabled": status})
            # The policy names this bucket, so it comes later. S3 does not look at it before logs are delivered; moto does.
            try:
                log()
            except ClientError as error:
                if error.response["Error"]["Code"] != "InvalidTargetBucketForLogging":
                    raise
                UNLOGGED[status["TargetBucket"]].append(log)

    put(json.loads(json.dumps(given)))
    change = lambda now: put(json.loads(json.dumps(now)))
    return Made(name, {"Arn": f"arn:aws:s3:::{name}"}, lambda: s3.delete_bucket(Bucket=name), change)


def lifecycle(rule: Properties) -> Properties:
    """A rule's names in S3's own API."""
    asked: Properties = {"Status": rule["Status"], "Filter": {"Prefix": rule.get("Prefix", "")}}
    for name, inner in {"Id": "ID", "NoncurrentVersionExpiration": "NoncurrentVersionExpiration"}.items():
        if name in rule:
            asked[inner] = rule[name]
    if "ExpirationInDays" in rule:
        asked["Expiration"] = {"Days": rule["ExpirationInDays"]}
    if "ExpiredObjectDeleteMarker" in rule:
        asked["Expiration"] = {"ExpiredObjectDeleteMarker": rule["ExpiredObjectDeleteMarker"]}
    if "AbortIncompleteMultipartUpload" in rule:
        asked["AbortIncompleteMultipartUpload"] = rule["AbortIncompleteMultipartUpload"]
    left = rule.keys() - {"Status", "Prefix", "Id", "ExpirationInDays", "ExpiredObjectDeleteMarker"} - asked.keys()
    if left:
        raise ValueError(f"a lifecycle rule says {left}")
    return asked


@makes("AWS::S3::BucketPolicy")
def bucket_policy(cloud: Cloud, name: str, given: Properties) -> Made:
    s3, of = cloud.client("s3"), given["Bucket"]
    put = lambda now: s3.put_bucket_policy(Bucket=of, Policy=json.dumps(now["PolicyDocument"]))
    put(given)
    for log in UNLOGGED.pop(of, []):
        log()
    return Made(name, remove=lambda: s3.delete_bucket_policy(Bucket=of), change=put)


@makes("Custom::CDKBucketDeployment")
def bucket_deployment(cloud: Cloud, name: str, given: Properties) -> Made:
    """What CDK's function does: unpacks archives into a bucket. It needs no AWS to be run, but a container."""
    s3 = cloud.client("s3")

    def put(now: Properties) -> None:
        for source, object_key in zip(now["SourceBucketNames"], now["SourceObjectKeys"], strict=True):
            archive = s3.get_object(Bucket=source, Key=object_key)["Body"].read()
            with zipfile.ZipFile(io.BytesIO(archive)) as files:
                for each in files.namelist():
                    if not each.endswith("/"):
                        to = f"{now['DestinationBucketKeyPrefix']}/{each}"
                        s3.put_object(Bucket=now["DestinationBucketName"], Key=to, Body=files.read(each))

    put(given)
    return Made(name, remove=lambda: None, change=put)


@makes("AWS::SecretsManager::Secret", name="Name")
def secret(cloud: Cloud, name: str, given: Properties) -> Made:
    secrets, told = cloud.client("secretsmanager"), dict(given["GenerateSecretString"])
    template, place = told.pop("SecretStringTemplate"), told.pop("GenerateStringKey")
    value = {**json.loads(template), place: secrets.get_random_password(**told)["RandomPassword"]}
    asked = {"Name": name, "Description": given["Description"], "SecretString": json.dumps(value), "Tags": given["Tags"]}
    if "KmsKeyId" in given:
        asked["KmsKeyId"] = given["KmsKeyId"]
    arn = secrets.create_secret(**asked)["ARN"]
    remove = lambda: secrets.delete_secret(SecretId=arn, ForceDeleteWithoutRecovery=True)
    return Made(arn, {"Id": arn}, remove)


@makes("AWS::IAM::Role", name="RoleName")
def role(cloud: Cloud, name: str, given: Properties) -> Made:
    iam, name = cloud.client("iam"), name[:64]
    asked = {"Description": given.get("Description", ""), "Path": given.get("Path", "/"), "Tags": given.get("Tags", [])}
    trust = lambda now: json.dumps(now["AssumeRolePolicyDocument"])
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust(given), **asked)["Role"]["Arn"]
    written = {"policies": set(), "managed": set()}

    def put(now: Properties) -> None:
        inline = {each["PolicyName"]: each["PolicyDocument"] for each in now.get("Policies", [])}
        for policy, document in inline.items():
            iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=json.dumps(document))
        for policy in written["policies"] - inline.keys():
            iam.delete_role_policy(RoleName=name, PolicyName=policy)
        managed = set(now.get("ManagedPolicyArns", []))
        for policy in managed - written["managed"]:
            iam.attach_role_policy(RoleName=name, PolicyArn=policy)
        written.update(policies=set(inline), managed=managed)

    def change(now: Properties) -> None:
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=trust(now))
        put(now)

    def remove() -> None:
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
            iam.delete_role_policy(RoleName=name, PolicyName=policy)
        for policy in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
            iam.detach_role_policy(RoleName=name, PolicyArn=policy["PolicyArn"])
        iam.delete_role(RoleName=name)

    put(given)
    return Made(name, {"Arn": arn}, remove, change)


@makes("AWS::IAM::Policy")
def policy(cloud: Cloud, name: str, given: Properties) -> Made:
    iam, called = cloud.client("iam"), given["PolicyName"]

    def put(now: Properties) -> None:
        for each in now["Roles"]:
            iam.put_role_policy(RoleName=each, PolicyName=called, PolicyDocument=json.dumps(now["PolicyDocument"]))

    def remove() -> None:
        for each in given["Roles"]:
            if called in iam.list_role_policies(RoleName=each)["PolicyNames"]:
                iam.delete_role_policy(RoleName=each, PolicyName=called)

    put(given)
    return Made(name, remove=remove, change=put)
