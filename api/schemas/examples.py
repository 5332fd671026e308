"""Answers that stand as examples in the OpenAPI document: what the API really said, shortened."""

import json
from pathlib import Path
from typing import Any

from pydantic import ConfigDict

_FOLDER = Path(__file__).parent.parent / "examples"


def with_examples(schema: str) -> ConfigDict:
    """Give the configuration of a schema that has examples, by its name."""
    return ConfigDict(json_schema_extra={"examples": _examples(schema)})


def put_nulls_back(schemas: dict[str, Any]) -> None:
    """Write the examples anew: FastAPI leaves every null out of its document, and answers do not.

    Parameters
    ----------
    schemas : dict
        By their name in the document, which may begin with the module's.
    """
    for name in sorted(path.stem for path in _FOLDER.glob("*.json")):
        for key, schema in schemas.items():
            if key.rpartition("__")[2] == name and "examples" in schema:
                schema["examples"] = _examples(name)


def _examples(schema: str) -> list[Any]:
    return list(json.loads((_FOLDER / f"{schema}.json").read_text(encoding="utf-8")))
