import { createWriteStream, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { GetObjectCommand } from "@aws-sdk/client-s3";
import type { Contract } from "@sagewright/contract";
import { type FreshRules, type MergeSummary, mergeData } from "@sagewright/monitoring";
import { uploadData } from "@sagewright/sagemaker";
import type { Session } from "../../session";
import { type CaptureSource, recordFiles } from "../capture-files";

/** What a training gets to read. */
export interface MergedData extends MergeSummary {
  /** @default absent: the data of the last run, as it was */
  readonly uri?: string;
}

/** What is merged. */
export interface MergeRequest {
  readonly captures: CaptureSource;
  /** What really happened. */
  readonly groundTruth: CaptureSource;
  readonly contract: Contract;
  /** Data of the last run, `s3://BUCKET/KEY`. */
  readonly uri: string;
  readonly group: string;
  readonly rules: FreshRules;
  readonly now: Date;
}

/** Puts what was predicted and labelled since beside the data of the last run, and stores the whole in its bucket. */
export async function mergedData(
  session: Pick<Session, "clients">,
  { captures, groundTruth, uri, group, ...request }: MergeRequest,
): Promise<MergedData> {
  const [, bucket = "", key = ""] = /^s3:\/\/([^/]+)\/(.+)$/.exec(uri) ?? [];
  const { summary, csv } = await mergeData({
    ...request,
    captures: recordFiles(captures),
    groundTruth: recordFiles(groundTruth),
    history: async () => {
      const found = await session.clients.s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      return { name: uri, written: found.LastModified ?? new Date(0), content: found.Body as Readable };
    },
  });
  if (csv === undefined) return summary;
  return { uri: await store(session, { name: `${group}-merged.csv`, bucket, csv }), ...summary };
}

async function store(
  { clients }: Pick<Session, "clients">,
  { name, bucket, csv }: { name: string; bucket: string; csv: Iterable<string> },
): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "sagewright-merged-"));
  try {
    const file = join(folder, name);
    await pipeline(Readable.from(csv), createWriteStream(file, { mode: 0o600 }));
    return (await uploadData(clients, { bucket, file })).uri;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
