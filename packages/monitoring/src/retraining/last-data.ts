import type { Readable } from "node:stream";
import type { S3 } from "@aws-sdk/client-s3";
import { MonitoringError } from "../errors";
import { type ListedObject, listObjects, openObject, placeOf } from "../lambda/objects";
import type { HistoryFile } from "./history";

/** The one file of a data set. */
export interface DataObject extends ListedObject {
  readonly bucket: string;
  readonly uri: string;
}

/**
 * The data that fresh rows are put beside: what the last run merged, with its fresh rows, unless the data of the parameters is newer
 * or the merged set has expired.
 *
 * @param merged - address that the newest run that succeeded was given. @default no run succeeded
 * @throws MonitoringError `data_missing` where neither is one file
 */
export async function lastData(
  s3: Pick<S3, "listObjectsV2">,
  { given, merged }: { readonly given: string; readonly merged?: string | undefined },
): Promise<DataObject> {
  const known = merged === undefined || merged === given ? undefined : await onlyFile(s3, merged);
  const base = await onlyFile(s3, given);
  if (known !== undefined && (base === undefined || base.written <= known.written)) return known;
  if (base !== undefined) return base;
  throw new MonitoringError("data_missing", `${given} does not hold one file`, { facts: { given } });
}

/** The file at an address, or in its folder as a training reads it: the only one, names that begin with a dot aside. */
async function onlyFile(s3: Pick<S3, "listObjectsV2">, address: string): Promise<DataObject | undefined> {
  const { bucket, key: prefix } = placeOf(address);
  const found: ListedObject[] = [];
  for await (const object of listObjects(s3, { bucket, prefix })) {
    if (object.key === prefix && !prefix.endsWith("/")) return { ...object, bucket, uri: address };
    const name = object.key.slice(prefix.length).replace(/^\//, "");
    const inside = prefix.endsWith("/") || object.key.startsWith(`${prefix}/`);
    if (inside && name !== "" && !name.startsWith(".")) found.push(object);
    if (found.length > 1) return undefined;
  }
  const [only] = found;
  return only === undefined ? undefined : { ...only, bucket, uri: address };
}

/** Opens a data set. @throws MonitoringError `data_missing` */
export async function openData(
  s3: Pick<S3, "getObject">,
  { bucket, key, uri, written }: DataObject,
): Promise<HistoryFile> {
  const content = await openObject(s3, { bucket, key });
  if (content === undefined)
    throw new MonitoringError("data_missing", `${uri} is not there any more`, { facts: { uri } });
  return { name: uri, written, content: content as Readable };
}
