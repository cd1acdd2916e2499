import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { S3 } from "@aws-sdk/client-s3";
import type { Cloud } from "@sagewright/local";

/** A request as it arrived. */
export interface Arrival {
  readonly path: string;
  readonly target: string;
  readonly body: Record<string, unknown>;
}

/** A real server on the loopback; it answers what `take` says. */
async function server(take: (arrival: Arrival) => object | Promise<object>, status = 200) {
  const arrivals: Arrival[] = [];
  const listening = createServer(async (request, response) => {
    let text = "";
    for await (const part of request) text += part;
    const type = request.headers["content-type"] ?? "";
    const body = type.startsWith("application/x-www-form-urlencoded")
      ? Object.fromEntries(new URLSearchParams(text))
      : JSON.parse(text === "" ? "{}" : text);
    const arrival = { path: request.url ?? "", target: String(request.headers["x-amz-target"] ?? ""), body };
    arrivals.push(arrival);
    const answer = await take(arrival);
    const aws = arrival.target !== "";
    response.writeHead(status, { "content-type": aws ? "application/x-amz-json-1.1" : "application/json" });
    response.end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
  const { port } = listening.address() as AddressInfo;
  const close = () => new Promise<void>((resolve) => listening.close(() => resolve()));
  return { url: `http://127.0.0.1:${port}`, arrivals, close };
}

/** Secrets of the receivers, put into Secrets Manager by hand. */
export const SECRETS: Readonly<Record<string, string>> = {
  "walk/pagerduty": "0123456789abcdef0123456789abcdef",
  "walk/slack": "xoxb-of-the-walk",
};

/** Receivers and services on the loopback. */
export type Outside = Awaited<ReturnType<typeof openOutside>>;

/** What the functions reach beside the embedded cloud: two receivers, and two services of AWS that it has not. */
export async function openOutside(cloud: Cloud, { bucket, prefix }: { bucket: string; prefix: string }) {
  const s3 = new S3(cloud.clientConfig());
  const kept = new Map(Object.entries(SECRETS));
  const [pagerduty, slack, secrets, firehose] = await Promise.all([
    server(() => ({ status: "success", message: "Event processed", dedup_key: "k" }), 202),
    server(() => ({ ok: true, ts: "1.1", channel: "C1" })),
    server(({ body }) => ({ Name: body.SecretId, SecretString: kept.get(String(body.SecretId)) })),
    // Firehose: records become an object below the hour they arrived in.
    server(async ({ body }) => {
      const records = (body.Records ?? [body.Record]) as { Data: string }[];
      const hour = new Date().toISOString().slice(0, 13).replaceAll("-", "/").replace("T", "/");
      const Body = Buffer.concat(records.map(({ Data }) => Buffer.from(Data, "base64")));
      await s3.putObject({ Bucket: bucket, Key: `${prefix}/${hour}/${crypto.randomUUID()}.jsonl`, Body });
      return {
        FailedPutCount: 0,
        RecordId: "r",
        RequestResponses: records.map(() => ({ RecordId: "r" })),
      };
    }),
  ]);
  return {
    pagerduty,
    slack,
    /** Secrets Manager's secrets by name. */
    kept,
    /** Addresses for the functions, beside those that they are deployed with. */
    variables: {
      AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url,
      AWS_ENDPOINT_URL_FIREHOSE: firehose.url,
      SAGEWRIGHT_PAGERDUTY_ADDRESS: pagerduty.url,
      SAGEWRIGHT_SLACK_ADDRESS: slack.url,
    },
    close: () => Promise.all([pagerduty, slack, secrets, firehose].map((each) => each.close())),
  };
}
