import type {
  AddTagsInput,
  AddTagsOutput,
  DeleteTagsInput,
  DeleteTagsOutput,
  ListTagsInput,
  ListTagsOutput,
} from "@aws-sdk/client-sagemaker";
import { validationException } from "../../../errors";
import type { RoomDeps } from "../../../room";
import { type OperationTable, operation } from "../../../service";
import { pageOf } from "../listing/page";

/** Tags of one resource. */
export interface TagRecord {
  readonly arn: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** Most tags that a resource may have. */
const maxTags = 50;

/** Which operation knows whether a resource exists, by the kind in its ARN, and the member that names it there. */
export const owners: Readonly<Record<string, { operation: string; member: string; byArn?: true }>> = {
  "training-job": { operation: "DescribeTrainingJob", member: "TrainingJobName" },
  "processing-job": { operation: "DescribeProcessingJob", member: "ProcessingJobName" },
  "transform-job": { operation: "DescribeTransformJob", member: "TransformJobName" },
  "hyper-parameter-tuning-job": {
    operation: "DescribeHyperParameterTuningJob",
    member: "HyperParameterTuningJobName",
  },
  model: { operation: "DescribeModel", member: "ModelName" },
  endpoint: { operation: "DescribeEndpoint", member: "EndpointName" },
  "endpoint-config": { operation: "DescribeEndpointConfig", member: "EndpointConfigName" },
  pipeline: { operation: "DescribePipeline", member: "PipelineName" },
  "model-package-group": { operation: "DescribeModelPackageGroup", member: "ModelPackageGroupName" },
  "model-package": { operation: "DescribeModelPackage", member: "ModelPackageName", byArn: true },
};

/** The tags of all resources, by ARN. */
export const tagRecords = ({ store }: Pick<RoomDeps, "store">) => store.collection<TagRecord>("tags");

/** Tags on any resource of the account. */
export function tagOperations(deps: RoomDeps): OperationTable {
  const records = tagRecords(deps);
  const tagsOf = (arn: string) => records.get(arn)?.tags ?? {};
  return {
    AddTags: operation<AddTagsInput, AddTagsOutput>(async (input) => {
      const arn = await existing(deps, input.ResourceArn);
      const added = Object.fromEntries((input.Tags ?? []).map(({ Key = "", Value = "" }) => [Key, Value]));
      const tags = { ...tagsOf(arn), ...added };
      if (Object.keys(tags).length > maxTags) {
        throw validationException(
          `A resource has at most ${maxTags} tags; ${arn} would have ${Object.keys(tags).length}.`,
        );
      }
      await records.put(arn, { arn, tags });
      return { Tags: listOf(tags) };
    }),
    ListTags: operation<ListTagsInput, ListTagsOutput>(async (input) => {
      const arn = await existing(deps, input.ResourceArn);
      const { items, NextToken } = pageOf(listOf(tagsOf(arn)), input, {
        size: 50,
        descending: false,
        key: ({ Key }) => Key,
        id: ({ Key }) => Key,
      });
      return { Tags: items, NextToken };
    }),
    DeleteTags: operation<DeleteTagsInput, DeleteTagsOutput>(async (input) => {
      const arn = await existing(deps, input.ResourceArn);
      const gone = new Set(input.TagKeys ?? []);
      const tags = Object.fromEntries(Object.entries(tagsOf(arn)).filter(([key]) => !gone.has(key)));
      await records.put(arn, { arn, tags });
      return {};
    }),
  };
}

const listOf = (tags: Readonly<Record<string, string>>) => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

/** The ARN of a resource that exists. @throws ServiceError ValidationException */
async function existing({ invoke, region, accountId }: RoomDeps, arn = ""): Promise<string> {
  const [, kind = "", name = ""] =
    new RegExp(`^arn:aws[a-z-]*:sagemaker:${region}:${accountId}:([a-z-]+)/(.+)$`).exec(arn) ?? [];
  const owner = owners[kind];
  if (!owner) throw validationException("Resource does not exist.");
  const [first = ""] = name.split("/");
  try {
    await invoke("sagemaker", owner.operation, { [owner.member]: owner.byArn ? arn : first });
  } catch {
    throw validationException("Resource does not exist.");
  }
  return arn;
}
