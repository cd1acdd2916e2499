#!/usr/bin/env bash
# Writes test/python/requirements.txt from requirements.in with uv; the job environment's own packages are left out.
set -euo pipefail
cd "$(dirname "$0")/../test/python"
uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url \
  --no-emit-package numpy --no-emit-package scipy --no-emit-package scikit-learn --no-emit-package joblib --no-emit-package threadpoolctl --no-emit-package pandas \
  --constraint <(printf 'scikit-learn==1.9.0\n') requirements.in -o requirements.txt
