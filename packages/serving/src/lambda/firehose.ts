import { Firehose } from "@aws-sdk/client-firehose";
import type { FirehosePuts } from "../capture/firehose-sink";

/** A client for a function that waits for its captures: it gives up before a caller would notice. */
export function openFirehose(): FirehosePuts {
  return new Firehose({ maxAttempts: 1, requestHandler: { connectionTimeout: 500, requestTimeout: 800 } });
}
