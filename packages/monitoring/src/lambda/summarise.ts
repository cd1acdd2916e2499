import { SageMaker } from "@aws-sdk/client-sagemaker";
import { MonitoringError } from "../errors";
import { embeddedMetrics } from "../metrics/publish";
import { captureLines } from "../summary/capture-lines";
import { type CaptureObject, captureObjects } from "./capture-objects";
import { prefix, required, type Variables } from "./environment";
import { type GatheredVersion, Gathering } from "./gathering";
import { HourObjects } from "./hour-objects";
import { log, momentOf, type TimedEvent } from "./moment";
import { openObject, openS3 } from "./objects";
import { ReadObjects } from "./read-objects";
import { folderOf, openVersion, registeredVersions } from "./registry";

/** What an hour's run came to. */
export interface SummariseAnswer {
  readonly files: number;
  readonly predictions: number;
}

const HOUR_MS = 3_600_000;
/** Captures of so long ago are looked for: an hour that was missed is caught up with. */
const LOOK_BACK_HOURS = 48;
/** Work is left to the next run when so little time remains. */
const MARGIN_MS = 60_000;

/** The part of Lambda's context that is used. */
interface Context {
  getRemainingTimeInMillis?(): number;
}

/**
 * Adds what was captured since the last run to the hourly summaries of the versions that answered. A repeated run adds nothing,
 * one that did not take place is made up for by the next, and one that is ended early goes on where it stopped.
 *
 * @throws MonitoringError `environment_incomplete`; and as `openVersion` does for the serving version
 */
export async function handler(event: TimedEvent, context: Context = {}): Promise<SummariseAnswer> {
  const time = momentOf(event, new Date());
  const places = placesOf(process.env);
  const { model, bucket } = places;
  const s3 = openS3();
  const sagemaker = new SageMaker({});
  const versions = await registeredVersions({ sagemaker }, model);
  const damaged: string[] = [];
  const open = async (version: string): Promise<GatheredVersion> => {
    const arn = versions.arns.get(version) ?? "";
    const at = { version, arn, bucket, prefix: places.summaries };
    const watched = await openVersion({ sagemaker, s3 }, at);
    const own = `${places.summaries}/${folderOf(version, watched.baseline)}`;
    return { watched, hours: new HourObjects({ s3, bucket, prefix: own, baseline: watched.baseline }) };
  };
  if (versions.newest === undefined) {
    log({ summarised: 1, model, left: `The group ${model} has no version yet. Run its pipeline first.` });
    return { files: 0, predictions: 0 };
  }
  const gathering = new Gathering(await open(versions.newest), async (version) => {
    if (!versions.arns.has(version)) return undefined;
    try {
      return await open(version);
    } catch (error) {
      if (!(error instanceof MonitoringError)) throw error;
      log({ summarised: 1, model, version, left: error.message });
      return undefined;
    }
  });
  const from = new Date(Math.floor(time.getTime() / HOUR_MS) * HOUR_MS - LOOK_BACK_HOURS * HOUR_MS);
  const listed = await captureObjects(s3, { bucket, prefix: places.captures, from, to: time });
  const names = new Set(listed.map(({ key }) => key));
  const read = await ReadObjects.open(s3, { bucket, key: `${places.summaries}/read.json` });
  let files = 0;
  for (const batch of byHour(listed.filter(({ key }) => !read.has(key)))) {
    for (const object of batch) await add(object);
    await gathering.write();
    await read.save(
      batch.map(({ key }) => key),
      names,
    );
    files += batch.length;
    if ((context.getRemainingTimeInMillis?.() ?? Number.POSITIVE_INFINITY) < MARGIN_MS) break;
  }
  const { counts } = gathering;
  const predictions = Object.values(counts.predictions).reduce((sum, rows) => sum + rows, 0);
  log({ summarised: 1, model, at: time.toISOString(), files, ...counts, ...(damaged.length > 0 ? { damaged } : {}) });
  const metrics = embeddedMetrics({ values: { predictions }, properties: {} }, { model, at: time });
  if (metrics !== undefined) process.stdout.write(`${metrics}\n`);
  return { files, predictions };

  async function add(object: CaptureObject): Promise<void> {
    const body = await openObject(s3, { bucket, key: object.key });
    if (body === undefined) return;
    const ends = () => void damaged.push(object.key);
    const chunks = body as unknown as AsyncIterable<Uint8Array>;
    for await (const line of captureLines(chunks, ends)) await gathering.line(line, arrivalOf(object), object.key);
  }
}

/** Files of one hour at a time. */
function byHour(objects: readonly CaptureObject[]): CaptureObject[][] {
  const hours = new Map<string, CaptureObject[]>();
  for (const object of objects) hours.set(object.hour, [...(hours.get(object.hour) ?? []), object]);
  return [...hours.values()];
}

/** When the records of a file came: within the hour that its folder names, and no later than the file was written. */
function arrivalOf({ hour, written }: CaptureObject): Date {
  const end = Date.parse(hour) + HOUR_MS - 1;
  return new Date(written.getTime() > Date.parse(hour) ? Math.min(end, written.getTime()) : end);
}

function placesOf(variables: Variables) {
  const model = required(variables, "MODEL");
  return {
    model,
    bucket: required(variables, "BUCKET"),
    captures: prefix(variables, "CAPTURES"),
    summaries: `${prefix(variables, "SUMMARIES")}/${model}`,
  };
}
