"""The layers of geo and of cases, lowest first."""

from layers.sources.cases import CASES
from layers.sources.coverage import COVERAGE
from layers.sources.ground import GROUND, ROADS
from layers.sources.places import AREAS, BUILDINGS
from layers.sources.posts import LANES

LAYERS = (GROUND, ROADS, AREAS, BUILDINGS, LANES, COVERAGE, CASES)
