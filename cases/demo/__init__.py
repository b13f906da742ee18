"""Invented cases of a synthetic town. Pure: no database, no clock, no settings."""
