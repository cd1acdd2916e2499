import { byCodePoint, dumps, fromJson, loads, type PythonValue, repr, str } from "./python-value";
import type { TrainingRequest } from "./request";

/** What the platform and the training toolkit make of a request before the script's first line runs. */
export interface ToolkitEnvironment {
  /** Files below /opt/ml. */
  files: Record<string, string>;
  /** Variables of the script (with `ContainerEntrypoint`: of the container). */
  env: Record<string, string>;
  /** The whole command line. */
  argv: string[];
  /** Where it runs. */
  workingDirectory: string;
  /** Where the toolkit takes the code from; absent when the request names an entry point of its own. */
  code?: { uri: string; program: string };
}

/** Facts about the job that are not in its request. */
export interface ToolkitFacts {
  arn: string;
  region: string;
  cpus: number;
}

const groupName = "homogeneousCluster";
const codeFolder = "/opt/ml/code";
const frameworkModule = "sagemaker_sklearn_container.training:main";

/** Hyperparameters that steer the toolkit and that it keeps from the script. */
const knownToToolkit = new Set([
  "sagemaker_program",
  "sagemaker_submit_directory",
  "sagemaker_enable_cloudwatch_metrics",
  "sagemaker_region",
  "sagemaker_container_log_level",
  "sagemaker_job_name",
  "default_user_module_name",
  "_tuning_objective_metric",
  "sagemaker_s3_output",
]);

/**
 * The container's contract as a function of the request, as sagemaker-training 4.8.0 has it.
 * With `ContainerEntrypoint` there is no toolkit: only the platform's files and variables.
 */
export function toolkitEnvironment(request: TrainingRequest, facts: ToolkitFacts): ToolkitEnvironment {
  const resource = resourceConfig(request.ResourceConfig.InstanceType ?? "ml.m5.large");
  const channels = inputDataConfig(request);
  const files = {
    "input/config/hyperparameters.json": JSON.stringify(request.HyperParameters ?? {}),
    "input/config/inputdataconfig.json": JSON.stringify(channels),
    "input/config/resourceconfig.json": JSON.stringify(resource),
  };
  const platform: Record<string, string> = {
    TRAINING_JOB_NAME: request.TrainingJobName,
    TRAINING_JOB_ARN: facts.arn,
    AWS_REGION: facts.region,
    SM_STUDIO_LOCAL_MODE: "true",
    ...request.Environment,
  };
  const entrypoint = request.AlgorithmSpecification.ContainerEntrypoint;
  if (entrypoint) {
    const argv = [...entrypoint, ...(request.AlgorithmSpecification.ContainerArguments ?? [])];
    return { files, env: platform, argv, workingDirectory: "/" };
  }
  return { files, ...scriptMode(request, platform, facts, { resource, channels }) };
}

interface Configuration {
  resource: ReturnType<typeof resourceConfig>;
  channels: ReturnType<typeof inputDataConfig>;
}

function scriptMode(
  request: TrainingRequest,
  platform: Record<string, string>,
  facts: ToolkitFacts,
  { resource, channels }: Configuration,
): Omit<ToolkitEnvironment, "files"> {
  const { own, forToolkit } = splitHyperparameters(request.HyperParameters ?? {});
  const setting = (name: string): PythonValue | undefined => forToolkit.get(name);
  const program = platform.SAGEMAKER_PROGRAM ?? str(setting("sagemaker_program") ?? null);
  const moduleDir = str(setting("sagemaker_submit_directory") ?? platform.SAGEMAKER_SUBMIT_DIRECTORY ?? codeFolder);
  const framework = new Map([...forToolkit].filter(([name]) => !knownToToolkit.has(name)));
  const channelDirs = Object.fromEntries(Object.keys(channels).map((name) => [name, `/opt/ml/input/data/${name}`]));
  const args = commandArguments(own);
  const level = setting("sagemaker_container_log_level") ?? { int: 20n };
  const shared: Record<string, PythonValue> = {
    hosts: fromJson(resource.hosts),
    network_interface_name: resource.network_interface_name,
    user_entry_point: program,
    resource_config: fromJson(resource),
    input_data_config: fromJson(channels),
    output_data_dir: "/opt/ml/output/data",
    current_host: resource.current_host,
    current_instance_type: resource.current_instance_type,
    current_instance_group: groupName,
    current_instance_group_hosts: fromJson(resource.hosts),
    instance_groups: fromJson([groupName]),
    instance_groups_dict: fromJson({ [groupName]: resource.instance_groups[0] }),
    distribution_instance_groups: { list: [] },
    is_hetero: false,
    module_name: program.endsWith(".py") ? program.slice(0, -".py".length) : program,
    log_level: level,
    framework_module: frameworkModule,
    input_dir: "/opt/ml/input",
    input_config_dir: "/opt/ml/input/config",
    output_dir: "/opt/ml/output",
    num_cpus: fromJson(facts.cpus),
    num_gpus: fromJson(0),
    num_neurons: fromJson(0),
    model_dir: "/opt/ml/model",
    module_dir: moduleDir,
    output_intermediate_dir: "/opt/ml/output/intermediate",
  };
  const described: Record<string, PythonValue> = {
    ...shared,
    additional_framework_parameters: { dict: framework },
    channel_input_dirs: fromJson(channelDirs),
    distribution_hosts: { list: [] },
    hyperparameters: { dict: own },
    is_master: true,
    is_modelparallel_enabled: null,
    is_smddpmprun_installed: false,
    is_smddprun_installed: false,
    job_name: request.TrainingJobName,
    master_hostname: resource.current_host,
  };
  const variables: Record<string, PythonValue> = {
    ...shared,
    hps: { dict: own },
    framework_params: { dict: framework },
    channels: fromJson(Object.keys(channels).sort(byCodePoint)),
    training_env: { dict: new Map(Object.entries(described)) },
    user_args: fromJson(args),
    ...Object.fromEntries(Object.entries(channelDirs).map(([name, folder]) => [`channel_${name}`, folder])),
    ...Object.fromEntries([...own].map(([name, value]) => [`hp_${name}`, value])),
  };
  return {
    env: {
      ...platform,
      CURRENT_HOST: resource.current_host,
      SAGEMAKER_JOB_NAME: str(setting("sagemaker_job_name") ?? ""),
      SAGEMAKER_REGION: str(setting("sagemaker_region") ?? facts.region),
      PYTHONPATH: codeFolder,
      ...environmentVariables(variables),
    },
    argv: commandLine(program, args),
    workingDirectory: codeFolder,
    code: { uri: moduleDir, program },
  };
}

function resourceConfig(instanceType: string) {
  const hosts = ["algo-1"];
  return {
    current_host: "algo-1",
    current_instance_type: instanceType,
    current_group_name: groupName,
    hosts,
    instance_groups: [{ instance_group_name: groupName, instance_type: instanceType, hosts }],
    network_interface_name: "eth0",
  };
}

function inputDataConfig(request: TrainingRequest): Record<string, Record<string, string>> {
  const mode = request.AlgorithmSpecification.TrainingInputMode ?? "File";
  return Object.fromEntries(
    (request.InputDataConfig ?? []).map((channel) => [
      channel.ChannelName,
      {
        TrainingInputMode: channel.InputMode ?? mode,
        S3DistributionType: channel.DataSource?.S3DataSource?.S3DataDistributionType ?? "FullyReplicated",
        RecordWrapperType: channel.RecordWrapperType ?? "None",
        ...(channel.ContentType === undefined ? {} : { ContentType: channel.ContentType }),
      },
    ]),
  );
}

function splitHyperparameters(given: Record<string, string>) {
  const own = new Map<string, PythonValue>();
  const forToolkit = new Map<string, PythonValue>();
  for (const [name, text] of Object.entries(given)) {
    const parsed = loads(text);
    const value = parsed === undefined ? text : parsed;
    if (name.startsWith("sagemaker_") || knownToToolkit.has(name)) forToolkit.set(name, value);
    else own.set(name, value);
  }
  return { own, forToolkit };
}

function commandArguments(own: Map<string, PythonValue>): string[] {
  return [...own.keys()].sort(byCodePoint).flatMap((name) => {
    const dashes = [...name].length > 1 ? "--" : "-";
    return [name === "" ? "" : dashes + name, argumentValue(own.get(name) ?? null)];
  });
}

function argumentValue(value: PythonValue): string {
  if (value === null) return "";
  if (typeof value === "object" && "dict" in value) {
    const keys = [...value.dict.keys()].sort(byCodePoint);
    return keys.map((key) => `${key}=${str(value.dict.get(key) ?? null)}`).join(",");
  }
  return typeof value === "string" ? value : repr(value);
}

function environmentVariables(values: Record<string, PythonValue>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      `SM_${name.toUpperCase()}`,
      value === null ? "" : typeof value === "string" ? value : dumps(value),
    ]),
  );
}

/** Python programs run as such, shell scripts through a shell with quoted arguments, anything else as a command. */
function commandLine(program: string, args: readonly string[]): string[] {
  if (program.endsWith(".py")) {
    const line = ["python3", program, ...args];
    // The toolkit strips outer double quotes from the last word of the line, and only from that.
    return [...line.slice(0, -1), (line.at(-1) ?? "").replace(/^"+|"+$/g, "")];
  }
  return ["/bin/sh", "-c", [`./${program}`, ...args.map(shellQuoted)].join(" ")];
}

const shellQuoted = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\"'\"'")}'`;
