#!/usr/bin/env python3
"""Write the constraint tables of this package from AWS's published service model.

The model is the one botocore carries, so the result names the botocore version it came from. Run with any Python that
has botocore: ``python scripts/generate-constraints.py [output folder]``. Same botocore, same bytes.
"""

import gzip
import json
import re
import sys
from pathlib import Path

import botocore

GENERATOR = "packages/pipeline/scripts/generate-constraints.py"

# Requests that the steps of pipelines and the embedded cloud take.
REQUESTS = re.compile(
    r"^(Create|Describe|List|Stop|Delete|Update)(TrainingJob|ProcessingJob|TransformJob|HyperParameterTuningJob)s?$"
    r"|^ListTrainingJobsForHyperParameterTuningJob$"
    r"|^(Create|Describe|List|Delete|Update)(Model|ModelPackage|ModelPackageGroup|EndpointConfig|Endpoint|InferenceComponent)s?$"
    r"|^UpdateEndpointWeightsAndCapacities$|^UpdateInferenceComponentRuntimeConfig$|^BatchDescribeModelPackage$"
    r"|PipelineExecution|PipelineVersion|PipelineParametersForExecution|^(Create|Describe|List|Delete|Update)Pipelines?$"
    r"|^(Add|List|Delete)Tags$"
    r"|^(Create|Describe|List|Delete|Update)(Action|Artifact|Context)s?$|^(Add|List|Delete)Associations?$"
    r"|^(Create|Describe|Stop|List)AutoMLJobs?$|^(Create|Describe|Stop|List|Delete)Jobs?$"
)

# Responses that references into steps follow.
RESPONSES = [
    "DescribeTrainingJob",
    "DescribeProcessingJob",
    "DescribeTransformJob",
    "DescribeHyperParameterTuningJob",
    "ListTrainingJobsForHyperParameterTuningJob",
    "DescribeModel",
    "DescribeModelPackage",
    "DescribeEndpointConfig",
    "DescribeEndpoint",
    "DescribeInferenceComponent",
    "DescribeAutoMLJob",
    "DescribeJob",
]

# Patterns of the model that no engine should run as they are, with equals that cannot backtrack without end, and the
# ones that are broken as written (a quantifier on "$"), as AWS means them.
REWRITTEN = {
    r".*(?:[ \r\n\t].*)*": r"[\s\S]*",
    r".*(?:[ \r\n\t].*)*.*": r"[\s\S]*",
    r"[a-z0-9]([-a-z0-9]*[a-z0-9]){0,39}?": r"[a-z0-9]([-a-z0-9]*[a-z0-9])?",
    r"([\p{L}\p{Z}\p{N}_.:\/=+\-@]*)${1,128}": r"[\p{L}\p{Z}\p{N}_.:\/=+\-@]*",
    r"([\p{L}\p{Z}\p{N}_.:\/=+\-@]*)${1,256}": r"[\p{L}\p{Z}\p{N}_.:\/=+\-@]*",
    r"https://([.\-_a-zA-Z0-9]+/?){3,1016}": r"https://[.\-_a-zA-Z0-9/]{3,1016}",
}


def main() -> None:
    """Read the model, write the two files."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent.parent / "src" / "generated"
    model = load_model()
    operations = {}
    wanted: dict[str, bool] = {}
    for name, operation in sorted(model["operations"].items()):
        entry = {}
        if REQUESTS.search(name) and "input" in operation:
            entry["input"] = operation["input"]["shape"]
            reach(model, entry["input"], wanted, constrained=True)
        if name in RESPONSES:
            entry["output"] = operation["output"]["shape"]
            reach(model, entry["output"], wanted, constrained=False)
        if entry:
            operations[name] = entry
    shapes = {name: compact(model["shapes"][name], wanted[name]) for name in sorted(wanted)}
    table = {
        "generatedBy": GENERATOR,
        "source": f"sagemaker 2017-07-24 of botocore {botocore.__version__}",
        "operations": operations,
        "shapes": shapes,
    }
    rows = [f"  {json.dumps(name)}: {dump(shape)}" for name, shape in shapes.items()]
    text = ",\n".join(f"{json.dumps(key)}: {dump(value)}" for key, value in table.items() if key != "shapes")
    write(folder / "sagemaker.json", "{\n" + text + ',\n"shapes": {\n' + ",\n".join(rows) + "\n}}\n")
    write(folder / "map-members.ts", map_members(model, operations))


def load_model() -> dict:
    """Return sagemaker's service model from botocore."""
    folder = Path(botocore.__file__).parent / "data" / "sagemaker" / "2017-07-24"
    packed = folder / "service-2.json.gz"
    return json.loads(gzip.decompress(packed.read_bytes()) if packed.exists() else (folder / "service-2.json").read_bytes())


def reach(model: dict, name: str, wanted: dict[str, bool], constrained: bool) -> None:
    """Mark a shape and what it is made of. A shape that any request uses keeps its constraints."""
    if name in wanted and (wanted[name] or not constrained):
        return
    wanted[name] = constrained or wanted.get(name, False)
    shape = model["shapes"][name]
    parts = [*shape.get("members", {}).values(), *(shape[key] for key in ("member", "key", "value") if key in shape)]
    for part in parts:
        reach(model, part["shape"], wanted, constrained)


def compact(shape: dict, constrained: bool) -> dict:
    """Shorten a shape: t type, m members, r required, i item, k key, v value, e enum, p pattern, a min, z max, u union."""
    out: dict = {"t": shape["type"]}
    if "members" in shape:
        out["m"] = {name: member["shape"] for name, member in shape["members"].items()}
    for long, short in (("member", "i"), ("key", "k"), ("value", "v")):
        if long in shape:
            out[short] = shape[long]["shape"]
    if not constrained:
        return out
    for long, short in (("required", "r"), ("enum", "e"), ("min", "a"), ("max", "z"), ("union", "u")):
        if long in shape and shape[long] not in ([], None):
            out[short] = shape[long]
    if "pattern" in shape:
        out["p"] = REWRITTEN.get(shape["pattern"], shape["pattern"])
    return out


def map_members(model: dict, operations: dict) -> str:
    """TypeScript with the response members that are maps: their keys are written ['key'] in a reference."""
    seen: set[str] = set()
    kinds: dict[str, set[str]] = {}

    def visit(name: str) -> None:
        if name in seen:
            return
        seen.add(name)
        shape = model["shapes"][name]
        for member, part in shape.get("members", {}).items():
            kinds.setdefault(member, set()).add(model["shapes"][part["shape"]]["type"])
            visit(part["shape"])
        for key in ("member", "value"):
            if key in shape:
                visit(shape[key]["shape"])

    for entry in operations.values():
        if "output" in entry:
            visit(entry["output"])
    maps = sorted(name for name, types in kinds.items() if types == {"map"})
    mixed = sorted(name for name, types in kinds.items() if "map" in types and len(types) > 1)
    if mixed:
        raise SystemExit(f"Members that are a map here and something else there: {mixed}. Tell them apart by path.")
    lines = "".join(f'  "{name}",\n' for name in sorted({*maps, "OutputParameters"}))
    return (
        f"// Generated by {GENERATOR} from botocore {botocore.__version__}.\n\n"
        "/** Members of step results that are maps. Keys under them are written `['key']`. */\n"
        f"export const mapMembers: ReadonlySet<string> = new Set([\n{lines}]);\n"
    )


def dump(value: object) -> str:
    """JSON without spaces."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=True)


def write(path: Path, text: str) -> None:
    """Write a file and say so."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    print(f"{path}: {len(text.encode())} bytes")


if __name__ == "__main__":
    main()
