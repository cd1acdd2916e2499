import { RuntimeError } from "./errors";

/** A container image that this machine can stand in for. */
export interface Image {
  /** Name of its locked environment: `python/requirements/<name>.txt`. */
  name: string;
  /** The version that decides how models behave; a Python that is used as it is must have exactly this one. */
  scikitLearn: string;
  /** The image's own Python, for the list of differences. */
  python: string;
  /** Lowest and highest minor version of Python 3 for which every pin of the lock has wheels. */
  pythonMinor: { lowest: number; highest: number };
  /** The image's other pins, for the list of differences. */
  pins: Record<string, string>;
}

/** The scikit-learn images (https://github.com/aws/sagemaker-scikit-learn-container). */
const images: readonly Image[] = [
  {
    name: "1.9-0",
    scikitLearn: "1.9.0",
    python: "3.12",
    pythonMinor: { lowest: 11, highest: 13 },
    pins: { numpy: "2.5.1", scipy: "1.18.0", pandas: "2.2.3", joblib: "1.5.3", threadpoolctl: "3.6.0" },
  },
  {
    name: "1.4-2",
    scikitLearn: "1.4.2",
    python: "3.12",
    pythonMinor: { lowest: 11, highest: 12 },
    pins: { numpy: "2.1.0", pandas: "2.3.2" },
  },
  {
    name: "1.2-1",
    scikitLearn: "1.2.1",
    python: "3.9",
    pythonMinor: { lowest: 9, highest: 11 },
    pins: { numpy: "1.24.1", pandas: "1.1.3", scipy: "1.8.0" },
  },
];

const repository = /(?:^|\/)sagemaker-scikit-learn:(\d+\.\d+-\d+)(?:-[\w.-]+)?$/;

/**
 * Finds the stand-in for an image.
 * @param uri the image URI of a request, for instance
 *   `683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3`, or an image's bare name
 * @throws RuntimeError `unknown_image`
 */
export function imageOf(uri: string): Image {
  const name = repository.exec(uri)?.[1] ?? uri;
  const image = images.find((candidate) => candidate.name === name);
  if (image) return image;
  throw new RuntimeError(
    "unknown_image",
    `The image ${JSON.stringify(uri)} cannot be run without Docker. The embedded cloud stands in for ` +
      `sagemaker-scikit-learn with the tags ${images.map((known) => known.name).join(", ")}.`,
    { facts: { image: uri, known: images.map((known) => known.name) } },
  );
}
