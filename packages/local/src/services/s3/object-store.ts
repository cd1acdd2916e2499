import { mkdirSync } from "node:fs";
import { rename, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import type { Clock } from "../../clock";
import { isSystemError } from "../../errors";
import type { ChecksumAlgorithm } from "../../protocol/checksum";
import { scratchFile } from "../../state/atomic-file";
import type { NameCase } from "../../state/safe-name";
import { type Collection, type Store, scratchFolder } from "../../state/store";
import { Bucket, type FoundObject, type PutDetails } from "./bucket";
import { BucketIndex, type IndexEvent, type ObjectRecord } from "./bucket-index";
import { noSuchBucket } from "./errors";
import { ObjectFiles } from "./object-files";
import type { ObjectBody, ObjectEntry, ObjectFile, ObjectOptions, Objects } from "./objects";
import { adoptFile, type Scratch, writeScratch } from "./scratch";

export type { PutDetails } from "./bucket";

/** A bucket's record. Times in epoch milliseconds. */
export interface BucketRecord {
  name: string;
  created: number;
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
export const createObjectStore = (options: ObjectStoreOptions): ObjectStore => new ObjectStore(options);

/** The buckets and objects behind S3's operations and behind {@link Objects}. */
export class ObjectStore implements Objects {
  readonly buckets: Collection<BucketRecord>;
  private readonly open = new Map<string, Bucket>();

  constructor(private readonly options: ObjectStoreOptions) {
    this.buckets = options.store.collection<BucketRecord>("s3-buckets");
  }

  async createBucket(name: string): Promise<void> {
    await this.buckets.put(name, { name, created: this.options.clock.now().getTime() });
  }

  async deleteBucket(name: string): Promise<void> {
    this.open.get(name)?.index.close();
    this.open.delete(name);
    await this.buckets.delete(name);
    await unlink(this.options.store.path("objects", ".index", `${name}.jsonl`)).catch(() => undefined);
  }

  /** @throws ServiceError NoSuchBucket */
  bucket(name: string): Bucket {
    const known = this.open.get(name);
    if (known) return known;
    if (!this.exists(name)) throw noSuchBucket(name);
    // Nobody waits for the record of a bucket that comes by itself: without it, the bucket comes by itself again.
    if (!this.buckets.has(name)) this.createBucket(name).catch(() => undefined);
    const bucket = this.openBucket(name);
    this.open.set(name, bucket);
    return bucket;
  }

  /** @throws ServiceError NoSuchBucket */
  index(bucket: string): BucketIndex {
    return this.bucket(bucket).index;
  }

  /** Writes a body beside the objects; {@link commit} makes it one. */
  scratch(body: ObjectBody, algorithms: readonly ChecksumAlgorithm[] = []): Promise<Scratch> {
    return writeScratch(body, this.scratchFile(), algorithms);
  }

  /** See {@link Bucket.commit}. */
  async commit(bucket: string, key: string, scratch: Scratch, details: PutDetails): Promise<ObjectRecord> {
    return this.bucket(bucket).commit(key, scratch, details);
  }

  /** See {@link Bucket.find}. */
  async find(bucket: string, key: string): Promise<FoundObject | undefined> {
    return this.bucket(bucket).find(key);
  }

  /** See {@link Bucket.remove}. */
  async remove(bucket: string, key: string, condition?: PutDetails["condition"]): Promise<boolean> {
    return this.bucket(bucket).remove(key, condition);
  }

  async put(bucket: string, key: string, body: ObjectBody, options: ObjectOptions = {}): Promise<{ etag: string }> {
    const target = this.bucket(bucket);
    return { etag: (await target.commit(key, await this.scratch(body), options)).etag };
  }

  async putFromFile(
    bucket: string,
    key: string,
    file: string,
    { move = false, ...options }: ObjectOptions & { move?: boolean } = {},
  ): Promise<{ etag: string }> {
    const target = this.bucket(bucket);
    const scratch = move ? await this.takeFile(file) : await this.scratch({ file });
    return { etag: (await target.commit(key, scratch, options)).etag };
  }

  async get(bucket: string, key: string): Promise<ObjectFile | undefined> {
    if (!this.exists(bucket)) return undefined;
    const found = await this.find(bucket, key);
    if (!found) return undefined;
    const { size, etag, modified } = found.record;
    return { file: found.file, size, etag, lastModified: modified };
  }

  async list(bucket: string, prefix: string): Promise<ObjectEntry[]> {
    if (!this.exists(bucket)) return [];
    const entries: ObjectEntry[] = [];
    for (const { key, size, etag, modified } of this.index(bucket).from(prefix)) {
      if (!key.startsWith(prefix)) break;
      entries.push({ key, size, etag, lastModified: modified });
    }
    return entries;
  }

  async delete(bucket: string, key: string): Promise<void> {
    if (this.exists(bucket)) await this.remove(bucket, key);
  }

  close(): void {
    for (const bucket of this.open.values()) bucket.index.close();
    this.open.clear();
  }

  private exists(bucket: string): boolean {
    return this.buckets.has(bucket) || this.options.autoCreate?.(bucket) === true;
  }

  private openBucket(name: string): Bucket {
    const { store, clock, nameCase = "case-sensitive" } = this.options;
    const files = new ObjectFiles(store.path("objects", name), nameCase);
    const damagedBefore = store.quarantined.length;
    const index = new BucketIndex(store.journal<IndexEvent>(`objects/.index/${name}`));
    const bucket = new Bucket(name, index, files, clock);
    bucket.finishLast();
    if (index.size === 0 || store.quarantined.length > damagedBefore) bucket.readBack();
    return bucket;
  }

  private scratchFile(): string {
    return scratchFile(this.options.store.path(scratchFolder));
  }

  /** Renames where that is possible, copies from another file system. */
  private async takeFile(file: string): Promise<Scratch> {
    const own = this.scratchFile();
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
}
