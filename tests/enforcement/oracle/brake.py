"""*Brake*: a rule that wishes too much in a day is held until a person has looked."""

from __future__ import annotations

from tests.enforcement.oracle.words import World

from cartellino.kernel.finding import Finding
from cartellino.vocabulary.times import DAY


def is_held(world: World, finding: Finding) -> bool:
    """Count a wish, and say whether it is held."""
    made = finding.context.made
    brake = (finding.service, str(finding.rule), made is not None and finding.at - made < DAY)
    wishes = [one for one in world.wishes.get(brake, []) if finding.at - one < DAY]
    world.wishes[brake] = [*wishes, finding.at]
    budget = max(world.fewest, 0.02 * finding.active)
    if finding.rule in world.promised:
        budget = max(world.fewest, min(budget, 10 * world.promised[finding.rule]))
    if len(world.wishes[brake]) > budget:
        world.tripped.add(brake)
    return brake in world.tripped


def begin_anew(world: World, rule: str) -> None:
    """A person has looked at what is held of a rule."""
    world.wishes = {brake: wishes for brake, wishes in world.wishes.items() if brake[1] != rule}
    world.tripped = {brake for brake in world.tripped if brake[1] != rule}
