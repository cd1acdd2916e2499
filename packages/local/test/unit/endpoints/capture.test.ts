import type { DataCaptureConfig } from "@aws-sdk/client-sagemaker";
import type { LogLine } from "../../../src/services/logs/log-store";
import { captureFolder, captureRecord } from "../../../src/services/sagemaker/endpoints/capture/capture-record";
import { dataCapture } from "../../../src/services/sagemaker/endpoints/capture/data-capture";
import { createManualClock } from "../../../src/time/manual-clock";

const TIME = new Date("2026-11-21T07:05:03.120Z");

const config = (more: object = {}): DataCaptureConfig => ({
  InitialSamplingPercentage: 100,
  DestinationS3Uri: "s3://bucket/captured/",
  CaptureOptions: [{ CaptureMode: "InputAndOutput" }],
  ...more,
});
const exchange = {
  input: { contentType: "text/csv; charset=utf-8", data: Buffer.from("1,ä\n") },
  output: { contentType: "application/json", data: Buffer.from('{"p":0.5}') },
  eventId: "e-1",
  time: TIME,
};

describe("a captured exchange", () => {
  it("has SageMaker's shape, text where its type is named", () => {
    const headers = { CsvContentTypes: ["text/csv"], JsonContentTypes: ["application/json"] };
    expect(JSON.parse(captureRecord(config({ CaptureContentTypeHeader: headers }), exchange))).toEqual({
      captureData: {
        endpointInput: {
          observedContentType: "text/csv; charset=utf-8",
          mode: "INPUT",
          data: "1,ä\n",
          encoding: "CSV",
        },
        endpointOutput: {
          observedContentType: "application/json",
          mode: "OUTPUT",
          data: '{"p":0.5}',
          encoding: "JSON",
        },
      },
      eventMetadata: { eventId: "e-1", inferenceTime: "2026-11-21T07:05:03Z" },
      eventVersion: "0",
    });
  });

  it("is base64 otherwise, has only the sides asked for, and carries the caller's names", () => {
    const asked = config({ CaptureOptions: [{ CaptureMode: "Output" }] });
    const record = JSON.parse(captureRecord(asked, { ...exchange, inferenceId: "i-7", customAttributes: "trace=1" }));
    expect(record.captureData).toEqual({
      endpointOutput: expect.objectContaining({ data: "eyJwIjowLjV9", encoding: "BASE64" }),
    });
    expect(record.eventMetadata).toMatchObject({ inferenceId: "i-7", customAttributes: ["trace=1"] });
  });

  it("lies in the folder of its hour in UTC", () => {
    expect(captureFolder("churn", "AllTraffic", TIME)).toBe("churn/AllTraffic/2026/11/21/07");
  });
});

describe("data capture", () => {
  const open = (random = () => 0, fails = false) => {
    const clock = createManualClock({ start: TIME });
    const written = new Map<string, string>();
    const logged: LogLine[] = [];
    const objects = {
      put: async (bucket: string, key: string, body: Uint8Array) => {
        if (fails) throw new Error("The specified bucket does not exist");
        written.set(`s3://${bucket}/${key}`, Buffer.from(body).toString());
        return { etag: "" };
      },
    };
    const logs = { append: (_group: string, _stream: string, lines: readonly LogLine[]) => logged.push(...lines) };
    const capture = dataCapture({ clock, objects, logs } as never, { random });
    return { clock, capture, written, logged };
  };
  const place = { endpoint: "churn", variant: "AllTraffic", config: config() };

  it("collects exchanges for some seconds and writes them as one file of lines", async () => {
    const { clock, capture, written } = open();
    for (let index = 0; index < 3; index += 1) capture.take(place, { ...exchange, eventId: `e-${index}` });
    await clock.advance(4_000);
    expect(written.size).toBe(0);
    await clock.advance(1_000);
    const [[uri = "", text = ""] = []] = [...written];
    expect(uri).toMatch(
      /^s3:\/\/bucket\/captured\/churn\/AllTraffic\/2026\/11\/21\/07\/05-03-120-[0-9a-f-]{36}\.jsonl$/,
    );
    expect(
      text
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line).eventMetadata.eventId),
    ).toEqual(["e-0", "e-1", "e-2"]);
  });

  it("keeps hours and variants apart, and writes what is left when it is closed", async () => {
    const { capture, written } = open();
    capture.take(place, exchange);
    capture.take(place, { ...exchange, time: new Date("2026-11-21T08:00:00Z") });
    capture.take({ ...place, variant: "other" }, exchange);
    await capture.close();
    const folders = [...written.keys()].map((key) => key.split("/").slice(4, -1).join("/"));
    expect(folders.sort()).toEqual([
      "churn/AllTraffic/2026/11/21/07",
      "churn/AllTraffic/2026/11/21/08",
      "churn/other/2026/11/21/07",
    ]);
  });

  it("samples by percentage", () => {
    let next = 0;
    const { capture } = open(() => (next++ % 100) / 100);
    const kept = Array.from({ length: 100 }, () => capture.samples(config({ InitialSamplingPercentage: 30 })));
    expect(kept.filter(Boolean)).toHaveLength(30);
    expect(capture.samples(undefined)).toBe(false);
    expect(capture.samples(config({ EnableCapture: false }))).toBe(false);
  });

  it("says in the endpoint's log what could not be written", async () => {
    const { capture, logged } = open(() => 0, true);
    capture.take(place, exchange);
    await capture.close();
    expect(logged[0]?.message).toMatch(
      /^1 captured request\(s\) could not be written to s3:\/\/bucket\/.*: The specified bucket does not exist$/,
    );
  });
});
