/** Content of an object: bytes, a stream of bytes, or a file on disk that is copied. */
export type ObjectBody = Uint8Array | AsyncIterable<Uint8Array> | { file: string };

/** What is kept of an object beside its bytes. */
export interface ObjectOptions {
  contentType?: string;
  /** User metadata (`x-amz-meta-*`), keys in lower case. */
  metadata?: Record<string, string>;
}

/** One entry of a listing. */
export interface ObjectEntry {
  key: string;
  /** Bytes. */
  size: number;
  /** As S3 shows it, without quotes. */
  etag: string;
  /** Epoch milliseconds. */
  lastModified: number;
}

/** A real file on disk that holds an object: link or copy it, never change it. */
export interface ObjectFile {
  file: string;
  /** Bytes. */
  size: number;
  etag: string;
  /** Epoch milliseconds. */
  lastModified: number;
}

/** S3's objects for the other rooms, without the wire. */
export interface Objects {
  /** @throws ServiceError NoSuchBucket */
  put(bucket: string, key: string, body: ObjectBody, options?: ObjectOptions): Promise<{ etag: string }>;
  /** Undefined when bucket or key do not exist. */
  get(bucket: string, key: string): Promise<ObjectFile | undefined>;
  /** All objects whose key starts with the prefix, in the byte order of their keys; empty when the bucket does not exist. */
  list(bucket: string, prefix: string): Promise<ObjectEntry[]>;
  /**
   * Makes a file an object without reading it through this process where the file system allows that.
   * @param options.move the file is the caller's to give away: it is renamed into place
   */
  putFromFile(
    bucket: string,
    key: string,
    file: string,
    options?: ObjectOptions & { move?: boolean },
  ): Promise<{ etag: string }>;
  delete(bucket: string, key: string): Promise<void>;
}
