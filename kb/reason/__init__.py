"""Say what things are: HermiT when built, rules of OWL 2 RL at request time."""
