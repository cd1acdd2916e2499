/**
 * Where the defect of each refused golden definition is. From the README beside the files: an issue must be at this path, or
 * at a member of it.
 */
export const defects: Readonly<Record<string, string>> = {
  "cache_on_condition.json": "Steps[1].CacheConfig",
  "condition_arguments_unknown.json": "Steps[1].Arguments.ThenSteps",
  "condition_in_values_scalar.json": "Steps[1].Arguments.Conditions[5].Values",
  "condition_not_expression.json": "Steps[1].Arguments.Conditions[6].Expression",
  "condition_right_missing.json": "Steps[1].Arguments.Conditions[0].RightValue",
  "cycle_depends_on.json": "Steps[0].DependsOn[0]",
  "depends_on_unknown.json": "Steps[2].DependsOn[1]",
  "join_values_not_array.json": "PipelineExperimentConfig.TrialName.Std:Join.Values",
  "jsonget_none.json": "Steps[1].Arguments.Conditions[0].LeftValue.Std:JsonGet",
  "jsonget_path_expression.json": "Steps[1].Arguments.Conditions[0].LeftValue.Std:JsonGet.Path",
  "name_duplicate_branches.json": "Steps[0].Arguments.IfSteps[0].Arguments.ElseSteps[0].Name",
  "param_enum_on_integer.json": "Parameters[5].EnumValues",
  "param_integer_default_string.json": "Parameters[5].DefaultValue",
  "param_name_missing.json": "Parameters[13].Name",
  "processing_app_missing.json": "Steps[0].Arguments.AppSpecification",
  "processing_runtime_too_long.json": "Steps[0].Arguments.StoppingCondition.MaxRuntimeInSeconds",
  "property_files_on_training.json": "Steps[1].PropertyFiles",
  "ref_execution_unknown.json": "Steps[0].Arguments.AppSpecification.ContainerArguments[0].Get",
  "ref_fail_properties.json": "Steps[2].Arguments.ErrorMessage.Get",
  "ref_not_string.json": "Steps[0].Arguments.AppSpecification.ContainerArguments[0].Get",
  "register_description.json": "Steps[3].Arguments.IfSteps[0].Arguments.Description",
  "step_description_too_long.json": "Steps[0].Description",
  "step_name_dot.json": "Steps[0].Name",
  "step_type_case.json": "Steps[0].Type",
  "steps_not_array.json": "Steps",
  "training_hyperparameter_number.json": "Steps[1].Arguments.HyperParameters.num_round",
  "training_output_missing.json": "Steps[1].Arguments.OutputDataConfig",
  "training_s3datatype_enum.json": "Steps[1].Arguments.InputDataConfig[0].DataSource.S3DataSource.S3DataType",
  "transform_strategy_enum.json": "Steps[2].Arguments.BatchStrategy",
  "trigger_step_missing.json": "Steps[2].DependsOn[0].Step",
  "tuning_config_missing.json": "Steps[0].Arguments.HyperParameterTuningJobConfig",
};

/** Kinds in the golden definitions whose rules are not written yet. A kind that becomes covered must leave this list. */
export const kindsNotCovered: readonly string[] = [
  "AutoML",
  "Callback",
  "Cleanup",
  "EMR",
  "EMRServerless",
  "Endpoint",
  "EndpointConfig",
  "ForEach",
  "InferenceComponent",
  "Job",
  "Lineage",
  "QualityCheck",
];
