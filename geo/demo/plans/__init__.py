"""One module for each synthetic town."""

from geo.demo.plan import TownPlan
from geo.demo.plans.jinan_wuyingshan import JINAN_WUYINGSHAN

__all__ = ["PLANS"]

PLANS: dict[str, TownPlan] = {plan.slug: plan for plan in (JINAN_WUYINGSHAN,)}
