"""moto's CloudFormation, with every type of the app's templates made through moto's own API.

moto reads the template: parameters, conditions, references, imports and exports, the order of creation, what is retained. Its own
resources leave out much of what a template says (layers, dead letters, policies, the body of an API) and follow updates by text
alone, so resources are made here, by the calls that CloudFormation would make, validated by botocore and then by moto. Which changes replace a
resource is read from CloudFormation's schemas, as cfn-lint carries them: what is new is made before what is old is removed, so that a
name which is given cannot be replaced.
"""

import json
import traceback
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, Callable

import yaml
from aws import URL, Cloud, work_in
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER
from conditions import leave_conditions
from moto.cloudformation import parsing
from moto.cloudformation.exceptions import ValidationError
from moto.core.common_models import CloudFormationModel

#: File of what every resource was made with, a line each: what services say of themselves leaves some of it out.
GIVEN = {"file": ""}


@dataclass
class Made:
    """What `Ref` and `Fn::GetAtt` give, and how a resource is changed and removed."""

    ref: str
    attributes: dict[str, str] = field(default_factory=dict)
    remove: Callable[[], Any] = lambda: None
    #: Takes the new properties. Without it a change that does not replace is refused.
    change: Callable[[dict[str, Any]], Any] | None = None
    #: What of it moto has not, and the template's word is all there is.
    without: tuple[str, ...] = ()


Maker = Callable[[Cloud, str, dict[str, Any]], Made]
#: Resources by stack and logical id.
LIVE: dict[tuple[str, str], "Resource"] = {}
#: What was replaced is removed when its stack is updated, as CloudFormation does it.
REPLACED: dict[str, list[Callable[[], Any]]] = defaultdict(list)


class Resource:
    """A resource of a stack, as moto's CloudFormation handles it."""

    def __init__(self, kind: str, stack: str, logical_id: str, given: dict[str, Any] | None, made: Made) -> None:
        self.type, self.stack, self.logical_resource_id = kind, stack, logical_id
        self.given, self.made = given, made

    @property
    def physical_resource_id(self) -> str:
        return self.made.ref

    def get_cfn_attribute(self, name: str) -> str:
        if name not in self.made.attributes:
            raise ValueError(f"{self.type} {self.logical_resource_id} has no attribute {name}")
        return self.made.attributes[name]

    def is_created(self) -> bool:
        return True

    def delete(self, account: str, _region: str) -> None:
        work_in(account)
        if LIVE.pop((self.stack, self.logical_resource_id), None) is not None:
            self.made.remove()
            self.given = None
            record(self)


def makes(kind: str, name: str = "") -> Callable[[Maker], Maker]:
    """Registers how a type is made. `name` is the property with the resource's name; without one moto makes a name up."""

    def register(maker: Maker) -> Maker:
        def create(_cls: type, given_name: str, template: dict[str, Any], account: str, region: str, **told: Any) -> Resource:
            cloud, logical_id = Cloud(account, region, told["StackId"]), told["LogicalId"]
            work_in(account)
            try:
                return settle(maker, cloud, kind, logical_id, given_name, template)
            except Exception as error:
                traceback.print_exc()
                raise ValidationError(cloud.stack, message=f"{kind} {logical_id}: {error}") from error

        members = {
            "cloudformation_type": staticmethod(lambda: kind),
            "cloudformation_name_type": staticmethod(lambda: name),
            "has_cfn_attr": classmethod(lambda _cls, _attribute: True),
            "create_from_cloudformation_json": classmethod(create),
        }
        MODELS[kind] = type(kind.replace("::", ""), (CloudFormationModel,), members)
        return maker

    return register


MODELS: dict[str, type] = {}


def settle(maker: Maker, cloud: Cloud, kind: str, logical_id: str, name: str, template: dict[str, Any]) -> Resource:
    given = json.loads(json.dumps(template.get("Properties", {})))
    found = LIVE.get((cloud.stack, logical_id))
    if found is None:
        made = Resource(kind, cloud.stack, logical_id, given, maker(cloud, name, given))
        LIVE[(cloud.stack, logical_id)] = made
        record(made)
        return made
    changed = changes(found.given, given)
    if not changed:
        return found
    if replaced_by(kind, changed):
        before = found.made
        found.made = maker(cloud, name, given)
        if template.get("UpdateReplacePolicy") != "Retain":
            REPLACED[cloud.stack].append(before.remove)
    elif found.made.change is None:
        raise ValueError(f"{kind} {logical_id} cannot be changed here: {', '.join(changed)}")
    else:
        found.made.change(given)
    found.given = given
    record(found)
    return found


def record(made: Resource) -> None:
    with open(GIVEN["file"], "a") as lines:
        told = {"stack": made.stack.split("/")[1], "id": made.logical_resource_id, "type": made.type, "ref": made.physical_resource_id}
        lines.write(json.dumps({**told, "without": made.made.without, "given": made.given}) + "\n")


def changes(before: Any, now: Any, path: str = "/properties") -> list[str]:
    """Paths of properties that differ, each with those it is in."""
    if before == now:
        return []
    inside = []
    if isinstance(before, dict) and isinstance(now, dict):
        for key in sorted(before.keys() | now.keys()):
            inside += changes(before.get(key), now.get(key), f"{path}/{key}")
    return [path, *inside]


def replaced_by(kind: str, changed: list[str]) -> bool:
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("eu-central-1", kind).schema
    return any(each in changed for each in schema.get("createOnlyProperties") or [])


def update(self: Any, template: dict[str, Any], parameters: dict[str, Any] | None = None) -> None:
    """Every resource is settled again, in the order of references: what refers to a replaced one is changed with it."""
    work_in(self._account_id)
    for logical_id in self._resource_json_map:
        self._parsed_resources.pop(logical_id, None)
    self._template, self._resource_json_map = template, template["Resources"]
    if parameters:
        self.input_parameters = parameters
    self.load_mapping()
    self.load_parameters()
    self.load_conditions()
    there = [logical_id for logical_id in template["Resources"] if self[logical_id] is not None]
    for remove in reversed(REPLACED.pop(self.stack_id, [])):
        remove()
    for stack, logical_id in list(LIVE):
        if stack == self.stack_id and logical_id not in there:
            LIVE[(stack, logical_id)].delete(self._account_id, self._region_name)


def install(url: str, file: str) -> None:
    """Puts all of it in moto's place. Templates are JSON, which moto would read as YAML, and for minutes."""
    URL["of"], GIVEN["file"] = url, file
    slow = yaml.load
    yaml.load = lambda text, Loader: json.loads(text) if str(text).startswith("{") else slow(text, Loader=Loader)
    usual, names = parsing.resource_class_from_type, parsing.resource_name_property_from_type
    parsing.resource_class_from_type = lambda kind: MODELS[kind] if kind in MODELS else usual(kind)
    parsing.resource_name_property_from_type = (
        lambda kind: MODELS[kind].cloudformation_name_type() if kind in MODELS else names(kind)
    )
    parsing.ResourceMap.update = update
    leave_conditions()
