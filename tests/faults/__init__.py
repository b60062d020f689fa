"""Faults that the daemon must survive, as scenarios: the suite runs a few rounds of each,
`bench/faults.py` many."""
