"""Strangers' code: a sandboxed process that returns arrays, and nothing else."""
