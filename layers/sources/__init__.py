"""The layers of geo and of cases, lowest first."""

from layers.sources.cases import CASES
from layers.sources.places import AREAS, BUILDINGS
from layers.sources.posts import LANES

LAYERS = (AREAS, BUILDINGS, LANES, CASES)
