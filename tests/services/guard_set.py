"""The shops and answers of `tests/data/guard.yaml` and `guard_other.yaml`, with their held-out half."""

import base64
from pathlib import Path
from typing import Any

import yaml

from services.ai.checks.rules import canary_of
from shared.workspace.config import Workspace

_FILE = Path(__file__).parents[1] / "data/guard.yaml"
SET: dict[str, Any] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
OTHER: dict[str, Any] = yaml.safe_load(_FILE.with_name("guard_other.yaml").read_text(encoding="utf-8"))
SET["shops"] |= OTHER["shops"]
MANY = [(f"P{n}", f"Part {n}", f"{n * 3 // 10 + 34}.{n % 10}0", "USD") for n in range(1000, 1600)]
"""A catalogue so large that most amounts are the price of a product, or a multiple of one."""


def shop(name: str) -> Workspace:
    """Return a workspace of the file."""
    given = SET["shops"][name]
    products = MANY if given["catalog"] == "many" else given["catalog"]
    return Workspace.model_validate(
        {
            "workspace": name,
            "name": given["name"],
            "region": given["region"],
            "bot": {"system_prompt": given["prompt"]},
            "faqs": [{"question": question, "answer": answer} for question, answer in given["faqs"]],
            "catalog": [
                {"sku": sku, "name": title, "price": price, "currency": currency}
                for sku, title, price, currency in products
            ],
        }
    )


def answer_of(case: dict[str, Any]) -> str:
    """Return the answer of a case; placeholders are replaced by the shop's canary."""
    canary = canary_of(case["shop"])
    return (
        str(case["answer"])
        .replace("{canary_start}", canary[:11])
        .replace("{canary_base64}", base64.b64encode(canary.encode()).decode())
        .replace("{canary_dashed}", "-".join(canary[at : at + 4] for at in range(0, 20, 4)))
    )


def half(cases: list[dict[str, Any]], *, held_out: bool) -> list[dict[str, Any]]:
    """Return every second case: those for writing the checks, or the held-out ones."""
    return cases[1::2] if held_out else cases[::2]
