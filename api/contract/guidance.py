"""Describe how guidelines are looked up."""

from pydantic import BaseModel, ConfigDict, Field, field_validator

from kb.case.model import read_day
from kb.errors import CaseError


class LookupQuery(BaseModel):
    """What to look up."""

    model_config = ConfigDict(extra="forbid")

    service: str = Field(min_length=1, max_length=200, description="words, a concept's name, a CPT or HCPCS code")
    condition: str | None = Field(None, max_length=200, description="words, a name or an ICD code")
    on: str | None = Field(
        None, json_schema_extra={"format": "date"}, description="day of force, as 2013-10-18; today by default"
    )

    @field_validator("on")
    @classmethod
    def _is_day(cls, text: str | None) -> str | None:
        try:
            return text if text is None else read_day(text).isoformat()
        except CaseError as error:
            raise ValueError(str(error)) from None
