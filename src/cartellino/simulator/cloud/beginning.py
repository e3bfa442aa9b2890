"""The world as it begins: one business with one number and three templates."""

from __future__ import annotations

from collections.abc import Callable

from cartellino.simulator.cloud import growth
from cartellino.simulator.cloud.business import Account, Number, Portfolio
from cartellino.simulator.cloud.templates import Category, Template
from cartellino.simulator.cloud.world import Update, World
from cartellino.vocabulary.times import Instant

NUMBER, ACCOUNT, PORTFOLIO, APP = "100200300", "200300400", "300400500", "400500600"
DISPLAY = "+1 555-078-3881"
TOKEN, APP_SECRET, VERIFY_TOKEN = "sim", "sim-secret", "sim-verify"

TEMPLATES: tuple[tuple[str, str, Category, str], ...] = (
    ("500600701", "spring_sale", "marketing", "Spring is here, and our sale begins today."),
    ("500600702", "order_update", "utility", "Your order is on its way."),
    ("500600703", "login_code", "authentication", "Your code is in the app."),
)


def begun(seed: int, start: Instant, tell: Callable[[Update], None]) -> World:
    """Return a world as it begins."""
    world = World(seed, start, tell)
    open_account(world, ACCOUNT, PORTFOLIO)
    world.numbers[NUMBER] = Number(NUMBER, ACCOUNT, DISPLAY, token=TOKEN)
    growth.begin(world)
    return world


def open_account(world: World, account_id: str, portfolio: str) -> None:
    """Open an account, with the templates that every one begins with."""
    world.portfolios.setdefault(portfolio, Portfolio(portfolio))
    account = world.accounts[account_id] = Account(account_id, portfolio)
    for template_id, name, category, text in TEMPLATES:
        components = [{"type": "BODY", "text": text}]
        own = template_id if account_id == ACCOUNT else world.new_id(15)
        account.templates[f"{name}/en"] = Template(own, name, "en", category, components, rated_at=world.now)
