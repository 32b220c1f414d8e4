"""Exports of other systems, to be imported."""
