"""Gathers the evidence of the duties: asks the sources, compares, keeps it in the state store, and words it for the tickets."""
