"""Takes changed files at the start: of the rules for senders from a folder, and of jurisdictions."""

from __future__ import annotations

from pathlib import Path

from cartellino.appeals import jurisdictions
from cartellino.senders import shipped
from cartellino.senders.rule_files import check, use
from cartellino.vocabulary.diagnostics import Text
from cartellino.vocabulary.refusals import BadArgument


def use_files(sender_rules: str, own_jurisdictions: str) -> None:
    """Let the files that the settings name stand for those that are shipped.

    Raises `BadArgument` with every fault of every file.
    """
    use_rule_files(sender_rules)
    use_jurisdictions(own_jurisdictions)


def use_rule_files(named: str) -> None:
    """Let the files of a folder stand for those that are shipped; with no folder, all are as shipped.

    Raises `BadArgument` with every fault of every file.
    """
    texts: dict[str, str] = {}
    faults: list[str] = []
    if named and not Path(named).is_dir():
        raise BadArgument(f"`sender_rules`: {named} is no folder")
    for path in sorted(Path(named).glob("*.yaml")) if named else ():
        if path.stem not in shipped.NAMES:
            raise BadArgument(
                f"`sender_rules`: {path} is none of {', '.join(f'{name}.yaml' for name in shipped.NAMES)}"
            )
        try:
            texts[path.stem] = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise BadArgument(f"`sender_rules`: {path} cannot be read: {error}") from None
        faults += [fault.show() for fault in check(Text(str(path), texts[path.stem]))]
    if faults:
        raise BadArgument("`sender_rules` has faults:\n" + "\n\n".join(faults))
    use(texts)


def use_jurisdictions(named: str) -> None:
    """Let a file of deadlines and offices stand for the shipped one; with no name, all is as shipped.

    Raises `BadArgument` with every fault of the file.
    """
    if not named:
        jurisdictions.use(None)
        return
    try:
        content = Path(named).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadArgument(f"`jurisdictions`: {named} cannot be read: {error}") from None
    jurisdictions.use(jurisdictions.read(Text(named, content)))
