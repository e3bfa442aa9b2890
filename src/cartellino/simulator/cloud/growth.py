"""What is looked at from time to time: tiers rise, numbers become faster, qualities fade."""

from __future__ import annotations

from functools import partial

from cartellino.senders.platform import platform
from cartellino.simulator.cloud.business import Number, Portfolio
from cartellino.simulator.cloud.payloads import tell_account
from cartellino.simulator.cloud.quality import rate
from cartellino.simulator.cloud.world import World
from cartellino.vocabulary.times import MINUTE


def begin(world: World) -> None:
    """Look from now on."""
    world.later(world.thresholds.quality_every, partial(_look, world))


def _look(world: World) -> None:
    rate(world)
    for portfolio in world.portfolios.values():
        _consider(world, portfolio)
    begin(world)


def _consider(world: World, portfolio: Portfolio) -> None:
    """Raise a tier so long after it is deserved, if the quality is good then."""
    if not is_good(world, portfolio) or not portfolio.deserves_more(world.now):
        portfolio.grows_at = None
        return
    if portfolio.grows_at is None:
        # Half the platform's time, since it is looked at every hour only: "within", not "after".
        portfolio.grows_at = world.now + platform().tiers.growth.after // 2
    if world.now >= portfolio.grows_at:
        portfolio.grows_at = None
        set_tier(world, portfolio, platform().tiers.above(portfolio.tier))


def is_good(world: World, portfolio: Portfolio) -> bool:
    """Whether all numbers and templates of a portfolio are of good quality."""
    accounts = [account for account in world.accounts.values() if account.portfolio == portfolio.id]
    if any(account.state != "active" or account.in_force(world.now) for account in accounts):
        return False
    templates = (template for account in accounts for template in account.templates.values())
    return all(number.quality == "GREEN" for number in world.numbers_of(portfolio)) and not any(
        template.quality in ("RED", "YELLOW") for template in templates
    )


def set_tier(world: World, portfolio: Portfolio, tier: str) -> None:
    """Give a portfolio a tier, and tell of it."""
    if tier == portfolio.tier:
        return
    portfolio.tier = tier
    portfolio.days.clear()
    for account in world.accounts.values():
        if account.portfolio == portfolio.id:
            value = {"max_daily_conversations_per_business": tier, "max_phone_numbers_per_business": 2,
                     "max_phone_numbers_per_waba": 25}  # fmt: skip
            tell_account(world, account.id, value, "business_capability_update")
    for number in world.numbers_of(portfolio):
        _consider_speed(world, number, portfolio)


def _consider_speed(world: World, number: Number, portfolio: Portfolio) -> None:
    raised = platform().throughput.raised_at
    if platform().tiers.levels[portfolio.tier] is not None or portfolio.used(world.now) < raised.people:
        return
    if number.speed == "ordinary":
        number.speed, number.maintained_until = "raised", world.now + MINUTE
        value = {"display_phone_number": number.digits, "event": "THROUGHPUT_UPGRADE",
                 "max_daily_conversations_per_business": portfolio.tier}  # fmt: skip
        tell_account(world, number.account, value, "phone_number_quality_update")
