"""Carries out a plan: submits, waits, confirms by reading back, holds what must wait, and writes down what it does."""
