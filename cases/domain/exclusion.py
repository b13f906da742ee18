"""Who must neither see nor receive a complaint about those who would otherwise handle it."""

from dataclasses import dataclass

from cases.domain.profile import CasesSection
from cases.domain.vocabulary import About
from geo.domain.profile import GeoSection

__all__ = ["NOBODY", "Exclusion", "exclusion_for"]


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Posts that are kept out of a case, and those that take it instead.

    It holds for appointments in the areas of the case itself and stands above every capability: an excluded
    post has no projection of the case at all.

    Attributes
    ----------
    levels : frozenset of str
        Levels of the case's own areas whose posts are kept out (`receivers` excepted).
    posts : frozenset of str
        Keys of the posts kept out, those of other levels that belong to an excluded organisation included.
    party_kinds : frozenset of str
        Kinds of Party organisation that it does not go to.
    receiver_level : str or None
        Level that takes it; None where nobody is excluded.
    receivers : tuple of str
        Keys of the posts that take it, in the profile's order.
    """

    levels: frozenset[str]
    posts: frozenset[str]
    party_kinds: frozenset[str]
    receiver_level: str | None
    receivers: tuple[str, ...]

    @property
    def confidential(self) -> bool:
        """Somebody is kept out: the case is confidential."""
        return self.receiver_level is not None


NOBODY = Exclusion(frozenset(), frozenset(), frozenset(), None, ())


def exclusion_for(about: About, cases: CasesSection, geo: GeoSection) -> Exclusion:
    """Return who must not see a complaint about somebody, and who takes it.

    Parameters
    ----------
    about : {'none', 'leader', 'community', 'property', 'official'}
    cases, geo
        Sections of the place's profile.

    Returns
    -------
    Exclusion
        `NOBODY` for `none`.

    Raises
    ------
    KeyError
        If the profile does not say what to do: profiles are checked for that when they are loaded.
    """
    if about == "none":
        return NOBODY
    rule = cases.about_by_key[about]
    receivers = tuple(
        post.key
        for post in geo.posts
        if post.level == rule.receiver.level
        and not set(post.roles).isdisjoint(rule.receiver.roles)
        and post.organisation not in rule.exclude_organisations
    )
    kept_out = frozenset(
        post.key
        for post in geo.posts
        if post.key not in receivers
        and (post.level in rule.exclude_levels or post.organisation in rule.exclude_organisations)
    )
    headed = {post.party_kind for post in geo.posts if post.key in receivers}
    return Exclusion(
        levels=frozenset(rule.exclude_levels),
        posts=kept_out,
        party_kinds=frozenset(
            kind.key
            for kind in geo.party_kinds
            if kind.level in rule.exclude_levels and kind.key not in headed
        ),
        receiver_level=rule.receiver.level,
        receivers=receivers,
    )
