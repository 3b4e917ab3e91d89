"""Benchmarks: the product beside yardsticks that are measured in the same run.

    python -m bench [NAME|all] [--pairs N]

Bars are ratios and call counts wherever they can be, because wall-clock numbers of one machine say nothing on another. What
was measured, and how, stands in docs/performance.md.
"""
