import type {
  CreateBucketOutput,
  CreateBucketRequest,
  DeleteBucketRequest,
  GetBucketLocationOutput,
  GetBucketLocationRequest,
  GetBucketVersioningOutput,
  GetBucketVersioningRequest,
  HeadBucketOutput,
  HeadBucketRequest,
  ListBucketsOutput,
  ListBucketsRequest,
} from "@aws-sdk/client-s3";
import { ServiceError } from "../../errors";
import { type OperationTable, operation } from "../../service";
import { checkBucketName } from "./names";
import type { ObjectStore } from "./object-store";

/** CreateBucket, HeadBucket, ListBuckets, DeleteBucket, GetBucketLocation, GetBucketVersioning. */
export function bucketOperations(objects: ObjectStore, region: string): OperationTable {
  return {
    CreateBucket: operation<CreateBucketRequest, CreateBucketOutput>(async (input) => {
      const bucket = input.Bucket as string;
      checkBucketName(bucket);
      if (objects.buckets.has(bucket)) {
        // As in AWS: creating one's own bucket again is an error everywhere but in us-east-1.
        if (region !== "us-east-1") throw ownedByYou(bucket);
      } else await objects.createBucket(bucket);
      return { Location: `/${bucket}`, BucketArn: `arn:aws:s3:::${bucket}` };
    }),
    HeadBucket: operation<HeadBucketRequest, HeadBucketOutput>((input) => {
      objects.index(input.Bucket as string);
      return { BucketRegion: region, BucketArn: `arn:aws:s3:::${input.Bucket}`, AccessPointAlias: false };
    }),
    ListBuckets: operation<ListBucketsRequest, ListBucketsOutput>((input) => {
      const prefix = input.Prefix ?? "";
      const all = objects.buckets
        .values()
        .filter(
          ({ name }) =>
            name.startsWith(prefix) && (input.ContinuationToken === undefined || name > input.ContinuationToken),
        )
        .sort((a, b) => (a.name < b.name ? -1 : 1));
      const page = all.slice(0, input.MaxBuckets ?? all.length);
      return {
        Buckets: page.map(({ name, created }) => ({
          Name: name,
          CreationDate: new Date(created),
          BucketRegion: region,
        })),
        Owner: { ID: "sagewright" },
        ...(input.Prefix === undefined ? {} : { Prefix: prefix }),
        ...(page.length < all.length ? { ContinuationToken: page.at(-1)?.name ?? "" } : {}),
      };
    }),
    DeleteBucket: operation<DeleteBucketRequest, object>(async (input) => {
      const bucket = input.Bucket as string;
      if (objects.index(bucket).size > 0) throw notEmpty(bucket);
      await objects.deleteBucket(bucket);
      return {};
    }),
    GetBucketLocation: operation<GetBucketLocationRequest, GetBucketLocationOutput>((input) => {
      objects.index(input.Bucket as string);
      return region === "us-east-1" ? {} : { LocationConstraint: region as "eu-west-1" };
    }),
    GetBucketVersioning: operation<GetBucketVersioningRequest, GetBucketVersioningOutput>((input) => {
      objects.index(input.Bucket as string);
      return {};
    }),
  };
}

const ownedByYou = (bucket: string) =>
  new ServiceError(
    "BucketAlreadyOwnedByYou",
    "Your previous request to create the named bucket succeeded and you already own it.",
    { status: 409, facts: { BucketName: bucket } },
  );

const notEmpty = (bucket: string) =>
  new ServiceError("BucketNotEmpty", "The bucket you tried to delete is not empty", {
    status: 409,
    facts: { BucketName: bucket },
  });
