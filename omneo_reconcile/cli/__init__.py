"""The command line: one module a command, options defined once, and the one place that wires the parts together.

Modules here import click and nothing heavy at the top: each command imports what it needs when it runs, so that
``--help`` answers at once.
"""
