"""Results read from files that say where they come from (``flows/tools/provenance.py``)."""

from typing import Any

from pydantic import BaseModel, model_validator

from neuroloom.flows.tools.provenance import KEY


class Recorded(BaseModel):
    """A result whose file names its provenance, which is left out when it is read."""

    @model_validator(mode="before")
    @classmethod
    def _result_alone(cls, data: Any) -> Any:
        if isinstance(data, dict):
            return {name: value for name, value in data.items() if name != KEY}
        return data
