"""Make the case and the grown knowledge that the benchmarks measure on."""

import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

from kb import Knowledge, load_knowledge

LETTERS = Path(__file__).parents[1] / "letters"
CASE: dict[str, Any] = {
    "number": "bench",
    "ur_decided": "2013-10-18",
    "injured": "2012-03-17",
    "age": 63,
    "sex": "female",
    "diagnoses": [
        "low_back_strain",
        {"concept": "low_back_pain", "site": "lumbar_spine"},
        {"concept": "lumbar_radiculopathy", "status": "absent"},
        "insomnia",
        "depression",
        "obesity",
    ],
    "findings": [
        "muscle_spasm",
        "motor_weakness",
        {"concept": "red_flag", "status": "absent"},
        {"concept": "positive_straight_leg_raise", "status": "absent"},
        {"concept": "sensory_loss", "site": "lumbar_spine", "date": "2013-10-07"},
        "tenderness",
        "limited_range_of_motion",
    ],
    "treatments": [
        {"service": "myofascial_release", "quantity": 6, "unit": "visit", "from": "2013-09-02", "to": "2013-10-11"},
        {"service": "physical_therapy", "quantity": 12, "unit": "visit", "outcome": "unchanged"},
        {"service": "therapeutic_exercise", "status": "current"},
        {"service": "chiropractic", "quantity": 4, "unit": "visit", "outcome": "improved"},
        {"service": "acupuncture", "outcome": "unknown"},
        {"service": "xray_lumbar", "quantity": 1, "unit": "study"},
        {"service": "emg_lower", "quantity": 1, "unit": "study"},
    ],
    "medications": [
        {"concept": "ibuprofen", "strength_mg": 600, "per_day": 3},
        {"concept": "tramadol", "strength_mg": 50, "per_day": 2, "from": "2013-06-01"},
        {"concept": "cyclobenzaprine", "strength_mg": 10, "per_day": 1},
        {"concept": "omeprazole", "strength_mg": 20, "per_day": 1},
    ],
    "documents": ["treatment_goals", "urine_drug_test_report"],
    "requests": [{"service": "massage_therapy", "quantity": 6, "unit": "visit"}],
}


def grown(knowledge: Knowledge, times: int) -> Knowledge:
    """Load the knowledge together with copies of all its topics on services that nobody requests."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "ontology"
        shutil.copytree(knowledge.folder, copy)
        for topic in sorted((knowledge.folder / "guidelines").rglob("*.ttl")):
            for number in range(1, times):
                target = copy / "guidelines" / f"copy{number}" / topic.parent.name / topic.name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(_elsewhere(topic.read_text(encoding="utf-8"), number), encoding="utf-8")
        return load_knowledge(copy)


def _elsewhere(text: str, number: int) -> str:
    """Rename the guideline, and the service of every recommendation, so that the copy never applies."""
    text = re.sub(r"(<https://w3id\.org/mtus-kb/)([a-z0-9-]+-\d)", rf"\1copy{number}-\2", text)
    return re.sub(r"(kb:service )c:(\w+)", rf"\1c:elsewhere{number}_\2", text)
