/** A Python that has an image's packages. */
export interface Environment {
  /** Name of the image it stands in for, for instance `1.9-0`. */
  image: string;
  /** Absolute path of its interpreter. */
  python: string;
  /** What differs from the real image, one sentence each; a job's log starts with them. */
  differences: string[];
}

/** How an environment is found or made. */
export interface EnvironmentOptions {
  /** An image URI or an image's bare name. */
  image: string;
  /** Folder that holds all environments. @default the user's cache folder (see `SAGEWRIGHT_CACHE`) */
  home?: string;
  /** A Python that is used as it is when its scikit-learn is the image's. @default `SAGEWRIGHT_PYTHON`, else an environment is made */
  python?: string;
  /** Told what is going on when something takes time; silent when the environment is there. */
  onProgress?: (line: string) => void;
  /** @default the process's own */
  env?: NodeJS.ProcessEnv;
  /** Gives up making one; its reason is thrown. @default nothing does */
  signal?: AbortSignal;
}
