import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { CreateModelPackageCommand, CreateModelPackageGroupCommand, SageMakerClient } from "@aws-sdk/client-sagemaker";
import { pack } from "tar-stream";
import { backupState, openCloud, restoreState, verifyState } from "../../../src/index";

/** The state of a cloud that was really used, backed up, damaged, restored. */
let parent: string;
let stateDir: string;
let file: string;
const body = Buffer.from("customer,churn\n1,yes\n".repeat(500));

beforeEach(async () => {
  parent = mkdtempSync(join(tmpdir(), "sagewright-backup-"));
  stateDir = join(parent, "state");
  file = join(parent, "state.tgz");
  const cloud = await openCloud({ stateDir });
  const s3 = new S3Client({ ...cloud.clientConfig(), forcePathStyle: true });
  const sagemaker = new SageMakerClient(cloud.clientConfig());
  await s3.send(new CreateBucketCommand({ Bucket: "models" }));
  for (const Key of ["m/model.tar.gz", "data/a b/ü.csv"])
    await s3.send(new PutObjectCommand({ Bucket: "models", Key, Body: body, ChecksumAlgorithm: "SHA256" }));
  await sagemaker.send(new CreateModelPackageGroupCommand({ ModelPackageGroupName: "churn" }));
  await sagemaker.send(
    new CreateModelPackageCommand({
      ModelPackageGroupName: "churn",
      InferenceSpecification: { Containers: [{ Image: "image", ModelDataUrl: "s3://models/m/model.tar.gz" }] },
    }),
  );
  await cloud.close();
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

const object = (key: string) => join(stateDir, "objects", "models", key);
const codes = async () => (await verifyState(stateDir)).damaged.map(({ code, at }) => `${code} ${at}`);

describe("backup and restore", () => {
  it("gives the same state back, down to the time of every object", async () => {
    const written = await backupState({ stateDir, file });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    // Any tar reads it.
    const listed = execFileSync("tar", ["-tzf", file], { encoding: "utf8" }).trim().split("\n");
    expect(listed).toHaveLength(written.files + 2);
    const other = join(parent, "deep", "other");
    const restored = await restoreState({ stateDir: other, file });
    expect(restored).toMatchObject({ files: written.files, bytes: written.bytes });
    expect(await verifyState(other)).toEqual(await verifyState(stateDir));

    const read = async (folder: string) => {
      const cloud = await openCloud({ stateDir: folder });
      const s3 = new S3Client({ ...cloud.clientConfig(), forcePathStyle: true });
      const found = await s3.send(new GetObjectCommand({ Bucket: "models", Key: "data/a b/ü.csv" }));
      const content = await found.Body?.transformToString();
      await cloud.close();
      return { content, etag: found.ETag, modified: found.LastModified?.getTime() };
    };
    expect(await read(other)).toEqual(await read(stateDir));
  });

  it("refuses a state that is in use, one that is not there, and a file within", async () => {
    const cloud = await openCloud({ stateDir });
    const busy = { code: "state_in_use", message: expect.stringContaining(`process ${process.pid} `) };
    await expect(backupState({ stateDir, file })).rejects.toMatchObject(busy);
    await expect(verifyState(stateDir)).rejects.toMatchObject(busy);
    await cloud.close();
    await expect(backupState({ stateDir: join(parent, "no"), file })).rejects.toMatchObject({ code: "state_missing" });
    const within = join(stateDir, "b.tgz");
    await expect(backupState({ stateDir, file: within })).rejects.toMatchObject({ code: "backup_inside" });
    await backupState({ stateDir, file });
    await expect(backupState({ stateDir, file })).rejects.toMatchObject({ code: "backup_exists" });
    await backupState({ stateDir, file, replace: true });
    expect(readdirSync(parent).sort()).toEqual(["state", "state.tgz"]);
  });

  it("puts a state that is there aside, and only when told to", async () => {
    await backupState({ stateDir, file });
    rmSync(object("m/model.tar.gz"));
    await expect(restoreState({ stateDir, file })).rejects.toMatchObject({ code: "state_not_empty" });
    const cloud = await openCloud({ stateDir });
    await expect(restoreState({ stateDir, file, force: true })).rejects.toMatchObject({ code: "state_in_use" });
    await cloud.close();
    const { before = "" } = await restoreState({ stateDir, file, force: true });
    expect(await codes()).toEqual([]);
    expect(existsSync(join(before, "objects/models/m/model.tar.gz"))).toBe(false);
    expect(existsSync(join(before, "objects/models/data"))).toBe(true);
  });

  it("takes no archive that was cut off, changed, or made to write elsewhere, and leaves nothing behind", async () => {
    await backupState({ stateDir, file });
    const whole = readFileSync(file);
    const tar = gunzipSync(whole);
    const other = join(parent, "other");
    const refused = async (content: Buffer) => {
      writeFileSync(file, content);
      const error = await restoreState({ stateDir: other, file }).then(
        () => undefined,
        (found: { code: string }) => found,
      );
      expect(readdirSync(parent).sort()).toEqual(["state", "state.tgz"]);
      return error?.code;
    };
    for (const length of [0, 10, 500, Math.floor(whole.length / 2), whole.length - 1])
      expect({ length, code: await refused(whole.subarray(0, length)) }).toMatchObject({ code: "backup_unreadable" });
    const at = tar.indexOf("1,yes");
    const changed = Buffer.from(tar);
    changed.write("1,not", at);
    expect(await refused(gzipSync(changed))).toBe("backup_damaged");
    expect(await refused(gzipSync(tar.subarray(0, tar.indexOf("manifest.json"))))).toMatch(/^backup_/);
    expect(await refused(Buffer.from("no archive"))).toBe("backup_unreadable");
    expect(await refused(await archive([]))).toBe("backup_damaged");
    for (const name of [
      "../evil",
      "/etc/evil",
      "state/../../evil",
      "state/a/../../evil",
      "state//evil",
      "state/lock/1.json",
      "state/a\\..\\evil",
      "evil",
    ])
      expect({ name, code: await refused(await archive([{ name }])) }).toEqual({ name, code: "backup_unsafe" });
    expect(await refused(await archive([{ name: "state/link", type: "symlink", linkname: "/etc/passwd" }]))).toBe(
      "backup_unsafe",
    );
    expect(await refused(await archive([{ name: "state/a" }, { name: "state/a" }]))).toBe("backup_unsafe");
    expect(await refused(await archive([{ name: "state/a" }], { format: 2 }))).toBe("backup_newer");
    expect(await refused(await archive([], { kind: "other" }))).toBe("backup_unreadable");
  });
});

/** A hostile archive: a good head, then entries, and no manifest. */
async function archive(
  entries: readonly { name: string; type?: "file" | "symlink"; linkname?: string }[],
  head: object = {},
): Promise<Buffer> {
  const tar = pack();
  tar.entry({ name: "backup.json" }, JSON.stringify({ kind: "sagewright-state", format: 1, state: 1, ...head }));
  for (const { type = "file", ...entry } of entries) tar.entry({ ...entry, type }, type === "file" ? "x" : "");
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar as unknown as AsyncIterable<Buffer>) chunks.push(chunk);
  return gzipSync(Buffer.concat(chunks));
}

describe("verify", () => {
  it("finds everything whole, and counts it", async () => {
    const { checked, damaged } = await verifyState(stateDir);
    expect(damaged).toEqual([]);
    expect(checked).toMatchObject({ objects: 2, references: 2 });
  });

  it("names a changed, a shortened and a missing object, and who needs it", async () => {
    const csv = object("data/a b/ü.csv");
    writeFileSync(csv, readFileSync(csv, "utf8").replace("1,yes", "1,not"));
    expect(await codes()).toEqual(["object_changed s3://models/data/a b/ü.csv"]);
    truncateSync(csv, 10);
    rmSync(object("m/model.tar.gz"));
    expect(await codes()).toEqual([
      "object_missing s3://models/m/model.tar.gz",
      "object_changed s3://models/data/a b/ü.csv",
    ]);
  });

  it("names records and journals that cannot be read, and what refers to them", async () => {
    writeFileSync(join(stateDir, "records/model-package-groups/churn.json"), "{");
    expect(await codes()).toEqual([
      "record_unreadable records/model-package-groups/churn.json",
      "reference_broken records/model-packages/churn.1",
    ]);
    const index = join(stateDir, "objects/.index/models.jsonl");
    writeFileSync(index, `not json\n${readFileSync(index, "utf8")}`);
    expect(await codes()).toContain("journal_damaged objects/.index/models.jsonl");
  });

  it("takes a line that a crash cut off for no damage", async () => {
    appendFileSync(join(stateDir, "objects/.index/models.jsonl"), '{"put":{"key":"half');
    const { damaged, notes } = await verifyState(stateDir);
    expect({ damaged, notes }).toEqual({
      damaged: [],
      notes: [expect.stringContaining("its last line was being written")],
    });
  });
});
