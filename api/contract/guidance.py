"""Describe how guidelines are looked up."""

from pydantic import ConfigDict, Field, field_validator, model_validator

from api.contract.shared import Parameters
from kb.case.day import read_day
from kb.errors import CaseError


class OnDay(Parameters):
    """A day of force."""

    model_config = ConfigDict(extra="forbid")

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


class LookupQuery(OnDay):
    """What to look up."""

    service: str = Field(min_length=1, max_length=200, description="words, a concept's name, a CPT or HCPCS code")
    condition: str | None = Field(None, min_length=1, max_length=200, description="words, a name or an ICD code")


class CrosswalkQuery(OnDay):
    """Where to start from: a code of a condition, one of a service, both, or a concept."""

    icd: str | None = Field(None, min_length=1, max_length=20, description="ICD-9-CM or ICD-10-CM code, dot or not")
    cpt: str | None = Field(None, min_length=1, max_length=20, description="CPT or HCPCS code")
    concept: str | None = Field(None, min_length=1, max_length=200, description="words or a concept's name")

    @model_validator(mode="after")
    def _has_start(self) -> "CrosswalkQuery":
        if not (self.icd or self.cpt or self.concept):
            raise ValueError("give one of `icd`, `cpt` and `concept`")
        return self
