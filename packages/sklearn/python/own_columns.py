"""Columns that a data set may bring along for Sagewright itself: which split a row belongs to, how much it weighs."""

from __future__ import annotations

OWN_PREFIX = "sagewright_"
SPLIT = f"{OWN_PREFIX}split"
WEIGHT = f"{OWN_PREFIX}weight"
