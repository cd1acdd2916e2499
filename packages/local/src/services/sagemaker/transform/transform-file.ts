import { createReadStream } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { CloudError } from "../../../errors";
import type { ModelServer } from "../models/model-server";
import { bodyOf, linesOf, type Payload, payloadsOf } from "./records";
import { isPlain, predictionsOf, type Shaping, shapeInput, shapeOutput } from "./shaping";

/** How the files of a job are transformed. */
export interface TransformSettings {
  readonly split: "None" | "Line";
  readonly strategy: "SingleRecord" | "MultiRecord";
  /** 0 for no limit. */
  readonly longestPayloadBytes: number;
  readonly assembleWithNewline: boolean;
  readonly gzip: boolean;
  readonly shaping: Shaping;
  readonly timeoutMs: number;
  readonly retries: number;
}

/** A file could not be transformed; `blame` says whose fault it is, as AWS's failure reasons do. */
export class FileFailed extends Error {
  constructor(
    readonly blame: "ClientError" | "AlgorithmError",
    message: string,
  ) {
    super(message);
  }
}

/**
 * Sends one file through a model, record by record, and writes the predictions to another file.
 *
 * @throws FileFailed when the container refused a payload or the data do not fit the settings.
 */
export async function transformFile(
  server: ModelServer,
  settings: TransformSettings,
  { input, output, signal }: { readonly input: string; readonly output: string; readonly signal: AbortSignal },
): Promise<void> {
  const sink = await open(output, "w");
  try {
    for await (const payload of payloads(settings, input)) {
      if (signal.aborted) return;
      await transformPayload(server, settings, payload, sink);
    }
  } catch (error) {
    if (error instanceof FileFailed) throw error;
    throw new FileFailed("ClientError", error instanceof Error ? error.message : String(error));
  } finally {
    await sink.close();
  }
}

async function* payloads(settings: TransformSettings, file: string): AsyncGenerator<Payload, void, void> {
  const raw = createReadStream(file);
  const content: Readable = settings.gzip ? raw.pipe(createGunzip()) : raw;
  if (settings.split === "Line") {
    yield* payloadsOf(linesOf(content), settings.strategy, settings.longestPayloadBytes);
    return;
  }
  const chunks: Buffer[] = [];
  for await (const chunk of content) chunks.push(chunk as Buffer);
  yield* payloadsOf(
    (async function* () {
      yield Buffer.concat(chunks);
    })(),
    "SingleRecord",
    settings.longestPayloadBytes,
  );
}

async function transformPayload(
  server: ModelServer,
  settings: TransformSettings,
  payload: Payload,
  sink: FileHandle,
): Promise<void> {
  const { shaping } = settings;
  const shaped = { records: payload.records.map((record) => shapeInput(shaping, record)) };
  const response = await send(server, settings, bodyOf(shaped));
  if (isPlain(shaping)) {
    await sink.write(response);
    if (settings.assembleWithNewline && response.at(-1) !== 0x0a) await sink.write("\n");
    return;
  }
  const predictions = predictionsOf(response.toString("utf8"), payload.records.length);
  const rows = predictions.map((prediction, index) =>
    shapeOutput(shaping, payload.records[index] ?? Buffer.alloc(0), prediction),
  );
  await sink.write(rows.join("\n"));
  if (settings.assembleWithNewline || payload.records.length > 1) await sink.write("\n");
}

async function send(server: ModelServer, settings: TransformSettings, body: Buffer): Promise<Buffer> {
  const headers = { "content-type": settings.shaping.contentType, accept: settings.shaping.accept };
  for (let attempt = 0; ; attempt += 1) {
    try {
      const answer = await server.send({
        method: "POST",
        path: "/invocations",
        headers,
        body,
        timeoutMs: settings.timeoutMs,
      });
      if (answer.status < 400) return answer.body;
      const message = `${answer.status}: ${answer.body.toString("utf8").slice(0, 500)}`;
      // A refusal stays one however often it is asked; a server error is asked again as often as the job allows.
      if (answer.status < 500) throw new FileFailed("ClientError", message);
      if (attempt >= settings.retries) throw new FileFailed("AlgorithmError", message);
    } catch (error) {
      if (!(error instanceof CloudError)) throw error;
      if (!server.alive || attempt >= settings.retries) throw new FileFailed("AlgorithmError", error.message);
    }
  }
}
