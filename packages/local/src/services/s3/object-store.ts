import { lstatSync, mkdirSync, readdirSync, renameSync, rmdirSync, statSync, unlinkSync } from "node:fs";
import { rename, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Clock } from "../../clock";
import { isSystemError, writeFailure } from "../../errors";
import type { ChecksumAlgorithm } from "../../protocol/checksum";
import { scratchFile } from "../../state/atomic-file";
import type { NameCase } from "../../state/safe-name";
import { type Collection, type Store, scratchFolder } from "../../state/store";
import { BucketIndex, type IndexEvent, type ObjectRecord } from "./bucket-index";
import { noSuchBucket } from "./errors";
import { keyOfPath, pathsOfKey } from "./object-path";
import type { ObjectBody, ObjectFile, ObjectOptions, Objects } from "./objects";
import { adoptFile, type Scratch, writeScratch } from "./scratch";

/** A bucket's record. Times in epoch milliseconds. */
export interface BucketRecord {
  name: string;
  created: number;
}

/** Everything a put may carry beside the bytes. */
export interface PutDetails extends ObjectOptions {
  headers?: Record<string, string>;
  /** @default MD5 of the bytes */
  etag?: string;
  checksums?: Record<string, string>;
  checksumType?: string;
  /** Throws to refuse; called with what is there, in the moment before it is replaced. */
  condition?(current: ObjectRecord | undefined): void;
}

/** The buckets and objects behind S3's operations and behind {@link Objects}. */
export interface ObjectStore extends Objects {
  readonly buckets: Collection<BucketRecord>;
  createBucket(name: string): Promise<void>;
  deleteBucket(name: string): Promise<void>;
  /** @throws ServiceError NoSuchBucket */
  index(bucket: string): BucketIndex;
  /** Writes a body beside the objects; {@link commit} makes it one. */
  scratch(body: ObjectBody, algorithms?: readonly ChecksumAlgorithm[]): Promise<Scratch>;
  /** Makes a scratch file an object; on failure the scratch file is removed and the old object stays. */
  commit(bucket: string, key: string, scratch: Scratch, details: PutDetails): Promise<ObjectRecord>;
  /** Record and file of an object; undefined when there is none. */
  find(bucket: string, key: string): Promise<{ record: ObjectRecord; file: string } | undefined>;
  /** @param condition as in {@link PutDetails} */
  remove(bucket: string, key: string, condition?: PutDetails["condition"]): Promise<boolean>;
  close(): void;
}

/** What the object store needs. */
export interface ObjectStoreOptions {
  store: Store;
  clock: Clock;
  /** Buckets that come into being when first used. @default none */
  autoCreate?: (bucket: string) => boolean;
  /** @default "case-sensitive" */
  nameCase?: NameCase;
}

/** Opens the object store of a state folder. */
export function createObjectStore(options: ObjectStoreOptions): ObjectStore {
  const { store, clock } = options;
  const nameCase = options.nameCase ?? "case-sensitive";
  const buckets = store.collection<BucketRecord>("s3-buckets");
  const indexes = new Map<string, BucketIndex>();
  const lastCommit = new Map<string, Promise<unknown>>();
  const folder = (bucket: string, ...path: string[]) => store.path("objects", bucket, ...path);

  const index = (bucket: string): BucketIndex => {
    const known = indexes.get(bucket);
    if (known) return known;
    if (!buckets.has(bucket)) {
      if (!options.autoCreate?.(bucket)) throw noSuchBucket(bucket);
      // Without waiting: the record is written again by whoever puts the first object, at the latest.
      buckets.put(bucket, { name: bucket, created: clock.now().getTime() }).catch(() => undefined);
    }
    const before = store.quarantined.length;
    const opened = new BucketIndex(store.journal<IndexEvent>(`objects/.index/${bucket}`));
    indexes.set(bucket, opened);
    const damaged = store.quarantined.length > before;
    if (damaged || (opened.size === 0 && readFolder(folder(bucket)).length > 0)) readBack(opened, folder(bucket));
    return opened;
  };

  // One commit at a time per bucket: conditions, places and the journal's order then agree.
  const inTurn = <T>(bucket: string, work: () => Promise<T>): Promise<T> => {
    const turn = (lastCommit.get(bucket) ?? Promise.resolve()).then(work, work);
    lastCommit.set(
      bucket,
      turn.catch(() => undefined),
    );
    return turn;
  };

  const self: ObjectStore = {
    buckets,
    index,
    async createBucket(name) {
      await buckets.put(name, { name, created: clock.now().getTime() });
    },
    async deleteBucket(name) {
      indexes.get(name)?.close();
      indexes.delete(name);
      await buckets.delete(name);
      await unlink(store.path("objects", ".index", `${name}.jsonl`)).catch(() => undefined);
    },
    scratch: (body, algorithms = []) => writeScratch(body, scratchFile(store.path(scratchFolder)), algorithms),
    commit(bucket, key, scratch, details) {
      return inTurn(bucket, async () => {
        try {
          const target = index(bucket);
          const current = target.get(key);
          details.condition?.(current);
          const record: ObjectRecord = {
            key,
            path: current?.path ?? placeOf(key, folder(bucket), nameCase),
            size: scratch.size,
            etag: details.etag ?? scratch.md5,
            modified: clock.now().getTime(),
            fileTime: scratch.fileTime,
            ...given("contentType", details.contentType),
            ...given("headers", details.headers),
            ...given("metadata", details.metadata),
            ...given("checksums", details.checksums),
            ...given("checksumType", details.checksumType),
          };
          await target.append({ put: record });
          // In one go: nobody sees the new record with the old bytes.
          renameSync(scratch.file, makeRoom(folder(bucket, record.path)));
          target.apply({ put: record });
          return record;
        } catch (cause) {
          await unlink(scratch.file).catch(() => undefined);
          throw writeFailure(`s3://${bucket}/${key}`, cause);
        }
      });
    },
    async find(bucket, key) {
      const record = index(bucket).get(key);
      if (!record) return undefined;
      const file = folder(bucket, record.path);
      const stats = statSync(file, { throwIfNoEntry: false });
      if (stats?.size === record.size && stats.mtimeMs === record.fileTime) return { record, file };
      return inTurn(bucket, () => refresh(index(bucket), key, file));
    },
    remove(bucket, key, condition) {
      return inTurn(bucket, async () => {
        const target = index(bucket);
        const current = target.get(key);
        condition?.(current);
        if (!current) return false;
        await target.append({ delete: key });
        removeFile(folder(bucket, current.path), folder(bucket));
        target.apply({ delete: key });
        return true;
      });
    },
    async put(bucket, key, body, details = {}) {
      index(bucket);
      const scratch = await self.scratch(body);
      return { etag: (await self.commit(bucket, key, scratch, details)).etag };
    },
    async putFromFile(bucket, key, file, { move = false, ...details } = {}) {
      index(bucket);
      const scratch = move ? await takeFile(file, store) : await self.scratch({ file });
      return { etag: (await self.commit(bucket, key, scratch, details)).etag };
    },
    async get(bucket, key): Promise<ObjectFile | undefined> {
      if (!exists(bucket)) return undefined;
      const found = await self.find(bucket, key);
      return (
        found && {
          file: found.file,
          size: found.record.size,
          etag: found.record.etag,
          lastModified: found.record.modified,
        }
      );
    },
    async list(bucket, prefix) {
      if (!exists(bucket)) return [];
      const entries = [];
      for (const { key, size, etag, modified } of index(bucket).from(prefix)) {
        if (!key.startsWith(prefix)) break;
        entries.push({ key, size, etag, lastModified: modified });
      }
      return entries;
    },
    async delete(bucket, key) {
      if (exists(bucket)) await self.remove(bucket, key);
    },
    close() {
      for (const opened of indexes.values()) opened.close();
      indexes.clear();
    },
  };
  const exists = (bucket: string) => buckets.has(bucket) || options.autoCreate?.(bucket) === true;
  return self;
}

const given = <K extends string, V>(name: K, value: V | undefined): { [P in K]?: V } =>
  (value === undefined ? {} : { [name]: value }) as { [P in K]?: V };

/** Renames where that is possible, copies from another file system. */
async function takeFile(file: string, store: Store): Promise<Scratch> {
  const own = scratchFile(store.path(scratchFolder));
  try {
    mkdirSync(dirname(own), { recursive: true });
    await rename(file, own);
  } catch (error) {
    if (!isSystemError(error) || error.code !== "EXDEV") throw error;
    const copied = await writeScratch({ file }, own, []);
    await unlink(file);
    return copied;
  }
  return adoptFile(own, []);
}

/** The preferred path unless a folder lies there, or a file lies where one of its folders must be. */
function placeOf(key: string, root: string, nameCase: NameCase): string {
  const { preferred, alternative } = pathsOfKey(key, nameCase);
  try {
    const stats = lstatSync(join(root, preferred), { throwIfNoEntry: false });
    if (stats?.isDirectory()) return alternative;
    makeRoom(join(root, preferred));
    return preferred;
  } catch (error) {
    if (isSystemError(error) && (error.code === "EEXIST" || error.code === "ENOTDIR")) return alternative;
    throw error;
  }
}

function makeRoom(file: string): string {
  mkdirSync(dirname(file), { recursive: true });
  return file;
}

/** Removes a file and the folders that it leaves empty: a folder in the way would push the key `a` aside. */
function removeFile(file: string, root: string): void {
  try {
    unlinkSync(file);
  } catch (error) {
    if (!isSystemError(error) || error.code !== "ENOENT") throw error;
  }
  for (let parent = dirname(file); parent.startsWith(root) && parent !== root; parent = dirname(parent)) {
    try {
      rmdirSync(parent);
    } catch {
      return;
    }
  }
}

/** Somebody changed or removed the file: the bytes on disk are the truth. */
async function refresh(index: BucketIndex, key: string, file: string) {
  const record = index.get(key);
  if (!record) return undefined;
  const stats = statSync(file, { throwIfNoEntry: false });
  if (!stats?.isFile()) {
    await index.append({ delete: key });
    index.apply({ delete: key });
    return undefined;
  }
  if (stats.size === record.size && stats.mtimeMs === record.fileTime) return { record, file };
  const { size, md5, fileTime } = await adoptFile(file, []);
  const { checksums: _old, checksumType: _type, ...kept } = record;
  const renewed: ObjectRecord = { ...kept, size, etag: md5, fileTime, modified: Math.floor(fileTime) };
  await index.append({ put: renewed });
  index.apply({ put: renewed });
  return { record: renewed, file };
}

/** Rebuilds a lost index from the files; their sizes and times prompt a fresh hash when they are first asked for. */
function readBack(index: BucketIndex, root: string): void {
  for (const path of readFolder(root)) {
    const key = keyOfPath(path);
    if (index.get(key)) continue;
    const modified = Math.floor(statSync(join(root, path)).mtimeMs);
    const record = { key, path, size: statSync(join(root, path)).size, etag: "", modified, fileTime: -1 };
    index.append({ put: record }).catch(() => undefined);
    index.apply({ put: record });
  }
}

function readFolder(root: string): string[] {
  try {
    return readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
  } catch (error) {
    if (isSystemError(error) && error.code === "ENOENT") return [];
    throw error;
  }
}
