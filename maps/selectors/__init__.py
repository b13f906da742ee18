"""Reads for the map pages."""
