"""Where: places, areas, organisations, posts and people."""

from geo.models.appointments import Appointment, Post
from geo.models.areas import Area
from geo.models.ground import LandCover, Road
from geo.models.organisations import Department, Jurisdiction, PartyOrganisation
from geo.models.people import User
from geo.models.places import BoundaryGeneration, Place, ProfileOverride

__all__ = [
    "Appointment",
    "Area",
    "BoundaryGeneration",
    "Department",
    "Jurisdiction",
    "LandCover",
    "PartyOrganisation",
    "Place",
    "Post",
    "ProfileOverride",
    "Road",
    "User",
]
