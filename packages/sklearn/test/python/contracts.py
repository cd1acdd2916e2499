"""Contracts of the public data sets, as contract.json documents."""

from __future__ import annotations

from typing import Any

MISSING = ["", "?", "NA", "N/A", "NaN", "null", "None", "Unknown"]


def number(name: str, kind: str = "number", minimum: float | None = 0, maximum: float | None = None) -> dict[str, Any]:
    """A numeric column."""
    limits = {"minimum": minimum, "maximum": maximum}
    return {"name": name, "type": kind, **{key: value for key, value in limits.items() if value is not None}}


def category(name: str, *values: str) -> dict[str, Any]:
    """A category column that refuses other values."""
    return {"name": name, "type": "category", "categories": list(values), "unknown": "refuse"}


def flag(name: str, yes: str = "1", no: str = "0") -> dict[str, Any]:
    """A boolean column."""
    return {"name": name, "type": "boolean", "true": [yes], "false": [no]}


def contract(name: str, target: dict[str, Any], columns: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """A contract document."""
    return {"format": 1, "name": name, "missing": MISSING, "target": target, "columns": columns, **more}


def binary(column: str, positive: str = "1", negative: str = "0") -> dict[str, Any]:
    """A yes/no target."""
    return {"column": column, "kind": "binary", "positive": [positive], "negative": [negative]}


BANK = contract(
    "bank-churn",
    binary("Exited"),
    [
        number("CreditScore", "integer", 300, 850),
        category("Geography", "France", "Germany", "Spain"),
        {**category("Gender", "Female", "Male"), "required": True},
        {**number("Age", "integer", 18, 100), "required": True},
        number("Tenure", "integer", 0, 10),
        number("Balance"),
        number("NumOfProducts", "integer", 1, 4),
        flag("HasCrCard"),
        flag("IsActiveMember"),
        number("EstimatedSalary"),
    ],
    id=["RowNumber"],
    ignore=["CustomerId", "Surname"],
    segments=["Geography", "Gender"],
)

STATES = (
    "AK AL AR AZ CA CO CT DC DE FL GA HI IA ID IL IN KS KY LA MA MD ME MI MN MO MS MT NC ND NE NH NJ NM NV NY OH OK OR PA RI "
    "SC SD TN TX UT VA VT WA WI WV WY"
).split()

TELECOM = contract(
    "telecom-churn",
    binary("churn", "yes", "no"),
    [
        category("state", *STATES),
        number("account_length", "integer"),
        category("area_code", "area_code_408", "area_code_415", "area_code_510"),
        flag("international_plan", "yes", "no"),
        flag("voice_mail_plan", "yes", "no"),
        number("number_vmail_messages", "integer"),
        *[
            number(f"total_{part}_{what}", "integer" if what == "calls" else "number")
            for part in ("day", "eve", "night", "intl")
            for what in ("minutes", "calls", "charge")
        ],
        number("number_customer_service_calls", "integer"),
    ],
    id=["rownames"],
    segments=["international_plan", "area_code"],
)

SUBSCRIPTION = contract(
    "subscription-churn",
    binary("Churn"),
    [
        number("Age", "integer"),
        category("Gender", "Female", "Male"),
        number("Tenure", "integer"),
        number("Usage Frequency", "integer"),
        number("Support Calls", "integer"),
        number("Payment Delay", "integer"),
        category("Subscription Type", "Basic", "Standard", "Premium"),
        category("Contract Length", "Monthly", "Quarterly", "Annual"),
        number("Total Spend"),
        number("Last Interaction", "integer"),
    ],
    id=["CustomerID"],
    segments=["Contract Length"],
)

INSURANCE = contract(
    "insurance-clv",
    {"column": "Customer Lifetime Value", "kind": "regression", "minimum": 0},
    [
        category("Coverage", "Basic", "Extended", "Premium"),
        category("EmploymentStatus", "Disabled", "Employed", "Medical Leave", "Retired", "Unemployed"),
        number("Income"),
        category("Location Code", "Rural", "Suburban", "Urban"),
        number("Monthly Premium Auto"),
        number("Months Since Last Claim", "integer"),
        number("Months Since Policy Inception", "integer"),
        number("Number of Open Complaints", "integer"),
        number("Number of Policies", "integer"),
        number("Total Claim Amount"),
        category("Vehicle Class", "Four-Door Car", "Luxury Car", "Luxury SUV", "SUV", "Sports Car", "Two-Door Car"),
    ],
    id=["Customer"],
    segments=["Coverage"],
)
