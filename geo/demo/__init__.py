"""Synthetic towns for demonstrations: seeded geometry, staffing and names. Pure: no database, no clock, no settings.

Real are the place, its main streets and the names that its published system uses; everything else is invented.
"""
