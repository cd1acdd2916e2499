import { existsSync, mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GetObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { openCloud } from "../../src";
import { removeFolder } from "../support/folder";
import { Member } from "./members";

const bucket = "sagewright-us-east-1-000000000000";
let stateDir: string;
let members: Member[];

beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), "sagewright-processes-"));
  members = [];
});

afterEach(async () => {
  await Promise.all(members.map((member) => member.kill()));
  await removeFolder(stateDir);
});

function member(folder = stateDir): Member {
  const one = new Member(folder);
  members.push(one);
  return one;
}

const read = async (s3: S3Client, Key: string) =>
  (await s3.send(new GetObjectCommand({ Bucket: bucket, Key }))).Body?.transformToString();

describe("several processes at one state folder", () => {
  test("the second process works through the first", async () => {
    const owner = member();
    expect(await owner.next()).toEqual({ role: "owner" });
    const client = member();
    expect(await client.next()).toEqual({ role: "client" });
    await client.ask({ put: "from the client" });
    expect(await owner.ask({ get: "from the client" })).toEqual({ body: "from the client" });
    await owner.ask({ put: "from the owner" });
    expect(await client.ask({ get: "from the owner" })).toEqual({ body: "from the owner" });
  });

  test("processes that start at the same moment agree on one owner", async () => {
    const all = Array.from({ length: 4 }, () => member());
    const roles = await Promise.all(all.map(async (one) => (await one.next())?.role));
    expect([...roles].sort()).toEqual(["client", "client", "client", "owner"]);
    await Promise.all(all.map((one, index) => one.ask({ put: `key ${index}` })));
    expect(await (all[0] as Member).ask({ get: "key 3" })).toEqual({ body: "key 3" });
  });

  test("a client takes over when the owner is killed, and its request is answered", async () => {
    const owner = member();
    await owner.next();
    const client = member();
    await client.next();
    await owner.ask({ put: "kept" });
    await owner.kill();
    expect(await client.ask({ get: "kept" })).toEqual({ body: "kept" });
    expect(await client.ask({ role: "?" })).toEqual({ role: "owner" });
  });

  test("of many clients one takes over when the owner is killed, and nobody's request fails", async () => {
    const owner = member();
    await owner.next();
    const clients = Array.from({ length: 4 }, () => member());
    await Promise.all(clients.map((one) => one.next()));
    await owner.kill();
    const answers = await Promise.all(clients.map((one, index) => one.ask({ put: `after ${index}` })));
    expect(answers).toEqual([0, 1, 2, 3].map((index) => ({ put: `after ${index}` })));
    const roles = await Promise.all(clients.map(async (one) => (await one.ask({ role: "?" }))?.role));
    expect([...roles].sort()).toEqual(["client", "client", "client", "owner"]);
  });

  test("a client takes over when the owner closes", async () => {
    const cloud = await openCloud({ stateDir });
    const client = member();
    expect(await client.next()).toEqual({ role: "client" });
    await cloud.close();
    expect(await client.ask({ put: "later" })).toEqual({ put: "later" });
    expect(await client.ask({ role: "?" })).toEqual({ role: "owner" });
  });

  test("this process takes a killed owner's folder over at opening, and leaves no socket behind", async () => {
    const owner = member();
    await owner.next();
    await owner.ask({ put: "kept" });
    await owner.kill();
    const cloud = await openCloud({ stateDir });
    expect(cloud.role).toBe("owner");
    expect(await read(new S3Client(cloud.clientConfig()), "kept")).toBe("kept");
    await cloud.close();
    expect(readdirSync(join(stateDir, "lock"))).toEqual(["2.json"]);
    expect(JSON.parse(readFileSync(join(stateDir, "lock", "2.json"), "utf8"))).toMatchObject({ released: true });
  });

  test("a state folder with a long path works, too", async () => {
    const long = join(stateDir, "x".repeat(120), "state");
    const owner = member(long);
    expect(await owner.next()).toEqual({ role: "owner" });
    const client = member(long);
    expect(await client.next()).toEqual({ role: "client" });
    await owner.kill();
    expect(await client.ask({ put: "x" })).toEqual({ put: "x" });
  });
});

describe("kill -9 while objects are being put", () => {
  test.each([20, 70, 160])(
    "no acknowledged object is lost or torn (killed after %i acknowledgements)",
    async (count) => {
      const writer = member();
      await writer.next();
      writer.send({ flood: "f" });
      let acknowledged = -1;
      while (acknowledged < count) acknowledged = (await writer.next())?.flooded as number;
      await writer.kill();
      for (let line = await writer.next(); line; line = await writer.next()) acknowledged = line.flooded as number;

      const cloud = await openCloud({ stateDir });
      const s3 = new S3Client(cloud.clientConfig());
      const listed = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: "f/" }));
      const keys = new Set(listed.Contents?.map(({ Key }) => Key));
      for (let number = 0; number <= acknowledged; number++) expect(keys).toContain(`f/${number}`);
      // One put may have been under way: it is there as a whole, or it is not there.
      for (const key of keys) {
        const body = await read(s3, key as string).catch((error: Error) => error.name);
        expect([(key as string).repeat(100), "NoSuchKey"]).toContain(body);
      }
      expect(cloud.warnings).toEqual([]);
      expect(existsSync(join(stateDir, "tmp")) ? readdirSync(join(stateDir, "tmp")) : []).toEqual([]);
      await cloud.close();
    },
    30_000,
  );
});
