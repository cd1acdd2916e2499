import type { Change } from "./ledger";
import { type Actor, accountArn, BUCKET, IMAGE, orNothing, ROLE, type World } from "./world";

/** A definition that does nothing but end well. */
export const emptyDefinition = (note: string) =>
  JSON.stringify({
    Version: "2020-12-01",
    Metadata: { note },
    Parameters: [],
    Steps: [
      {
        Name: "Gate",
        Type: "Condition",
        Arguments: { Conditions: [{ Type: "Equals", LeftValue: 1, RightValue: 1 }], IfSteps: [], ElseSteps: [] },
      },
    ],
  });

/** Pipelines and their tags: created, updated, deleted. */
export function pipelines(world: World): Actor {
  const { ledger, random } = world;
  return {
    name: "pipelines",
    async step() {
      const PipelineName = `p${random.below(3)}`;
      const arn = accountArn("sagemaker", `pipeline/${PipelineName}`);
      const described = (to: unknown): Change => ({
        key: `pipeline ${PipelineName}`,
        to,
        read: () =>
          orNothing(
            world.clients.sagemaker
              .describePipeline({ PipelineName })
              .then((it) => [it.PipelineDefinition, it.PipelineDescription]),
          ),
      });
      const tags = (to: unknown): Change => ({
        key: `tags ${PipelineName}`,
        to,
        read: () =>
          orNothing(
            world.clients.sagemaker
              .listTags({ ResourceArn: arn })
              .then(({ Tags = [] }) => (Tags.length > 0 ? Tags.map(({ Value }) => Value) : undefined)),
          ),
      });
      const note = `n${random.below(1e6)}`;
      const request = {
        PipelineName,
        PipelineDefinition: emptyDefinition(note),
        PipelineDescription: note,
        RoleArn: ROLE,
      };
      const to = [request.PipelineDefinition, note];
      if (ledger.known(`pipeline ${PipelineName}`) === undefined) {
        const ClientRequestToken = world.name("token-of-thirty-two-characters-");
        return ledger.write([described(to), tags([note])], () =>
          world.clients.sagemaker.createPipeline({ ...request, ClientRequestToken, Tags: [{ Key: "n", Value: note }] }),
        );
      }
      const way = random();
      if (way < 0.2) {
        return ledger.write([described(undefined), tags(undefined)], () =>
          world.clients.sagemaker.deletePipeline({
            PipelineName,
            ClientRequestToken: world.name("token-of-thirty-two-characters-"),
          }),
        );
      }
      if (way < 0.4) {
        return ledger.write([tags([note])], () =>
          world.clients.sagemaker.addTags({ ResourceArn: arn, Tags: [{ Key: "n", Value: note }] }),
        );
      }
      if (way < 0.5) {
        return ledger.write([tags(undefined)], () =>
          world.clients.sagemaker.deleteTags({ ResourceArn: arn, TagKeys: ["n"] }),
        );
      }
      return ledger.write([described(to)], () => world.clients.sagemaker.updatePipeline(request));
    },
  };
}

/** Groups of models, and the versions in them: registered, judged, deleted. */
export function packages(world: World): Actor {
  const { ledger, random } = world;
  const approval = (arn: string, to: unknown): Change => ({
    key: `package ${arn}`,
    to,
    read: () =>
      orNothing(
        world.clients.sagemaker
          .describeModelPackage({ ModelPackageName: arn })
          .then((it) => [it.ModelApprovalStatus, it.ApprovalDescription]),
      ),
  });
  const versions = new Map<string, string[]>();
  return {
    name: "registry",
    async step() {
      const ModelPackageGroupName = `g${random.below(2)}`;
      const key = `group ${ModelPackageGroupName}`;
      const group = (to: unknown): Change => ({
        key,
        to,
        read: () =>
          orNothing(
            world.clients.sagemaker
              .describeModelPackageGroup({ ModelPackageGroupName })
              .then((it) => it.ModelPackageGroupDescription),
          ),
      });
      const known = (versions.get(ModelPackageGroupName) ?? []).filter((arn) => ledger.known(`package ${arn}`));
      const text = `d${random.below(1e6)}`;
      if (ledger.known(key) === undefined) {
        return ledger.write([group(text)], () =>
          world.clients.sagemaker.createModelPackageGroup({
            ModelPackageGroupName,
            ModelPackageGroupDescription: text,
          }),
        );
      }
      const arn = random.one(known);
      const way = random();
      if (arn === undefined || way < 0.3) {
        const { ModelPackageArn = "" } = await world.clients.sagemaker.createModelPackage({
          ModelPackageGroupName,
          ModelApprovalStatus: "PendingManualApproval",
          InferenceSpecification: {
            Containers: [{ Image: IMAGE, ModelDataUrl: `s3://${BUCKET}/models/blue.tar.gz` }],
            SupportedContentTypes: ["text/csv"],
            SupportedResponseMIMETypes: ["text/csv"],
          },
        });
        versions.set(ModelPackageGroupName, [...known, ModelPackageArn]);
        return ledger.write([approval(ModelPackageArn, ["PendingManualApproval", undefined])], async () => undefined);
      }
      if (way < 0.4) {
        return ledger.write([approval(arn, undefined)], () =>
          world.clients.sagemaker.deleteModelPackage({ ModelPackageName: arn }),
        );
      }
      const status = random.one(["Approved", "Rejected"] as const);
      return ledger.write([approval(arn, [status, text])], () =>
        world.clients.sagemaker.updateModelPackage({
          ModelPackageArn: arn,
          ModelApprovalStatus: status,
          ApprovalDescription: text,
        }),
      );
    },
  };
}

/** Models and endpoint configurations: created and deleted. */
export function models(world: World): Actor {
  const { ledger, random } = world;
  const model = () => {
    const ModelName = `m${random.below(3)}`;
    const key = `model ${ModelName}`;
    const note = `n${random.below(1e6)}`;
    const read = () =>
      orNothing(
        world.clients.sagemaker.describeModel({ ModelName }).then((it) => it.PrimaryContainer?.Environment?.NOTE),
      );
    return ledger.known(key) === undefined
      ? ledger.write([{ key, read, to: note }], () =>
          world.clients.sagemaker.createModel({ ...modelRequest("blue"), ...noted(ModelName, note) }),
        )
      : ledger.write([{ key, read, to: undefined }], () => world.clients.sagemaker.deleteModel({ ModelName }));
  };
  const config = () => {
    const EndpointConfigName = `c${random.below(3)}`;
    const key = `config ${EndpointConfigName}`;
    const count = 1 + random.below(4);
    const read = () =>
      orNothing(
        world.clients.sagemaker
          .describeEndpointConfig({ EndpointConfigName })
          .then((it) => it.ProductionVariants?.[0]?.InitialInstanceCount),
      );
    return ledger.known(key) === undefined
      ? ledger.write([{ key, read, to: count }], () =>
          world.clients.sagemaker.createEndpointConfig({
            EndpointConfigName,
            ProductionVariants: [variant("blue", count)],
          }),
        )
      : ledger.write([{ key, read, to: undefined }], () =>
          world.clients.sagemaker.deleteEndpointConfig({ EndpointConfigName }),
        );
  };
  return { name: "models", step: () => random.one([model, config])() };
}

const noted = (ModelName: string, NOTE: string) => ({
  ModelName,
  PrimaryContainer: { ...modelRequest("blue").PrimaryContainer, Environment: { NOTE } },
});

/** A model that answers its own name. */
export const modelRequest = (name: string) => ({
  ModelName: name,
  ExecutionRoleArn: ROLE,
  PrimaryContainer: {
    Image: IMAGE,
    ModelDataUrl: `s3://${BUCKET}/models/${name}.tar.gz`,
    Environment: { SAGEMAKER_PROGRAM: "inference.py", SAGEMAKER_SUBMIT_DIRECTORY: "/opt/ml/model/code" },
  },
});

export const variant = (ModelName: string, InitialInstanceCount: number) => ({
  VariantName: "AllTraffic",
  ModelName,
  InstanceType: "ml.m5.large" as const,
  InitialInstanceCount,
});
