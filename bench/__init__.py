"""Benchmarks: the product's own commands against the emulators, each in a process of its own.

    python -m bench [idle|change|import|start|all] [--pairs N]

Bars are ratios and call counts, measured side by side in one run, because wall-clock numbers of one machine say nothing on
another. What was measured, and how, stands in docs/benchmarks.md.
"""
