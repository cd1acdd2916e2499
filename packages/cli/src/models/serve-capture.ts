import { resolve } from "node:path";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { Capture, firehoseSink, hourlyFolder, type RecordSink, s3Sink } from "@sagewright/serving";
import { usageError } from "../errors";
import type { Session } from "../session";

/** How `serve` was asked to capture predictions. */
export interface CaptureRequest {
  /** `--capture`. @default all of them where a place is given, none elsewhere */
  share: string | undefined;
  /** `--capture-to`. @default the state folder's captures */
  to: string | undefined;
  /** The state folder's captures. */
  usual: string;
  cwd: string;
  session: Session;
  /** Told of predictions that could not be kept; of the same reason once. */
  tell(line: string): void;
}

/**
 * What captures predictions as `--capture` and `--capture-to` say, or undefined where neither does.
 *
 * @throws CliError `usage` for a share or a place that is none
 */
export function captureOf({ share, to, usual, cwd, session, tell }: CaptureRequest): Capture | undefined {
  if (share === undefined && to === undefined) return undefined;
  const sink = to === undefined ? hourlyFolder(usual) : placeSink(to, { cwd, session, option: "--capture-to" });
  let told: string | undefined;
  return new Capture({
    sink,
    share: share === undefined ? 1 : shareOf(share),
    onLost: (lost, cause) => {
      const reason = (cause as Error).message;
      if (reason !== told)
        tell(`! ${lost} captured ${lost === 1 ? "prediction was" : "predictions were"} lost: ${reason}`);
      told = reason;
    },
  });
}

function shareOf(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= 0 && value <= 1) return value;
  throw usageError(`--capture: '${text}' is not between 0 and 1`, "for example: --capture 0.1");
}

/** Where and in which cloud a place is; the option that named it, for what is said of it. */
export interface PlaceContext extends Pick<CaptureRequest, "cwd" | "session"> {
  readonly option: string;
}

/**
 * What writes records to a place: a folder, `s3://BUCKET/PREFIX`, or `firehose:STREAM`.
 *
 * @throws CliError `usage` for what is no place
 */
export function placeSink(to: string, { cwd, session, option }: PlaceContext): RecordSink {
  const [, scheme, rest = ""] = /^([a-z][a-z0-9+.]{1,20}):(.*)$/.exec(to) ?? [];
  if (scheme === "s3") return bucketSink(to, rest, { session, option });
  if (scheme === "firehose") return streamSink(to, rest, { session, option });
  if (scheme === undefined && to.trim() !== "") return hourlyFolder(resolve(cwd, to));
  throw usageError(`${option}: '${to}' is no place for captures`, `give ${PLACES}`);
}

const PLACES = "a folder, s3://BUCKET/PREFIX or firehose:STREAM";

type Named = Omit<PlaceContext, "cwd">;

function bucketSink(to: string, rest: string, { session: { clients }, option }: Named): RecordSink {
  const [, bucket, prefix = ""] = /^\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/.exec(rest) ?? [];
  if (bucket === undefined) throw usageError(`${option}: '${to}' names no bucket`, `${option} s3://my-bucket/captures`);
  const client = {
    putObject: (input: ConstructorParameters<typeof PutObjectCommand>[0]) =>
      clients.s3.send(new PutObjectCommand(input)),
  };
  return s3Sink({ client, bucket, prefix });
}

function streamSink(to: string, stream: string, { session, option }: Named): RecordSink {
  if (!/^[A-Za-z0-9_.-]{1,64}$/.test(stream))
    throw usageError(`${option}: '${to}' names no delivery stream`, `${option} firehose:my-stream`);
  if (session.firehose === undefined)
    throw usageError(
      `${option}: ${session.place} has no Firehose`,
      "write to a folder or to s3://BUCKET/PREFIX, or serve from AWS with --aws or --env",
    );
  return firehoseSink({ client: session.firehose(), stream });
}
