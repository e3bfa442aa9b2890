"""`cartellino policies` with its verbs `check`, `show`, `compile` and `attack`."""

from __future__ import annotations

import argparse
from functools import partial

from rich.console import Group
from rich.padding import Padding

from cartellino.cli import attack
from cartellino.cli.compiling import compile_ahead, show_compiled
from cartellino.cli.ending import run_until_told
from cartellino.cli.inputs import policy_texts
from cartellino.cli.steps import Steps
from cartellino.cli.terminal import action, complain, console, escape
from cartellino.cli.verbs import PLAIN, Verbs
from cartellino.enforcement import examples
from cartellino.policies.load import load
from cartellino.policies.policyset import PolicySet
from cartellino.policies.rule import DISCLOSURES, Rule
from cartellino.policies.words import Said, in_words, reach
from cartellino.vocabulary.languages import OURS, chosen
from cartellino.vocabulary.refusals import BadPolicy

_CHECK = f"""\
Check policy files: every fault at once, with file, line, caret and hint; then run the examples inside the files.
Clauses and reasons must stand in every language that a file declares; in {", ".join(OURS)} if it declares none.

  cartellino policies check my-policies/
"""
_SHOW = """\
The policies in words, with every signal, window and threshold.

  cartellino policies show
  cartellino policies show my-policies/ --rule spam/steady-to-strangers
"""
_COMPILE = """\
Compile what judges, on all cores of this machine, so that nothing has to wait for it later. It is done once, whatever
the policies are; what is compiled is kept in ~/.cache/cartellino (CARTELLINO_CACHE names another folder).

  cartellino policies compile
"""


def register(verbs: Verbs) -> None:
    """Add the verb and its sub-verbs."""
    verb = verbs.add_parser(
        "policies",
        help="check policy files, show them in words, compile them ahead, or attack them",
        description=_CHECK + "\n" + _SHOW + "\n" + _COMPILE,
        formatter_class=PLAIN,
    )
    inner = verb.add_subparsers(title="verbs", metavar="VERB", required=True)
    check = inner.add_parser("check", help="check policy files and run their examples", description=_CHECK,
                             formatter_class=PLAIN)  # fmt: skip
    check.add_argument("paths", nargs="+", metavar="PATH", help="files, folders or the name of a shipped pack")
    check.set_defaults(run=run_check)
    show = inner.add_parser("show", help="show the policies in words", description=_SHOW,
                            formatter_class=PLAIN)  # fmt: skip
    show.add_argument("policies", nargs="?", default="messenger", metavar="PACK_OR_DIR", help="default: messenger")
    show.add_argument("--rule", default="", metavar="POLICY/RULE", help="only this rule")
    show.set_defaults(run=run_show)
    ahead = inner.add_parser("compile", help="compile what judges for this machine, once", description=_COMPILE,
                             formatter_class=PLAIN)  # fmt: skip
    ahead.set_defaults(run=run_compile)
    red = inner.add_parser("attack", help="search for the attackers that reach most", description=attack.DESCRIPTION,
                           formatter_class=PLAIN)  # fmt: skip
    attack.add_arguments(red)


def run_compile(chosen: argparse.Namespace) -> int:
    """Compile what is not compiled yet."""
    return run_until_told(_compile())


async def _compile() -> int:
    if await compile_ahead(partial(show_compiled, Steps("kernel"), 0)):
        return 0
    complain("the kernel could not be compiled; Python itself runs it, which decides the same, more slowly")
    return 1


def run_check(chosen: argparse.Namespace) -> int:
    """Check the files, and run their examples."""
    texts = [text for path in chosen.paths for text in policy_texts(path)]
    try:
        policies = load(texts, languages=OURS)
    except BadPolicy as refusal:
        complain(str(refusal))
        complain(f"\n{_number(len(refusal.faults), 'fault')} in {_number(len(texts), 'file')}.")
        return 1
    failed = examples.run(policies)
    for fault in failed:
        complain(fault.show() + "\n")
    ran = sum(len(rule.examples) for rule in policies.rules)
    bare = [rule.id for rule in policies.rules if {example.fires for example in rule.examples} != {True, False}]
    if bare:
        complain(f"note: these rules lack an example that must fire or one that must not: {', '.join(bare)}")
    if mixed := [rule.id for rule in policies.rules if _is_in_mixed_languages(rule)]:
        complain(f"note: notices of these rules mix a language with English: {', '.join(mixed)}")
        written = dict.fromkeys(tag for rule in policies.rules for tag in (*rule.reason, *rule.clause))
        complain(f"      declare `languages: [{', '.join(written)}]` in their files, and the checker names each text")
    good = _number(len(policies.rules), "rule")
    console().print(f"{good} in {_number(len(texts), 'file')}: {ran - len(failed)} of {ran} examples do what they say.")
    console().print(f"version {policies.version}")
    return 1 if failed else 0


def _is_in_mixed_languages(rule: Rule) -> bool:
    """Say whether clause and reason are written in different languages."""
    return bool(rule.clause) and rule.clause.keys() != rule.reason.keys()


def run_show(chosen: argparse.Namespace) -> int:
    """Show rules in words."""
    policies = load(policy_texts(chosen.policies))
    shown = [rule for rule in policies.rules if chosen.rule in ("", rule.id)]
    if not shown:
        complain(f"there is no rule `{chosen.rule}`; rules: {', '.join(rule.id for rule in policies.rules)}")
        return 2
    for rule in shown:
        console().print(_rule(rule, policies))
    console().print(f"{_number(len(shown), 'rule')}, version {policies.version}")
    return 0


def _rule(rule: Rule, policies: PolicySet) -> Group:
    title = f"[bold]{rule.id}[/]  code {rule.code}  {escape(rule.mode.show())}"
    return Group(title, Padding(_body(rule, policies), (0, 0, 1, 2)))


def _body(rule: Rule, policies: PolicySet) -> str:
    said = in_words(rule)
    lines = [f"[italic]{escape(rule.title)}[/]", f"when   {escape(said.when)}"]
    lines += [f"       {escape(f'{name}: {meaning}')}" for name, meaning in said.signals]
    lines += _more(rule, said, policies)
    lines.append(f"clause {escape(chosen(rule.clause, 'en'))}")
    lines.append(f"tells  {escape(rule.reason['en'])} ({rule.discloses}: {DISCLOSURES[rule.discloses]})")
    lines += [f"beware {escape(friend)}" for friend in rule.false_friends]
    return "\n".join(lines)


def _more(rule: Rule, said: Said, policies: PolicySet) -> list[str]:
    lines = [f"given  {escape(said.given)}"] if said.given else []
    if rule.ladder is not None:
        ladder = policies.ladders[rule.ladder]
        rungs = " → ".join(escape(rung.show()) for rung in ladder.rungs[rule.rung - 1 :])
        lines.append(f"leads  to {rungs}  (ladder {rule.ladder})")
    else:
        lines.append(f"leads  to {action(rule.action or '')}, without a strike")
    return [*lines, *([f"holds  {escape(limits)}"] if (limits := reach(rule)) else [])]


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'s' * (count != 1)}"
