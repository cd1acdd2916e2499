#!/usr/bin/env bash
# Writes test/conformance/mlflow-requirements.txt with uv. Left out: the job environment's own packages, and what MLflow
# draws plots and reads Parquet with, which its server never loads and which is half of the download.
set -euo pipefail
cd "$(dirname "$0")/../test/conformance"
left_out=(numpy scipy scikit-learn joblib threadpoolctl pandas narwhals
  matplotlib contourpy cycler fonttools kiwisolver pillow pyparsing pyarrow skops prettytable wcwidth)
uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url \
  "${left_out[@]/#/--no-emit-package=}" --constraint <(printf 'scikit-learn==1.9.0\n') \
  mlflow-requirements.in -o mlflow-requirements.txt
