"""The measured facts of CANN's graph engine (``ge.json``) and what of them we declare."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
INCLUDE = ROOT / "mock_cann" / "include"
FACTS: dict[str, Any] = json.loads((Path(__file__).parent / "ge.json").read_text())

# Headers of CANN that we do not have: what they declare is not emulated.
NOT_DECLARED = {
    "ge/eager_style_graph_builder/c/esb_funcs.h": "the eager-style graph builder",
    "ge/ge_continuous_tensor_list_api.h": "gone after 8.1",
    "ge/ge_prof.h": "profiling",
    "graph/c_types.h": "only the eager-style graph builder uses it",
}
# Included by programs, but not the place where a fact was measured.
ENTRY_HEADERS = ["exe_graph/runtime/tensor.h", "ge/ge_api_types.h", "ge/ge_error_codes.h"]


def declared(kind: str) -> list[dict[str, Any]]:
    """Facts of one kind that CANN 9.2 has and our headers have to declare."""
    return [fact for fact in FACTS[kind] if fact.get("in_9_2", True) and fact["header"] not in NOT_DECLARED]


def methods(fact: dict[str, Any], *kinds: str) -> list[dict[str, Any]]:
    return [m for m in fact["methods"] if m.get("in_9_2", True) and m["k"] in kinds]
