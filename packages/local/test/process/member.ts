import { createInterface } from "node:readline";
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { openCloud } from "../../src/cloud";

/** A process that opens a state folder and does as it is told, one JSON command a line; the tests kill it. */
async function main(stateDir: string): Promise<void> {
  const cloud = await openCloud({ stateDir });
  const s3 = new S3Client(cloud.clientConfig());
  const Bucket = "sagewright-us-east-1-000000000000";
  const say = (value: object) => process.stdout.write(`${JSON.stringify(value)}\n`);
  say({ role: cloud.role });
  for await (const line of createInterface({ input: process.stdin })) {
    const { put, get, flood, role, close } = JSON.parse(line) as Record<string, string | undefined>;
    if (put !== undefined) {
      await s3.send(new PutObjectCommand({ Bucket, Key: put, Body: put }));
      say({ put });
    }
    if (get !== undefined) {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: get }));
      say({ body: await Body?.transformToString() });
    }
    if (role !== undefined) say({ role: cloud.role });
    if (flood !== undefined) {
      for (let number = 0; ; number++) {
        const Key = `${flood}/${number}`;
        await s3.send(new PutObjectCommand({ Bucket, Key, Body: Key.repeat(100) }));
        say({ flooded: number });
      }
    }
    if (close !== undefined) {
      await cloud.close();
      say({ closed: true });
    }
  }
}

main(process.argv[2] as string).catch((error) => {
  process.stdout.write(`${JSON.stringify({ error: String(error), code: error.code })}\n`);
});
