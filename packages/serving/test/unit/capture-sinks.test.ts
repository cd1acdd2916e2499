import { Capture, firehoseSink, RecordsLostError, type S3Puts, s3Sink } from "@sagewright/serving";

const at = new Date("2026-01-02T03:04:05.678Z");
const answer = { predictionId: "p", value: 1, drivers: [], modelVersion: "1", latencyMs: 0 };

/** A stream with Firehose's limits that refuses what it is told to, as PutRecordBatch does: in part. */
function stream(refuses: (text: string, call: number) => boolean = () => false) {
  const taken: string[] = [];
  const calls: number[] = [];
  return {
    taken,
    calls,
    async putRecordBatch({ Records }: { readonly Records: { readonly Data: Uint8Array }[] }) {
      calls.push(Records.length);
      const bytes = Records.reduce((sum, { Data }) => sum + Data.length, 0);
      if (Records.length > 500 || bytes > 4 * 1024 * 1024) throw new Error("InvalidArgumentException");
      const RequestResponses = Records.map(({ Data }) => {
        if (Data.length > 1_024_000) throw new Error("InvalidArgumentException");
        const text = Buffer.from(Data).toString();
        if (refuses(text, calls.length)) return { ErrorCode: "ServiceUnavailableException" };
        taken.push(text);
        return {};
      });
      const FailedPutCount = RequestResponses.filter(({ ErrorCode }) => ErrorCode !== undefined).length;
      return { FailedPutCount, RequestResponses };
    },
  };
}

describe("the Firehose sink", () => {
  const waits: number[] = [];
  const pause = async (ms: number): Promise<void> => void waits.push(ms);

  test("keeps Firehose's limits on number and size", async () => {
    const client = stream();
    const sink = firehoseSink({ client, stream: "captures", pause });
    await sink.append(at, Array.from({ length: 1_201 }, (_, index) => `{"n":${index}}\n`).join(""));
    expect(client.calls).toEqual([500, 500, 201]);
    expect(client.taken.map((text) => JSON.parse(text).n)).toEqual(Array.from({ length: 1_201 }, (_, index) => index));
    const large = `"${"x".repeat(900_000)}"\n`;
    await sink.append(at, large.repeat(10));
    expect(client.calls.slice(3)).toEqual([4, 4, 2]);
  });

  test("sends again only what was refused, later each time, and says how many were lost in the end", async () => {
    const once = stream((text, call) => call === 1 && Number(JSON.parse(text)) % 3 === 0);
    await firehoseSink({ client: once, stream: "captures", pause }).append(at, "1\n2\n3\n4\n5\n6\n");
    expect([once.calls, once.taken]).toEqual([
      [6, 2],
      ["1\n", "2\n", "4\n", "5\n", "3\n", "6\n"],
    ]);
    waits.length = 0;
    const always = stream((text) => text === "2\n");
    const lost = firehoseSink({ client: always, stream: "captures", pause }).append(at, "1\n2\n3\n");
    await expect(lost).rejects.toEqual(new RecordsLostError(1, undefined));
    expect([always.calls, waits]).toEqual([
      [3, 1, 1, 1],
      [100, 200, 400],
    ]);
  });

  test("tries again when nothing answered; a record over the limit is lost alone", async () => {
    const client = stream();
    let down = 2;
    const flaky = {
      putRecordBatch: (input: Parameters<typeof client.putRecordBatch>[0]) => {
        down -= 1;
        return down >= 0 ? Promise.reject(new Error("socket hang up")) : client.putRecordBatch(input);
      },
    };
    const sink = firehoseSink({ client: flaky, stream: "captures", pause });
    const huge = `"${"x".repeat(1_100_000)}"\n`;
    await expect(sink.append(at, `1\n${huge}2\n`)).rejects.toMatchObject({ code: "records_lost", lost: 1 });
    expect(client.taken).toEqual(["1\n", "2\n"]);
  });

  test("lets capture count what was lost of a group, and only that", async () => {
    const client = stream((text) => JSON.parse(text).eventMetadata.eventId === "p3");
    const sink = firehoseSink({ client, stream: "captures", pause });
    const capture = new Capture({ sink, now: () => at });
    for (let index = 0; index < 5; index++) capture.observe({}, { ...answer, predictionId: `p${index}` });
    await capture.flush();
    expect(capture.counts()).toEqual({ written: 4, dropped: 1 });
  });
});

describe("the S3 sink", () => {
  test("puts one object for each group and hour, never over another", async () => {
    const objects: Record<string, string> = {};
    const client: S3Puts = {
      putObject: async ({ Bucket, Key, Body }) => {
        objects[`${Bucket}/${Key}`] = Body;
      },
    };
    let ids = 0;
    const newId = () => {
      ids += 1;
      return `id${ids}`;
    };
    const sink = s3Sink({ client, bucket: "b", prefix: "captures/churn/AllTraffic/", newId });
    const times = [at, at, new Date("2026-01-02T04:00:00Z")];
    let index = 0;
    const now = () => times[index] ?? at;
    const capture = new Capture({ sink, now });
    for (; index < times.length; index++) capture.observe({}, answer);
    await capture.flush();
    expect(Object.entries(objects).map(([key, body]) => [key, body.trimEnd().split("\n").length])).toEqual([
      ["b/captures/churn/AllTraffic/2026/01/02/03/04-05-678-id1.jsonl", 2],
      ["b/captures/churn/AllTraffic/2026/01/02/04/00-00-000-id2.jsonl", 1],
    ]);
    expect(sink.everyMs).toBe(60_000);
  });
});
