"""Writes that the pages make: always through the services of the apps below."""
