"""Decide cases with OPA's Rego: rules/guideline.rego, in the engine of `opa-eval` or of `regopy`."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Json = dict[str, Any]
Decide = Callable[[Json], tuple[str, float | None]]
POLICY = Path(__file__).parent / "rules" / "guideline.rego"


def opa_eval(above: dict[str, list[str]]) -> Decide:
    """Read the policy once, in Regorus."""
    from opa_eval import OpaEval

    policy = OpaEval(str(POLICY), json.dumps({"above": above}), "data.guideline.answer")

    def decide(plain: Json) -> tuple[str, float | None]:
        found = policy.evaluate_parsed(json.dumps(plain))
        return found["verdict"], found["amount"]

    return decide


def regopy(above: dict[str, list[str]]) -> Decide:
    """Read the policy once, in rego-cpp."""
    from regopy import Interpreter

    policy = Interpreter()
    policy.add_module("guideline", POLICY.read_text(encoding="utf-8"))
    policy.add_data({"above": above})

    def decide(plain: Json) -> tuple[str, float | None]:
        policy.set_input(plain)
        found = json.loads(str(policy.query("data.guideline.answer")))["expressions"][0]
        return found["verdict"], found["amount"]

    return decide
