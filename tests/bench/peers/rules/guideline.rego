# The three topics as an OPA policy. Rego has no third value, so each criterion is "met", "not_met" or "unknown",
# and the helpers below combine them. `data.above` lists what stands above each concept.
package guideline

import rego.v1

answer := {"verdict": verdict, "amount": amount}

default verdict := "no_rule"

verdict := massage_verdict if "massage_therapy" in data.above[input.service]

verdict := plain_verdict[mri] if {
	some service in data.above[input.service]
	service in {"mri_lumbar", "ct_lumbar"}
}

verdict := plain_verdict[compound] if "topical_compound" in data.above[input.service]

plain_verdict := {"met": "supported", "unknown": "undocumented", "not_met": "not_supported"}

# --- three values

rank := {"not_met": 0, "unknown": 1, "met": 2}

value := ["not_met", "unknown", "met"]

all_of(list) := value[min([rank[x] | some x in list])]

any_of(list) := value[max([rank[x] | some x in list])]

negated := {"met": "not_met", "not_met": "met", "unknown": "unknown"}

# --- facts

present(wanted) if {
	some name in input.present
	some up in data.above[name]
	up in wanted
}

denied(wanted) if {
	every name in wanted {
		some up in data.above[name]
		up in input.absent
	}
}

finding(wanted) := "met" if present(wanted)

else := "not_met" if denied(wanted)

else := "unknown"

# Where silence of a complete record is a no.
exception(wanted) := "met" if present(wanted)

else := "not_met" if denied(wanted)

else := "not_met" if input.complete

else := "unknown"

given(wanted, statuses) := [care |
	some care in input.care
	care.status in statuses
	some up in data.above[care.kind]
	up in wanted
]

failed(wanted) := "met" if {
	some care in given(wanted, {"past", "current"})
	care.outcome in {"unchanged", "worse", "not_tolerated"}
}

else := "not_met" if {
	some care in given(wanted, {"past", "current"})
	care.outcome == "improved"
}

else := "unknown"

done(wanted) := "met" if count(given(wanted, {"past", "current"})) > 0

else := exception(wanted)

# --- massage therapy

visit_limit := 6

earlier := given({"massage_therapy", "myofascial_release"}, {"past", "current"})

used := sum([care.quantity | some care in earlier; care.quantity != null])

open if {
	some care in earlier
	care.quantity == null
}

open if not input.complete

within(visits) := "not_met" if used + visits > visit_limit

else := "unknown" if open

else := "met"

adjunct := "met" if count(given({"active_therapy"}, {"current", "planned"})) > 0

else := finding({"active_therapy"})

massage(visits) := all_of([any_of([within(visits), exception({"extenuating_circumstances"})]), adjunct])

massage_amount := max({0} | {n | some n in numbers.range(1, input.quantity); massage(n) == "met"})

default massage_next := "not_met"

massage_next := massage(massage_amount + 1) if massage_amount < input.quantity

massage_verdict := "supported" if massage(input.quantity) == "met"

else := "undocumented" if massage(input.quantity) == "unknown"

else := "undocumented" if massage_next == "unknown"

else := "supported_in_part" if massage_amount > 0

else := "not_supported"

default amount := null

amount := massage_amount if "massage_therapy" in data.above[input.service]

# --- MRI and CT of the lumbar spine

nerve_compromise := any_of([
	finding({"specific_nerve_compromise"}),
	all_of([exception({"subtle_neurologic_dysfunction"}), exception({"abnormal_emg"})]),
])

care_failed := any_of([finding({"failed_conservative_care"}), failed({"physical_medicine", "acupuncture"})])

one_month := "unknown" if input.since_injury == null

else := "met" if input.since_injury >= 30

else := "not_met"

surgery_considered := finding({"surgical_candidate", "surgery_planned"})

serious_disease := any_of([
	exception({"red_flag"}),
	all_of([exception({"spinal_stenosis"}), exception({"normal_xray"})]),
])

mere_repeat := all_of([
	done({"mri_lumbar", "repeated_study"}),
	negated[exception({"significant_change_in_symptoms", "new_symptoms", "progressive_neurologic_deficit"})],
])

mri := all_of([
	any_of([all_of([nerve_compromise, care_failed, one_month, surgery_considered]), serious_disease]),
	negated[mere_repeat],
])

# --- topical compounds

unsupported := {"ketoprofen", "lidocaine", "muscle_relaxant", "antiepileptic"}

sinks if {
	some name in input.ingredients
	some up in data.above[name]
	up in unsupported
}

ingredients_supported := "unknown" if count(input.ingredients) == 0

else := "not_met" if sinks

else := "met"

neuropathic := finding({"neuropathic_pain"})

first_line_failed := any_of([
	finding({"antidepressants_and_antiepileptics_failed"}),
	all_of([failed({"antidepressant"}), failed({"antiepileptic"})]),
])

any_topical := all_of([neuropathic, first_line_failed])

capsaicin := all_of([
	finding({"osteoarthritis", "fibromyalgia", "low_back_pain", "neuropathic_pain"}),
	any_of([
		failed({"nsaid", "acetaminophen", "antidepressant", "antiepileptic", "muscle_relaxant", "opioid"}),
		finding({"first_line_drugs_failed", "drug_intolerance"}),
	]),
])

ketamine := all_of([any_topical, finding({"neuropathic_pain", "crps"}), finding({"treatment_options_exhausted"})])

ingredient(name) := capsaicin if "capsaicin" in data.above[name]

else := ketamine if "ketamine" in data.above[name]

else := any_topical

compound := all_of(array.concat(
	[ingredients_supported, finding({"ingredient_rationale"})],
	[ingredient(name) | some name in input.ingredients],
))
