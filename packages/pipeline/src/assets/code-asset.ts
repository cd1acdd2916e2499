import { createHash } from "node:crypto";
import { PipelineError } from "../errors";
import { type Expression, expressionOf } from "../expressions/expression";
import type { Target } from "../target";
import { gzipStored } from "./gzip";
import { type NamedBytes, tar } from "./tar";

/** Files by name (`folder/file.py`), as text or bytes. */
export type SourceFiles = Readonly<Record<string, string | Uint8Array>>;

/** Objects to upload for one piece of code. The key carries the digest of the content, so equal code has equal keys. */
export interface Asset {
  /** SHA-256 of the files' names and contents, hex. */
  readonly digest: string;
  readonly kind: "archive" | "directory";
  /** `s3://bucket/code/<digest>/` or `s3://bucket/code/<digest>/sourcedir.tar.gz`. */
  readonly uri: string;
  readonly files: readonly { readonly key: string; readonly bytes: Uint8Array }[];
}

/** Code that a step runs. */
export interface CodeAsset {
  readonly digest: string;
  readonly kind: "archive" | "directory";
  /** S3 URI of the archive, or of the folder with a slash at its end. */
  readonly uri: Expression<string>;
  /** The objects to upload for a target. */
  objects(target: Target): Asset;
}

/** Files that a step finds side by side in a folder. */
export function codeDirectory(source: { readonly files: SourceFiles }): CodeAsset {
  return codeAsset("directory", source.files);
}

/** Files packed into one `sourcedir.tar.gz`, which is what script mode unpacks. */
export function codeArchive(source: { readonly files: SourceFiles }): CodeAsset {
  return codeAsset("archive", source.files);
}

function codeAsset(kind: CodeAsset["kind"], source: SourceFiles): CodeAsset {
  const files = sortedFiles(source);
  const digest = digestOf(kind, files);
  const asset: CodeAsset = {
    digest,
    kind,
    uri: expressionOf<string>({ steps: [], render: (context) => context.include(asset) }),
    objects: (target) => {
      const prefix = `code/${digest}/`;
      const base = `s3://${target.bucket}/${prefix}`;
      if (kind === "directory") {
        return { digest, kind, uri: base, files: files.map(({ name, bytes }) => ({ key: prefix + name, bytes })) };
      }
      const key = `${prefix}sourcedir.tar.gz`;
      return { digest, kind, uri: `${base}sourcedir.tar.gz`, files: [{ key, bytes: gzipStored(tar(files)) }] };
    },
  };
  return asset;
}

function sortedFiles(source: SourceFiles): NamedBytes[] {
  const names = Object.keys(source).sort();
  if (names.length === 0) throw new PipelineError("code_empty", "files: no file given. Give at least one source file.");
  return names.map((name) => {
    if (!/^(?!\/)(?!.*(?:^|\/)\.\.?(?:\/|$))[^\0\\]+$/.test(name) || name.endsWith("/")) {
      throw new PipelineError(
        "code_file_name",
        `files: '${name}' is not a relative file name with forward slashes. Use a name such as 'folder/file.py'.`,
      );
    }
    const content = source[name] ?? "";
    return { name, bytes: typeof content === "string" ? new TextEncoder().encode(content) : content };
  });
}

function digestOf(kind: string, files: readonly NamedBytes[]): string {
  const hash = createHash("sha256").update(`sagewright-code-1\0${kind}\0`);
  for (const { name, bytes } of files) hash.update(`${name}\0${bytes.byteLength}\0`).update(bytes);
  return hash.digest("hex");
}
