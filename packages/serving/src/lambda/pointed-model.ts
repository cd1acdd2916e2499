import { randomUUID } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { Problem, problemResponse } from "../app/problem";
import { ServingError } from "../errors";
import type { GatewayEvent, GatewayResult } from "../hosts/lambda";
import type { CarriedModel } from "./environment";

/** Answers one event of API Gateway. */
export type FunctionHandler = (event: GatewayEvent) => Promise<GatewayResult>;

/** Where the model is that a pointer names, and how a function is made of it. */
export interface PointedOptions {
  /** `s3://bucket/key` of the pointer. */
  readonly pointer: string;
  /** Reads an object. */
  readonly read: (uri: string) => Promise<Uint8Array>;
  /** Where files are unpacked: `/tmp` of the function. */
  readonly folder: string;
  /** Reads the model from a folder, every file checked. */
  readonly load: (folder: string, named: { name: string; version: string; manifestSha256: string }) => CarriedModel;
  readonly handlerOf: (model: CarriedModel) => FunctionHandler;
  /** Told when a version could not be taken: the former one goes on; and when there is no pointer yet. */
  readonly onProblem: (problem: unknown) => void;
  /** How long a pointer is believed. @default 30 seconds */
  readonly everyMs?: number;
  /** @default the machine's clock */
  readonly now?: () => number;
}

const pointerSchema = z.object({
  format: z.literal(1),
  current: z.object({
    name: z.string(),
    version: z.number(),
    manifestSha256: z.string().regex(/^[0-9a-f]{64}$/),
    uri: z.string().startsWith("s3://"),
  }),
});

const FILES = ["manifest.json", "contract.json", "predictor.safetensors"];

/**
 * A function that scores with the version which a pointer names. The pointer is looked at before the first answer, then every
 * half a minute: a deployment or a rollback is a write of that object, and nothing is restarted. A version that cannot be
 * read, or is not what its digest says, is not taken: the former one goes on. Until a first version is published every answer is
 * the problem `model_unpublished` (503).
 */
export function pointedHandler({
  pointer,
  read,
  folder,
  load,
  handlerOf,
  onProblem,
  everyMs = 30_000,
  now = Date.now,
}: PointedOptions): FunctionHandler {
  let serving: { key: string; handler: FunctionHandler } | undefined;
  let looked = Number.NEGATIVE_INFINITY;

  const look = async () => {
    const { current } = parsed(await read(pointer).catch(unpublished), pointer);
    const { name, version, manifestSha256, uri } = current;
    const key = `${name}/${version}/${manifestSha256}`;
    if (key === serving?.key) return;
    const own = join(folder, manifestSha256);
    mkdirSync(own, { recursive: true });
    for (const file of FILES) writeFileSync(join(own, file), await read(`${uri}/${file}`));
    serving = { key, handler: handlerOf(load(own, { name, version: String(version), manifestSha256 })) };
  };

  return async (event) => {
    if (now() - looked >= everyMs) {
      try {
        await look();
      } catch (problem) {
        // Without a model every event asks anew.
        if (serving === undefined && !(problem instanceof Problem)) throw problem;
        onProblem(problem instanceof Problem ? problem.cause : problem);
        if (serving === undefined) return answerOf(problem as Problem);
      }
      looked = now();
    }
    if (serving === undefined)
      throw new ServingError("artefact_missing", `${pointer} names no model. Deploy a version.`);
    return serving.handler(event);
  };
}

/** S3 answers so about what is not there: 404 to those who may list the bucket, 403 to all others. */
const ABSENT = new Set(["NoSuchKey", "AccessDenied"]);

/** What could not be read as a problem for clients, where there is no pointer. */
function unpublished(cause: unknown): never {
  if (!(cause instanceof Error) || !ABSENT.has(cause.name)) throw cause;
  const detail = "No version of the model is published yet. An operator publishes one with sagewright deploy.";
  throw new Problem("model_unpublished", detail, { cause, headers: { "retry-after": "60" } });
}

async function answerOf(problem: Problem): Promise<GatewayResult> {
  const requestId = randomUUID();
  const response = problemResponse(problem, requestId);
  const headers = { ...Object.fromEntries(response.headers), "cache-control": "no-store", "x-request-id": requestId };
  return { statusCode: response.status, headers, body: await response.text(), isBase64Encoded: false };
}

function parsed(bytes: Uint8Array, uri: string): z.output<typeof pointerSchema> {
  const text = Buffer.from(bytes).toString("utf8");
  try {
    return pointerSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new ServingError("artefact_missing", `${uri} is no pointer to a model. Deploy a version again.`, { cause });
  }
}
