import { createHash } from "node:crypto";
import { createReadStream, existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Checksum, type ChecksumAlgorithm, checksumAlgorithms, createChecksum } from "../protocol/checksum";
import type { IndexEvent, ObjectRecord } from "../services/s3/bucket-index";
import type { Findings } from "./findings";

/** Objects by bucket and key: what the journals of the buckets say is there. */
export type ObjectList = ReadonlyMap<string, ReadonlyMap<string, ObjectRecord>>;

/** Replays the journal of a bucket. */
export function objectsOf(events: readonly unknown[]): Map<string, ObjectRecord> {
  const records = new Map<string, ObjectRecord>();
  for (const event of events as readonly Partial<IndexEvent>[]) {
    if (event.put) records.set(event.put.key, event.put);
    else if (event.delete !== undefined) records.delete(event.delete);
  }
  return records;
}

/** Reads every object and holds it against what was recorded when it was put. */
export async function verifyObjects(stateDir: string, buckets: ObjectList, findings: Findings): Promise<void> {
  for (const [bucket, records] of buckets) {
    for (const record of records.values()) {
      findings.checked.objects += 1;
      const uri = `s3://${bucket}/${record.key}`;
      const file = join(stateDir, "objects", bucket, record.path);
      if (!existsSync(file) || !statSync(file).isFile())
        findings.add("object_missing", uri, `its file objects/${bucket}/${record.path} is not there`);
      else await verifyObject(file, uri, record, findings);
    }
  }
}

async function verifyObject(file: string, uri: string, record: ObjectRecord, findings: Findings): Promise<void> {
  // An etag that is not recorded yet belongs to a file that somebody laid there; it is read when first asked for.
  if (record.etag === "") return;
  const { size } = statSync(file);
  if (size !== record.size) {
    findings.add("object_changed", uri, `it has ${size} bytes and was put with ${record.size}`);
    return;
  }
  const sums = checksumsOf(record);
  const md5 = createHash("md5");
  for await (const chunk of createReadStream(file)) {
    md5.update(chunk as Buffer);
    for (const { sum } of sums) sum.update(chunk as Buffer);
  }
  const found = md5.digest("hex");
  // The etag of an upload in parts is no digest of the content.
  const wrong = !record.etag.includes("-") && found !== record.etag ? ["MD5"] : [];
  for (const { name, sum, wanted } of sums) if (sum.digest() !== wanted) wrong.push(name.toUpperCase());
  if (wrong.length > 0)
    findings.add("object_changed", uri, `its content is not what was put: ${wrong.join(" and ")} differ`);
}

function checksumsOf({ checksums = {}, checksumType }: ObjectRecord) {
  if (checksumType === "COMPOSITE") return [];
  return Object.entries(checksums).flatMap(([name, wanted]): { name: string; wanted: string; sum: Checksum }[] => {
    const known = (checksumAlgorithms as readonly string[]).includes(name);
    return known ? [{ name, wanted, sum: createChecksum(name as ChecksumAlgorithm) }] : [];
  });
}
