/** A file of captured predictions or of labels, wherever it is. */
export interface RecordFile {
  /** Its content, piece by piece. */
  read(): Promise<AsyncIterable<Uint8Array>>;
}

/** Files whose hour is `from` (ISO 8601) or later, oldest first: of several records of an id the last one counts. */
export type RecordFiles = (from: string) => Promise<readonly RecordFile[]>;
