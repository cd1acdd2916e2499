import { type Expression, fromContext } from "@sagewright/pipeline";
import { SklearnError } from "./errors";

/** The scikit-learn images of SageMaker that the container's code runs in. */
export type ImageVersion = "1.9-0" | "1.4-2-py312" | "1.2-1";

/** The newest image: scikit-learn 1.9.0 on Python 3.12. */
export const defaultImage: ImageVersion = "1.9-0";

const tags: Readonly<Record<ImageVersion, string>> = {
  "1.9-0": "1.9-0-cpu-py3",
  "1.4-2-py312": "1.4-2-py312-cpu-py3",
  "1.2-1": "1.2-1-cpu-py3",
};

/** The account that owns the scikit-learn images, by region (image_uri_config/sklearn.json of AWS's Python SDK). */
const accounts: Readonly<Record<string, string>> = {
  "us-east-1": "683313688378",
  "us-east-2": "257758044811",
  "us-west-1": "746614075791",
  "us-west-2": "246618743249",
  "ca-central-1": "341280168497",
  "ca-west-1": "190319476487",
  "sa-east-1": "737474898029",
  "eu-west-1": "141502667606",
  "eu-west-2": "764974769150",
  "eu-west-3": "659782779980",
  "eu-central-1": "492215442770",
  "eu-central-2": "680994064768",
  "eu-north-1": "662702820516",
  "eu-south-1": "978288397137",
  "eu-south-2": "104374241257",
  "ap-south-1": "720646828776",
  "ap-south-2": "628508329040",
  "ap-southeast-1": "121021644041",
  "ap-southeast-2": "783357654285",
  "ap-southeast-3": "951798379941",
  "ap-southeast-4": "106583098589",
  "ap-northeast-1": "354813040037",
  "ap-northeast-2": "366743142698",
  "ap-northeast-3": "867004704886",
  "ap-east-1": "651117190479",
  "af-south-1": "510948584623",
  "me-south-1": "801668240914",
  "me-central-1": "272398656194",
  "il-central-1": "898809789911",
  "us-gov-west-1": "414596584902",
  "us-gov-east-1": "237065988967",
  "cn-north-1": "450853457545",
  "cn-northwest-1": "451049120500",
};

/** Regions that have scikit-learn images. */
export const imageRegions: readonly string[] = Object.keys(accounts).sort();

/**
 * URI of a scikit-learn image in a region.
 *
 * @throws {@link SklearnError} `image_region` for a region without one, with the list; `image_version` for a version that
 *   is not one of {@link ImageVersion}.
 */
export function imageUri(region: string, version: ImageVersion = defaultImage): string {
  const account = Object.hasOwn(accounts, region) ? accounts[region] : undefined;
  if (account === undefined) {
    const message = `region: ${region} has no scikit-learn image. Use one of ${imageRegions.join(", ")}.`;
    throw new SklearnError("image_region", message);
  }
  if (!Object.hasOwn(tags, version)) {
    const known = Object.keys(tags).join(", ");
    throw new SklearnError("image_version", `image: ${version} is no scikit-learn image. Use one of ${known}.`);
  }
  const suffix = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  return `${account}.dkr.ecr.${region}.${suffix}/sagemaker-scikit-learn:${tags[version]}`;
}

/** The image in the region that the pipeline is compiled for. */
export function image(version: ImageVersion = defaultImage): Expression<string> {
  return fromContext(({ target }) => imageUri(target.region, version));
}
