"""Whether roles may do things, by moto's judgement: `python permitted.py URL REGION ACCOUNT` reads role, action and resource of each question."""

import json
import sys

from aws import URL, client_of, work_in
from conditions import leave_conditions
from moto.iam.access_control import IAMPolicy, PermissionResult


def main(url: str, region: str, account: str) -> None:
    URL["of"] = url
    work_in(account)
    leave_conditions()
    iam = client_of("iam", region)

    def permitted(role: str, action: str, resource: str) -> bool:
        results = []
        for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
            document = json.dumps(iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"])
            # moto takes a pattern for an expression, in which any one character is a full stop.
            results.append(IAMPolicy(document.replace("?", ".")).is_action_permitted(action, resource))
        return PermissionResult.PERMITTED in results and PermissionResult.DENIED not in results

    print(json.dumps([permitted(*question) for question in json.load(sys.stdin)]))


main(*sys.argv[1:])
