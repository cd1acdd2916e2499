import type { S3 } from "@aws-sdk/client-s3";
import { type ListedObject, listFolders, listObjects } from "./objects";

/** An object with captured records. */
export interface CaptureObject extends ListedObject {
  /** The hour that its folder is named after, ISO 8601. */
  readonly hour: string;
}

/** Folders between the prefix and the years, such as an endpoint's name and a variant's. */
const DEEPEST = 3;

/**
 * Captures of the days that a span touches, oldest hour first. Hours lie as `yyyy/mm/dd/hh/` under the prefix, or under folders
 * in it, as SageMaker's data capture puts them; only the days that are asked for are listed.
 */
export async function captureObjects(
  s3: Pick<S3, "listObjectsV2">,
  { bucket, prefix, from, to }: { bucket: string; prefix: string; from: Date; to: Date },
): Promise<CaptureObject[]> {
  const found: CaptureObject[] = [];
  for (const root of await rootsOf(s3, bucket, `${prefix}/`, DEEPEST)) {
    for (const day of daysOf(from, to)) {
      for await (const object of listObjects(s3, { bucket, prefix: `${root}${day}/` })) {
        const [, hour] = /\/(\d\d)\/[^/]+$/.exec(object.key) ?? [];
        if (hour === undefined || object.bytes === 0) continue;
        found.push({ ...object, hour: `${day.replaceAll("/", "-")}T${hour}:00:00.000Z` });
      }
    }
  }
  return found
    .filter(({ hour }) => Date.parse(hour) >= from.getTime() && Date.parse(hour) <= to.getTime())
    .sort((a, b) => (a.hour === b.hour ? (a.key < b.key ? -1 : 1) : a.hour < b.hour ? -1 : 1));
}

/** Folders that hold years. */
async function rootsOf(s3: Pick<S3, "listObjectsV2">, bucket: string, prefix: string, deep: number): Promise<string[]> {
  const folders = await listFolders(s3, { bucket, prefix });
  const years = folders.filter((folder) => /\/\d{4}\/$/.test(folder));
  const others = folders.filter((folder) => !years.includes(folder));
  const below = deep === 0 ? [] : await Promise.all(others.map((folder) => rootsOf(s3, bucket, folder, deep - 1)));
  return [...(years.length > 0 ? [prefix] : []), ...below.flat()];
}

/** `2026/11/21`, each day of a span. */
function daysOf(from: Date, to: Date): string[] {
  const days: string[] = [];
  for (let day = Math.floor(from.getTime() / DAY_MS) * DAY_MS; day <= to.getTime(); day += DAY_MS)
    days.push(new Date(day).toISOString().slice(0, 10).replaceAll("-", "/"));
  return days;
}

const DAY_MS = 86_400_000;
