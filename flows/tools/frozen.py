"""Records whose fields do not change."""

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """A record that stays as it was made; a field that it does not know is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")
