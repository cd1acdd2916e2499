import { randomUUID } from "node:crypto";
import type { DataCaptureConfig } from "@aws-sdk/client-sagemaker";
import { parseS3Uri } from "../../../../jobs/s3-uri";
import type { RoomDeps } from "../../../../room";
import { captureFolder, captureRecord, type Exchange } from "./capture-record";

/** Where an exchange belongs. */
export interface CapturePlace {
  readonly endpoint: string;
  readonly variant: string;
  readonly config: DataCaptureConfig;
}

/** Keeps a share of requests and answers in S3. */
export interface DataCapture {
  /** Whether the next request is to be kept, by the sampling percentage. */
  samples(config: DataCaptureConfig | undefined): config is DataCaptureConfig;
  /** Takes an exchange; it reaches S3 a moment later. */
  take(place: CapturePlace, exchange: Exchange): void;
  /** Writes what has not reached S3 yet. */
  close(): Promise<void>;
}

/** How captures are collected. */
export interface CaptureSettings {
  /** How long exchanges are collected for one file, by the cloud's clock. @default 5 seconds */
  readonly collectMs?: number;
  /** A number from 0 up to 1. @default Math.random */
  readonly random?: () => number;
}

const COLLECT_MS = 5_000;
const FULL_BYTES = 4 * 1024 * 1024;

interface Batch {
  readonly place: CapturePlace;
  readonly bucket: string;
  readonly key: string;
  readonly ending: AbortController;
  lines: string[];
  bytes: number;
}

/** Opens the captures of a cloud. */
export function dataCapture(
  deps: Pick<RoomDeps, "objects" | "clock" | "logs">,
  { collectMs = COLLECT_MS, random = Math.random }: CaptureSettings = {},
): DataCapture {
  const batches = new Map<string, Batch>();
  const writes = new Set<Promise<void>>();

  const write = async (batch: Batch): Promise<void> => {
    const body = Buffer.from(`${batch.lines.join("\n")}\n`);
    try {
      await deps.objects.put(batch.bucket, batch.key, body, { contentType: "application/json" });
    } catch (error) {
      const { endpoint, variant } = batch.place;
      const reason = error instanceof Error ? error.message : String(error);
      const message = `${batch.lines.length} captured request(s) could not be written to s3://${batch.bucket}/${batch.key}: ${reason}`;
      const line = { timestamp: deps.clock.now().getTime(), message };
      deps.logs.append(`/aws/sagemaker/Endpoints/${endpoint}`, `${variant}/data-capture`, [line]);
    }
  };
  const flush = (folder: string, batch: Batch): void => {
    if (batches.get(folder) === batch) batches.delete(folder);
    batch.ending.abort();
    if (batch.lines.length === 0) return;
    const writing = deps.clock.during("data capture", write(batch)).finally(() => writes.delete(writing));
    writes.add(writing);
  };
  const open = (folder: string, place: CapturePlace, time: Date): Batch | undefined => {
    const destination = parseS3Uri(place.config.DestinationS3Uri ?? "");
    if (destination === undefined) return undefined;
    const prefix = destination.key.replace(/\/+$/, "");
    const stamp = time.toISOString().slice(14, 23).replace(/[:.]/g, "-");
    const key = [...(prefix === "" ? [] : [prefix]), folder, `${stamp}-${randomUUID()}.jsonl`].join("/");
    const batch: Batch = {
      place,
      bucket: destination.bucket,
      key,
      ending: new AbortController(),
      lines: [],
      bytes: 0,
    };
    batches.set(folder, batch);
    void deps.clock.sleep(collectMs, batch.ending.signal).then(() => {
      if (!batch.ending.signal.aborted) flush(folder, batch);
    });
    return batch;
  };

  return {
    samples: (config): config is DataCaptureConfig =>
      config !== undefined &&
      config.EnableCapture !== false &&
      random() * 100 < (config.InitialSamplingPercentage ?? 100),
    take(place, exchange) {
      const folder = captureFolder(place.endpoint, place.variant, exchange.time);
      const known = batches.get(folder);
      const batch = known?.place.config === place.config ? known : open(folder, place, exchange.time);
      if (known !== undefined && batch !== known) flush(folder, known);
      if (batch === undefined) return;
      const line = captureRecord(place.config, exchange);
      batch.lines.push(line);
      batch.bytes += line.length;
      if (batch.bytes >= FULL_BYTES) flush(folder, batch);
    },
    async close() {
      for (const [folder, batch] of batches) flush(folder, batch);
      await Promise.all(writes);
    },
  };
}
