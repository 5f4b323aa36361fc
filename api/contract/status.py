"""Describe how the service is."""

from pydantic import BaseModel, Field


class Health(BaseModel):
    """How the service is."""

    status: str
    knowledge: str = Field(description="hash of the knowledge in use")
    recommendations: int


class Ready(BaseModel):
    """That the service is warm."""

    status: str
    knowledge: str = Field(description="hash of the knowledge in use")
