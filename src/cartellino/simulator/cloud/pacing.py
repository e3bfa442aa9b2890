"""New templates go out to a few people first; the other messages are held until it is known what those think."""

from __future__ import annotations

from functools import partial

from cartellino.simulator.cloud import delivery, quality
from cartellino.simulator.cloud.business import Number
from cartellino.simulator.cloud.errors import error_of
from cartellino.simulator.cloud.messages import Message
from cartellino.simulator.cloud.templates import Template
from cartellino.simulator.cloud.world import World


def holds(world: World, number: Number, template: Template) -> bool:
    """Whether the next message of a template is held; it counts those that are not."""
    if not template.is_paced:
        return False
    if template.paced < world.thresholds.paced_after:
        template.paced += 1
        return False
    if template.judged_at is None:
        template.judged_at = world.now + world.thresholds.paced_for
        world.agenda.enter(template.judged_at, partial(_judge, world, number.account, template))
    return True


def hold(world: World, message: Message) -> None:
    """Keep a message until its template is judged."""
    assert message.template is not None
    assert message.template.judged_at is not None
    world.agenda.enter(message.template.judged_at, partial(_release, world, message))


def _judge(world: World, account: str, template: Template) -> None:
    """Let the template go, or pause it."""
    template.judged_at = None
    found = template.feedback.sums(world.now)
    if quality.rating(world, found, "UNKNOWN") == "RED" and template.status == "APPROVED":
        quality.pause(world, account, template)
    if template.status == "APPROVED":
        template.is_paced = False


def _release(world: World, message: Message) -> None:
    assert message.template is not None
    if message.template.status == "APPROVED":
        delivery.begin(world, message)
    else:
        delivery.fail(world, message, error_of(132015))
