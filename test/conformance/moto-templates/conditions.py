"""How moto judges policies, but for one thing."""

from moto.iam.access_control import IAMPolicyStatement, PermissionResult


def leave_conditions() -> None:
    """moto denies by every statement whose condition it cannot judge; one that may not apply decides nothing here."""
    judge = IAMPolicyStatement.is_action_permitted
    IAMPolicyStatement.is_action_permitted = (
        lambda self, *asked: PermissionResult.NEUTRAL if "Condition" in self._statement else judge(self, *asked)
    )
