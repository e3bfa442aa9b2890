"""The codes of the checker's faults, each with its meaning. They are stable, so that tools can rely on them.

>>> CODES["cycle"]
'A signal refers to itself, directly or through others.'
"""

from __future__ import annotations

from types import MappingProxyType

CODES = MappingProxyType(
    {
        "yaml": "The file is not YAML.",
        "yaml-feature": "No anchors, aliases, tags and second documents, so that a small file cannot become large.",
        "yaml-too-deep": "Values are nested too deeply.",
        "file-too-large": "A policy file has at most 1,048,576 characters.",
        "duplicate-key": "A key, rule, ladder, list or parameter is defined twice.",
        "missing-field": "A field that must be there is not.",
        "missing-language": "A clause or reason is not written in a language that the file declares, or that the "
        "product speaks where it declares none.",
        "unknown-field": "There is no field of that name.",
        "wrong-field": "A field holds something of the wrong form.",
        "wrong-duration": "A text is not a duration such as 15s, 5m, 24h, 7d.",
        "wrong-dates": "A rule ends before it begins.",
        "wrong-regions": "A region is no code of ISO 3166-1, or a rule holds and does not hold in it.",
        "syntax": "An expression cannot be read.",
        "expression-too-long": "An expression has at most 4,096 characters.",
        "expression-too-deep": "An expression is nested too deeply.",
        "expression-too-large": "An expression, with its signals written out, has too many parts.",
        "unknown-syntax": "Something is valid Python and no part of the language.",
        "unknown-operator": "An operator is not part of the language.",
        "unknown-function": "There is no function of that name.",
        "wrong-arguments": "A function was called with arguments that it does not take.",
        "share-without-of": "`share` does not say what it is a share of.",
        "share-without-at-least": "`share` does not say how large the whole must be to say anything.",
        "unknown-name": "A word is neither a signal of the file nor a column.",
        "cycle": "A signal refers to itself, directly or through others.",
        "type": "Types do not fit: a count where a truth is needed, a text compared with a number.",
        "unknown-kind": "There is no kind of event of that name.",
        "unknown-column": "There is no column of that name, or an own one was not declared.",
        "unknown-value": "A column is compared with a value that it never has.",
        "unknown-key": "Nothing can be counted, or linked, by that.",
        "no-window": "A signal does not say over which time.",
        "wrong-window": "A window cannot be cut into 10 to 60 panes.",
        "signal-in-where": "A filter looks at something other than the event that is counted.",
        "standing-in-when": "`when` asks for strikes, sanctions or links: nothing that we did may feed back.",
        "events-in-given": "`given` asks for events: it looks at standing alone.",
        "unknown-list": "There is no list of that name.",
        "wrong-list": "A list is asked in a way in which it does not match.",
        "unknown-ladder": "There is no ladder of that name.",
        "unknown-sanction": "There is no sanction of that name.",
        "wrong-ladder": "A ladder becomes milder on the way up, or forgets a strike before its burst is over.",
        "wrong-rung": "A rung is not one, or a ladder does not have it.",
        "no-consequence": "A rule has neither a ladder nor an action, or both.",
        "no-kind": "A rule does not say on which kinds of event it is judged.",
        "short-cooldown": "A rule rests for less than its longest window, so an event could count twice.",
        "unknown-parameter": "A parameter was set that no rule has.",
        "bad-example": "An example cannot be run.",
        "failed-example": "An example does not do what it says.",
    }
)
