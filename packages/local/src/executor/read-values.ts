import { readFile } from "node:fs/promises";
import { type Json, parsePath, valueAtPath } from "@sagewright/pipeline";
import type { Objects } from "../services/s3/objects";
import type { ReadRequest } from "./reducer/state";
import { StepFailure } from "./step-failure";

/**
 * Reads values out of JSON documents in S3, each document once.
 * @returns values by the keys of the requests
 * @throws StepFailure when a document or a value is missing
 */
export async function readValues(objects: Objects, reads: readonly ReadRequest[]): Promise<Record<string, unknown>> {
  const documents = new Map<string, Promise<Json>>();
  const values: Record<string, unknown> = {};
  for (const { key, uri, path } of reads) {
    const document = documents.get(uri) ?? readDocument(objects, uri);
    documents.set(uri, document);
    const segments = parsePath(path);
    const value = segments && valueAtPath(await document, segments);
    if (value === undefined) {
      throw new StepFailure(`${uri} has no value at ${path}. Check the path against the file that the step wrote.`);
    }
    values[key] = value;
  }
  return values;
}

async function readDocument(objects: Objects, uri: string): Promise<Json> {
  const place = parseS3Uri(uri);
  const found = place && (await objects.get(place.bucket, place.key));
  if (!found) throw new StepFailure(`${uri} does not exist. The step before did not write this file.`);
  try {
    return JSON.parse(await readFile(found.file, "utf8")) as Json;
  } catch (cause) {
    throw new StepFailure(`${uri} cannot be read as JSON: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

/** Bucket and key (or prefix) of an S3 URI. */
export function parseS3Uri(uri: string): { bucket: string; key: string } | undefined {
  const [, bucket, key] = /^s3:\/\/([^/]+)\/?(.*)$/s.exec(uri) ?? [];
  return bucket === undefined ? undefined : { bucket, key: key ?? "" };
}
