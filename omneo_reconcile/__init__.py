"""Keeps Omneo status membership under version control: a spec in git, a plan to review, an apply that proves itself."""

__version__ = "0.1.0"
