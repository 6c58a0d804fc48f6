"""Extracts of other systems, one file for each form: what came is read, and nothing is asked for."""
