import { unlink } from "node:fs/promises";
import type { Clock } from "../../clock";
import { writeFailure } from "../../errors";
import type { BucketIndex, ObjectRecord } from "./bucket-index";
import type { ObjectFiles } from "./object-files";
import { keyOfPath } from "./object-path";
import type { ObjectOptions } from "./objects";
import { adoptFile, type Scratch } from "./scratch";

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

/** An object: what is known of it, and its file. */
export interface FoundObject {
  record: ObjectRecord;
  /** Absolute path. */
  file: string;
}

/** One bucket: its index and its files, kept in step. Changes are made one at a time. */
export class Bucket {
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    readonly name: string,
    readonly index: BucketIndex,
    private readonly files: ObjectFiles,
    private readonly clock: Clock,
  ) {}

  /** Makes a scratch file an object; on failure the scratch file is removed and the old object stays. */
  commit(key: string, scratch: Scratch, { condition, ...details }: PutDetails): Promise<ObjectRecord> {
    return this.inTurn(async () => {
      try {
        const current = this.index.get(key);
        condition?.(current);
        const record: ObjectRecord = {
          key,
          path: current?.path ?? this.files.placeOf(key),
          size: scratch.size,
          etag: scratch.md5,
          modified: this.clock.now().getTime(),
          fileTime: scratch.fileTime,
          ...details,
        };
        await this.index.append({ put: record });
        // In one go: nobody sees the new record with the old bytes.
        this.files.take(scratch.file, record.path);
        this.index.apply({ put: record });
        return record;
      } catch (cause) {
        await unlink(scratch.file).catch(() => undefined);
        throw writeFailure(`s3://${this.name}/${key}`, cause);
      }
    });
  }

  /** Undefined when there is no such object, or when its file has been taken away. */
  async find(key: string): Promise<FoundObject | undefined> {
    const record = this.index.get(key);
    if (!record) return undefined;
    return this.isAsRecorded(record) ? this.found(record) : this.inTurn(() => this.refresh(key));
  }

  /** @returns whether there was such an object */
  remove(key: string, condition?: PutDetails["condition"]): Promise<boolean> {
    return this.inTurn(async () => {
      const current = this.index.get(key);
      condition?.(current);
      if (!current) return false;
      await this.index.append({ delete: key });
      this.files.remove(current.path);
      this.index.apply({ delete: key });
      return true;
    });
  }

  /**
   * Changes are written to the index first and to the file next, one at a time: a process that was killed in between left
   * its last change half done. A put is taken back, as its bytes are gone; a deletion is carried out.
   */
  finishLast(): void {
    const { event, before } = this.index.lastFound ?? {};
    if (event?.delete !== undefined && before) this.files.remove(before.path);
    if (!event?.put || this.isAsRecorded(event.put)) return;
    const undone = before && this.isAsRecorded(before) ? { put: before } : undefined;
    const gone = this.files.stat(event.put.path) ? undefined : { delete: event.put.key };
    const correction = undone ?? gone;
    if (!correction) return;
    this.index.append(correction).catch(() => undefined);
    this.index.apply(correction);
  }

  /** Rebuilds a lost index from the files; they are hashed when they are first asked for. */
  readBack(): void {
    for (const path of this.files.list()) {
      const key = keyOfPath(path);
      const stats = this.files.stat(path);
      if (this.index.get(key) || !stats) continue;
      const record = { key, path, size: stats.size, etag: "", modified: Math.floor(stats.fileTime), fileTime: -1 };
      this.index.append({ put: record }).catch(() => undefined);
      this.index.apply({ put: record });
    }
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.last.then(work, work);
    this.last = turn.catch(() => undefined);
    return turn;
  }

  private isAsRecorded(record: ObjectRecord): boolean {
    const stats = this.files.stat(record.path);
    return stats?.size === record.size && stats.fileTime === record.fileTime;
  }

  private found(record: ObjectRecord): FoundObject {
    return { record, file: this.files.absolute(record.path) };
  }

  /** Somebody changed or removed the file: what is on disk is the truth. */
  private async refresh(key: string): Promise<FoundObject | undefined> {
    const record = this.index.get(key);
    if (!record) return undefined;
    if (!this.files.stat(record.path)) {
      await this.index.append({ delete: key });
      this.index.apply({ delete: key });
      return undefined;
    }
    if (this.isAsRecorded(record)) return this.found(record);
    const { size, md5, fileTime } = await adoptFile(this.files.absolute(record.path), []);
    const { checksums: _checksums, checksumType: _type, ...kept } = record;
    const renewed: ObjectRecord = { ...kept, size, etag: md5, fileTime, modified: Math.floor(fileTime) };
    await this.index.append({ put: renewed });
    this.index.apply({ put: renewed });
    return this.found(renewed);
  }
}
