"""The command line: one module a command, options defined once, and the one place that wires the parts together.

What ``--help`` needs imports click and nothing heavy, and answers at once; a command's own module is imported when it
runs, and what asks no tenant imports nothing that talks to one.
"""
