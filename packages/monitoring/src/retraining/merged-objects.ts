import { createHash, randomUUID } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { S3 } from "@aws-sdk/client-s3";
import { listObjects, readObject } from "../lambda/objects";
import { type DataObject, openData } from "./last-data";
import { type MergeRequest, type MergeSummary, mergeData } from "./merge-data";

/** What a training was given, as it is remembered by the token of its start. */
export interface RememberedData {
  /** @default the data of the parameters */
  readonly uri?: string;
  /** What was done, for people. */
  readonly sentence: string;
}

/** Where merged data sets are kept, and what was merged for which start. */
export interface MergedPlace {
  readonly bucket: string;
  /** Without a slash at the end. */
  readonly prefix: string;
  readonly model: string;
}

/** What is merged with a data set, and where the whole goes. */
export interface BaseMerge extends Omit<MergeRequest, "history"> {
  readonly base: DataObject;
  readonly place: MergedPlace;
  /** Throws where the data set cannot be read; called when there is something to put beside it. */
  check?(base: DataObject): void;
}

/** What a training reads: the merged data, or the data set as it was. */
export interface BaseMerged extends MergeSummary {
  readonly uri: string;
}

/** Puts fresh rows beside a data set, and stores the whole as {@link storeMerged} does. */
export async function mergeWithBase(
  s3: Pick<S3, "getObject" | "putObject" | "listObjectsV2">,
  { base, place, check, ...request }: BaseMerge,
): Promise<BaseMerged> {
  const history = async () => {
    check?.(base);
    return openData(s3, base);
  };
  const { csv, summary } = await mergeData({ ...request, history });
  return { ...summary, uri: csv === undefined ? base.uri : await storeMerged(s3, csv, place) };
}

/** Whether an address is of a merged data set. */
export function isMerged(uri: string | undefined, { bucket, prefix }: Omit<MergedPlace, "model">): uri is string {
  return uri?.startsWith(`s3://${bucket}/${prefix}/`) === true;
}

/**
 * Stores a data set under an address made from its content: the same rows have the same address for ever, so that a step over them
 * keeps its cache key. The text goes through a file, as it may be larger than the memory.
 *
 * @returns `s3://BUCKET/PREFIX/<sha256>/MODEL-merged.csv`
 */
async function storeMerged(
  s3: Pick<S3, "putObject" | "listObjectsV2">,
  csv: Iterable<string>,
  { bucket, prefix, model }: MergedPlace,
): Promise<string> {
  const file = join(tmpdir(), `merged-${randomUUID()}.csv`);
  const hash = createHash("sha256");
  let bytes = 0;
  const hashed = function* () {
    for (const text of csv) {
      const piece = Buffer.from(text);
      hash.update(piece);
      bytes += piece.byteLength;
      yield piece;
    }
  };
  try {
    await pipeline(Readable.from(hashed()), createWriteStream(file, { mode: 0o600 }));
    const Key = `${prefix}/${hash.digest("hex")}/${model}-merged.csv`;
    // Most often asked again for the same rows: a body that is read while it is sent is no good for finding out.
    for await (const { key } of listObjects(s3, { bucket, prefix: Key }))
      if (key === Key) return `s3://${bucket}/${Key}`;
    const Body = createReadStream(file);
    await s3
      .putObject({ Bucket: bucket, Key, Body, ContentLength: bytes, ContentType: "text/csv", IfNoneMatch: "*" })
      .catch(thereAlready);
    return `s3://${bucket}/${Key}`;
  } finally {
    await rm(file, { force: true });
  }
}

/** What a start was given before. @default undefined where it is new */
export async function remembered(
  s3: Pick<S3, "getObject">,
  token: string,
  place: MergedPlace,
): Promise<RememberedData | undefined> {
  const bytes = await readObject(s3, { bucket: place.bucket, key: keyOf(token, place) });
  if (bytes === undefined) return undefined;
  const { uri, sentence } = JSON.parse(Buffer.from(bytes).toString("utf8")) as RememberedData;
  return { ...(uri === undefined ? {} : { uri }), sentence };
}

/** Remembers what a start is given. Of two at once the first counts for both. */
export async function remember(
  s3: Pick<S3, "getObject" | "putObject">,
  { token, data, place }: { readonly token: string; readonly data: RememberedData; readonly place: MergedPlace },
): Promise<RememberedData> {
  const Body = JSON.stringify({ format: 1, ...data });
  const at = { Bucket: place.bucket, Key: keyOf(token, place) };
  await s3.putObject({ ...at, Body, ContentType: "application/json", IfNoneMatch: "*" }).catch(thereAlready);
  return (await remembered(s3, token, place)) ?? data;
}

const keyOf = (token: string, { prefix, model }: MergedPlace): string => `${prefix}/starts/${model}-${token}.json`;

function thereAlready(error: Error): void {
  if (error.name !== "PreconditionFailed" && error.name !== "ConditionalRequestConflict") throw error;
}
