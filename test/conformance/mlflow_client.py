"""What MLflow's own client finds on the server, as JSON."""

import json
import sys
import tempfile

from mlflow import MlflowClient

client = MlflowClient(tracking_uri=sys.argv[1])
runs = []
for experiment in client.search_experiments():
    for run in client.search_runs([experiment.experiment_id], max_results=1000):
        found = {
            "experiment": experiment.name,
            "id": run.info.run_id,
            "name": run.info.run_name,
            "status": run.info.status,
            "seconds": (run.info.end_time - run.info.start_time) / 1000,
            "params": run.data.params,
            "metrics": run.data.metrics,
            "points": {name: len(client.get_metric_history(run.info.run_id, name)) for name in run.data.metrics},
            "parent": run.data.tags.get("mlflow.parentRunId"),
            "execution": run.data.tags.get("sagewright.execution"),
            "files": [
                file.path
                for folder in client.list_artifacts(run.info.run_id)
                for file in client.list_artifacts(run.info.run_id, folder.path)
            ],
        }
        if "Evaluate/evaluation.json" in found["files"]:
            with tempfile.TemporaryDirectory() as folder:
                path = client.download_artifacts(run.info.run_id, "Evaluate/evaluation.json", folder)
                with open(path, encoding="utf-8") as file:
                    found["evaluation"] = json.load(file)
        runs.append(found)
models = [{"name": model.name, "aliases": model.aliases} for model in client.search_registered_models()]
versions = [
    {"name": version.name, "version": str(version.version), "run": version.run_id, "tags": version.tags}
    for version in client.search_model_versions()
]
json.dump({"runs": runs, "models": models, "versions": versions}, sys.stdout)
