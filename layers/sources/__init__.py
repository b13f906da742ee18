"""The layers of geo and of cases, lowest first."""

from layers.sources.places import AREAS, BUILDINGS

LAYERS = (AREAS, BUILDINGS)
