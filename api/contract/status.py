"""Describe how the service is."""

from pydantic import BaseModel, Field


class Health(BaseModel):
    """How the service is."""

    status: str
    knowledge: str = Field(description="hash of the knowledge in use")
    recommendations: int


class Reloaded(BaseModel):
    """That the ontology folder was loaded anew."""

    knowledge: str = Field(description="hash of the knowledge in use")
    changed: bool = Field(description="whether it is other knowledge than before; the other workers follow in seconds")


class Ready(BaseModel):
    """That the service is warm."""

    status: str
    knowledge: str = Field(description="hash of the knowledge in use")
