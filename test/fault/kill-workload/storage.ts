import { createHash } from "node:crypto";
import type { Change } from "./ledger";
import { type Actor, BUCKET, orNothing, type World } from "./world";

const digest = (body: Uint8Array) => createHash("sha256").update(body).digest("hex");
const smallestPart = 5 * 1024 * 1024;

/** Objects: put, copied, deleted one by one and together, and buckets. */
export function objects(world: World): Actor {
  const { ledger, random } = world;
  const place = () => `objects/${random.below(20)}`;
  const at = (key: string, to: unknown): Change => ({
    key: `object ${key}`,
    to,
    read: () =>
      orNothing(
        world.clients.s3.getObject({ Bucket: BUCKET, Key: key }).then(async ({ Body, Metadata, ContentType }) => ({
          sha: digest((await Body?.transformToByteArray()) ?? new Uint8Array()),
          metadata: Metadata,
          type: ContentType,
        })),
      ),
  });
  const put = () => {
    const [Key, Body, n] = [place(), Buffer.alloc(random.below(60_000), `${random()}`), String(random.below(1e9))];
    const to = { sha: digest(Body), metadata: { n }, type: "text/x" };
    return ledger.write([at(Key, to)], () =>
      world.clients.s3.putObject({ Bucket: BUCKET, Key, Body, Metadata: { n }, ContentType: "text/x" }),
    );
  };
  const copy = () => {
    const [from, Key] = [place(), place()];
    const known = ledger.known(`object ${from}`);
    if (known === undefined || from === Key) return put();
    return ledger.write([at(Key, known)], () =>
      world.clients.s3.copyObject({ Bucket: BUCKET, Key, CopySource: `${BUCKET}/${from}` }),
    );
  };
  const remove = () => {
    const keys = [...new Set([place(), place()])];
    const changes = keys.map((key) => at(key, undefined));
    const [Key] = keys;
    return keys.length === 1
      ? ledger.write(changes, () => world.clients.s3.deleteObject({ Bucket: BUCKET, Key }))
      : ledger.write(changes, () =>
          world.clients.s3.deleteObjects({ Bucket: BUCKET, Delete: { Objects: keys.map((each) => ({ Key: each })) } }),
        );
  };
  const bucket = () => {
    const Bucket = `kills-${random.below(3)}`;
    const key = `bucket ${Bucket}`;
    const to = ledger.known(key) === undefined ? true : undefined;
    const read = () => orNothing(world.clients.s3.headBucket({ Bucket }).then(() => true));
    return ledger.write([{ key, read, to }], () =>
      to ? world.clients.s3.createBucket({ Bucket }) : world.clients.s3.deleteBucket({ Bucket }),
    );
  };
  return { name: "s3 objects", step: () => random.one([put, put, put, copy, remove, bucket])() };
}

/** Uploads in parts: begun, part by part, completed or aborted. */
export function uploads(world: World): Actor {
  const { ledger, random } = world;
  let open: { id: string; key: string; parts: { etag: string; body: Buffer }[] } | undefined;
  const listed = (id: string, object: string, to: unknown): Change => ({
    key: `upload ${id}`,
    to,
    read: () =>
      orNothing(
        world.clients.s3
          .listParts({ Bucket: BUCKET, Key: object, UploadId: id })
          .then(({ Parts = [] }) => Parts.map(({ ETag }) => ETag)),
      ),
  });
  const whole = (key: string, to: unknown): Change => ({
    key: `upload's object ${key}`,
    to,
    read: () =>
      orNothing(
        world.clients.s3
          .getObject({ Bucket: BUCKET, Key: key })
          .then(async ({ Body }) => digest((await Body?.transformToByteArray()) ?? new Uint8Array())),
      ),
  });
  const begin = async () => {
    const Key = `uploads/${random.below(3)}`;
    const { UploadId: id = "" } = await world.clients.s3.createMultipartUpload({ Bucket: BUCKET, Key });
    open = { id, key: Key, parts: [] };
    await ledger.write([listed(id, Key, [])], async () => undefined);
  };
  const part = async ({ id, key, parts }: NonNullable<typeof open>) => {
    const body = Buffer.alloc(parts.length === 0 ? smallestPart : 1000, `${random()}`);
    const etag = `"${createHash("md5").update(body).digest("hex")}"`;
    await ledger.write([listed(id, key, [...parts.map((each) => each.etag), etag])], () =>
      world.clients.s3.uploadPart({ Bucket: BUCKET, Key: key, UploadId: id, PartNumber: parts.length + 1, Body: body }),
    );
    parts.push({ etag, body });
  };
  const end = async ({ id, key, parts }: NonNullable<typeof open>) => {
    open = undefined;
    const target = { Bucket: BUCKET, Key: key, UploadId: id };
    if (random() < 0.3) {
      return ledger.write([listed(id, key, undefined)], () => world.clients.s3.abortMultipartUpload(target));
    }
    const Parts = parts.map(({ etag }, index) => ({ ETag: etag, PartNumber: index + 1 }));
    const changes = [listed(id, key, undefined), whole(key, digest(Buffer.concat(parts.map(({ body }) => body))))];
    return ledger.write(changes, () =>
      world.clients.s3.completeMultipartUpload({ ...target, MultipartUpload: { Parts } }),
    );
  };
  return {
    name: "s3 uploads",
    async step() {
      if (open === undefined) return begin();
      // After a kill it is not known whether the last part arrived: such an upload stays as it is.
      if (ledger.known(`upload ${open.id}`) === undefined) {
        open = undefined;
        return begin();
      }
      return open.parts.length < 2 ? part(open) : end(open);
    },
  };
}

/** Streams of logs: lines written, streams and groups deleted and made again. */
export function logs(world: World): Actor {
  const { ledger, random } = world;
  const lines = (group: string, stream: string, to: unknown): Change => ({
    key: `log ${group} ${stream}`,
    to,
    read: () =>
      orNothing(
        world.clients.logs
          .getLogEvents({ logGroupName: group, logStreamName: stream, startFromHead: true })
          .then(({ events = [] }) => events.map(({ message }) => message)),
      ),
  });
  const group = "/kills";
  const began = Date.now();
  return {
    name: "logs",
    async step() {
      const stream = `s${random.below(4)}`;
      const key = `log ${group} ${stream}`;
      const names = { logGroupName: group, logStreamName: stream };
      const known = ledger.known<string[]>(key);
      if (ledger.known("log group") === undefined) {
        const read = () =>
          world.clients.logs
            .describeLogGroups({ logGroupNamePrefix: group })
            .then(({ logGroups = [] }) => logGroups.some(({ logGroupName }) => logGroupName === group) || undefined);
        return ledger.write([{ key: "log group", to: true, read }], () =>
          world.clients.logs.createLogGroup({ logGroupName: group }),
        );
      }
      if (known === undefined) {
        return ledger.write([lines(group, stream, [])], () => world.clients.logs.createLogStream(names));
      }
      if (random() < 0.05) {
        return ledger.write([lines(group, stream, undefined)], () => world.clients.logs.deleteLogStream(names));
      }
      const message = world.name("line");
      return ledger.write([lines(group, stream, [...known, message])], () =>
        world.clients.logs.putLogEvents({ ...names, logEvents: [{ timestamp: began, message }] }),
      );
    },
  };
}
