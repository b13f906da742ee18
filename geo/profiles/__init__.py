"""Governance profiles: how a place is governed, as data.

A profile is a TOML file in this folder or in one named by the deployment. It may extend another (`extends`,
see `merge`), is validated into typed sections and never changes while the process runs. Upper apps register
the type of their own section when they start::

    profiles.register_section("cases", CasesSection)
    profiles.resolve("jinan-wuyingshan").section(CasesSection)

Which profile holds *where* (a place's own, or one that an area of it overrides) is for the caller to say.
"""

from geo.profiles.errors import Problem, ProfileError, UnknownProfileError
from geo.profiles.store import Profile, ProfileStore

__all__ = [
    "Problem",
    "Profile",
    "ProfileError",
    "ProfileStore",
    "UnknownProfileError",
    "keys",
    "problems",
    "register_section",
    "resolve",
    "use_folders",
]

_store = ProfileStore()
keys = _store.keys
problems = _store.problems
register_section = _store.register_section
resolve = _store.resolve
use_folders = _store.use_folders
